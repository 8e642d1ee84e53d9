import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "./install.ts";

/** Longer than any statement of Athena (262,144 bytes) with all its parameters (1,024 characters each). */
const MAX_STATEMENT_CHARACTERS = 16 * 1024 * 1024;

const PROBE_FOLDER = "probe";

/**
 * Statements that succeed, in this order, only if the server is ready. It answers before it has a node that reads
 * from the hive catalog ("No nodes available to run query").
 */
export const PROBE_STATEMENTS = [
  "CREATE SCHEMA IF NOT EXISTS hive.probe",
  `CREATE TABLE IF NOT EXISTS hive.probe.one (x varchar)
     WITH (format = 'TEXTFILE', external_location = 'local:///${PROBE_FOLDER}')`,
  "SELECT x FROM hive.probe.one",
];

/** The files of a server, all in one folder. */
export interface Layout {
  readonly workDirectory: string;
  /** `config.properties`. */
  readonly configuration: string;
  /** Contains a link to the folder of each lake. The hive catalog sees nothing above it. */
  readonly lakesDirectory: string;
}

/**
 * Writes the server's configuration: it listens only on 127.0.0.1, and has the catalogs `hive` (Parquet in folders,
 * with partition projection, as Athena reads it) and `iceberg`.
 * https://trino.io/docs/476/object-storage/file-system-local.html and …/connector/hive.html
 */
export async function writeConfiguration(
  workDirectory: string,
  installation: Installation,
  port: number,
  heapGigabytes: number,
): Promise<Layout> {
  const hiveDirectory = join(workDirectory, "hive");

  const catalogs = join(workDirectory, "catalogs");
  const lakesDirectory = join(hiveDirectory, "lakes");
  const probeDirectory = join(hiveDirectory, PROBE_FOLDER);
  for (const directory of [lakesDirectory, catalogs, probeDirectory]) {
    await mkdir(directory, { recursive: true });
  }
  await writeFile(join(probeDirectory, "one.txt"), "1\n");

  const configuration = join(workDirectory, "config.properties");
  await writeFile(
    configuration,
    properties({
      "node.environment": "local",
      // Without these two the server listens on all interfaces and announces the machine's own address.
      "node.bind-ip": "127.0.0.1",
      "node.internal-address": "127.0.0.1",
      coordinator: "true",
      "node-scheduler.include-coordinator": "true",
      "http-server.http.port": String(port),
      "discovery.uri": `http://127.0.0.1:${port}`,
      "plugin.dir": installation.pluginDirectory,
      "catalog.config-dir": catalogs,
      "query.max-length": String(MAX_STATEMENT_CHARACTERS),
      // Twice its default, which a month of 3,000,000 calls exceeds in a heap of 3 GB; the rest is headroom.
      "query.max-memory-per-node": `${Math.round((heapGigabytes * 2) / 3)}GB`,
    }),
  );
  await writeFile(
    join(catalogs, "hive.properties"),
    properties({
      "connector.name": "hive",
      "hive.metastore": "file",
      "hive.metastore.catalog.dir": "local:///metastore",
      "fs.native-local.enabled": "true",
      "local.location": hiveDirectory,
      "hive.partition-projection-enabled": "true",
      // Otherwise a projected day without a folder is an error; Athena reads it as empty.
      "hive.ignore-absent-partitions": "true",
      "hive.parquet.time-zone": "UTC",
      // Like Athena, which also reads the files of folders below a partition.
      "hive.recursive-directories": "true",
      // Like Athena, which has both kinds of table in one database.
      "hive.iceberg-catalog-name": "iceberg",
    }),
  );
  await writeFile(
    join(catalogs, "iceberg.properties"),
    properties({
      "connector.name": "iceberg",
      "iceberg.catalog.type": "TESTING_FILE_METASTORE",
      "hive.metastore.catalog.dir": "local:///metastore",
      "fs.native-local.enabled": "true",
      "local.location": hiveDirectory,
    }),
  );
  return { workDirectory, configuration, lakesDirectory };
}

/** A backslash begins an escape in a Java properties file. */
function properties(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`)
    .join("");
}
