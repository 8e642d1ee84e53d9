import { installGoProgram } from "../../contract/go-program.ts";

/** Builds oapi-codegen, once, and returns the path of the program. */
export function installOapiCodegen(): Promise<string> {
  return installGoProgram({
    name: "oapi-codegen",
    module: "github.com/oapi-codegen/oapi-codegen/v2",
    package: "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen",
    version: "v2.8.2",
    checksum: "h1:68UGCFId8tysEuz1jqDgem0Lnz0d6T+73br+KwH/W6k=",
    go: "1.26",
  });
}
