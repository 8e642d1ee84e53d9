import { installGoProgram } from "../../contract/go-program.ts";

/** Builds versitygw (about 70 s on two cores), once, and returns the path of the program. */
export function installVersitygw(): Promise<string> {
  return installGoProgram({
    name: "versitygw",
    module: "github.com/versity/versitygw",
    package: "github.com/versity/versitygw/cmd/versitygw",
    // In earlier versions, several of the writers that race with `If-None-Match: *` succeed (versitygw's pull request
    // 2288).
    version: "v1.8.0",
    checksum: "h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=",
    go: "1.25",
  });
}
