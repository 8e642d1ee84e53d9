import { join } from "node:path";
import { type KeptProcess, spawnKept } from "../kept-process.ts";
import type { Layout } from "./configuration.ts";
import type { Installation } from "./install.ts";
import type { Java } from "./java.ts";

/** Starts a Java virtual machine that runs Trino; the server is not ready yet. */
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
      // Half the processor time to start and for small statements; long ones take about half as long again.
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
