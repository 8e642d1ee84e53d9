import { join } from "node:path";
import { type KeptProcess, spawnKept } from "../kept-process.ts";
import type { Layout } from "./configuration.ts";
import type { Installation } from "./install.ts";
import type { Java } from "./java.ts";

/** Starts a Java virtual machine that runs Trino. The server is not ready yet when this returns. */
export async function spawnTrino(
  java: Java,
  installation: Installation,
  layout: Layout,
  heapGigabytes: number,
): Promise<KeptProcess> {
  const vector = java.hasVectorModule ? ["--add-modules=jdk.incubator.vector"] : [];
  return spawnKept({
    name: "Trino",
    command: java.path,
    args: [
      `-Xmx${heapGigabytes}G`,
      // Halves the processor time of the start and of small statements; long ones take half as long again.
      "-XX:TieredStopAtLevel=1",
      "--enable-native-access=ALL-UNNAMED",
      ...vector,
      "-classpath",
      join(installation.libDirectory, "*"),
      `-Dconfig=${layout.configuration}`,
      "io.trino.server.TrinoServer",
    ],
    workDirectory: layout.workDirectory,
  });
}
