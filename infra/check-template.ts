/**
 * `npm run check:template`: checks the packaged template with cfn-lint (is it valid CloudFormation?) and with AWS's
 * Control Tower controls, run by cfn-guard (is it safe?). Exits with 1 for a finding without a written reason in the
 * Metadata of its resource, and for a reason without a finding.
 *
 * Both tools are installed once, exactly as pinned, under .local/check-template. After that no network is needed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import {
  EVERY_PARAMETER,
  packageTemplate,
  REQUIRED_PARAMETERS,
  type Template,
  templateFile,
} from "./package-template.ts";

const local = join(import.meta.dirname, "../.local/check-template");

/**
 * Contains cfn-guard's binaries (Linux, macOS; x64, arm64) and the controls. It is only unpacked, because its code is
 * for the CDK.
 */
const GUARD = {
  package: "@cdklabs/cdk-validator-cfnguard@0.0.62",
  sha512: "Sg2k8067B0AIJ82QFSLhHTUIqxOYTKABvVrTHiyc6j0rE2NHli2diIYqf+w+DkuDKCYYgMIOga3OrYMOHUw0mQ==",
};

/** Findings about osls itself, in resources that cannot be changed from here. */
const LINT_ACCEPTED = ["W3005"]; // a DependsOn that repeats a reference

function run(command: string, args: readonly string[], statuses: readonly number[] = [0]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    timeout: 300_000,
  });
  if (error !== undefined) throw new Error(`${command} cannot run: ${error.message}`);
  if (status === null || !statuses.includes(status)) {
    throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  }
  return stdout;
}

/** Installs cfn-lint in a virtual environment that is named after its content. */
function installLint(): string {
  const requirements = join(import.meta.dirname, "check-template.requirements.txt");
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const environment = join(local, `cfn-lint-${hash}`);
  const done = join(environment, "bin", "cfn-lint");
  if (!existsSync(done)) {
    console.log("Installing cfn-lint, once …");
    rmSync(environment, { recursive: true, force: true });
    run("python3", ["-m", "venv", environment]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    run(join(environment, "bin", "python"), [
      ...pip,
      "--no-deps",
      "--require-hashes",
      "--requirement",
      requirements,
    ]);
  }
  return done;
}

/** The folder with cfn-guard's binaries and the controls. */
function installGuard(): string {
  const folder = join(local, GUARD.package.replaceAll(/[/@]/g, "-"));
  if (!existsSync(folder)) {
    console.log("Installing cfn-guard, once …");
    const packed = run("npm", ["pack", "--silent", "--pack-destination", local, GUARD.package]).trim();
    const archive = join(local, packed);
    const sha512 = createHash("sha512").update(readFileSync(archive)).digest("base64");
    if (sha512 !== GUARD.sha512)
      throw new Error(`${GUARD.package} does not match its pinned hash: sha512-${sha512}`);
    const unpacked = join(local, "package");
    rmSync(unpacked, { recursive: true, force: true });
    run("tar", ["-xzf", archive, "-C", local]);
    rmSync(archive);
    run("mv", [unpacked, folder]);
  }
  return folder;
}

const guardReport = z.array(
  z.object({ not_compliant: z.array(z.unknown()), compliant: z.array(z.string()) }),
);

/** Returns the failed controls, as `control resource`. */
function guard(folder: string, file: string): Set<string> {
  const platform = process.platform === "darwin" ? "macos" : "ubuntu";
  const binary = join(folder, "bin", platform, process.arch === "arm64" ? "aarch64" : "x86_64", "cfn-guard");
  const rules = join(folder, "rules/control-tower/cfn-guard");
  const output = ["--structured", "--output-format", "json", "--show-summary", "none"];
  // 19: at least one control failed.
  const report = guardReport.parse(
    JSON.parse(run(binary, ["validate", "--rules", rules, "--data", file, ...output], [0, 19])),
  );
  // An empty judgement proves nothing: the controls did not match the template.
  if (!report.some(({ compliant }) => compliant.length > 0)) throw new Error("cfn-guard judged nothing");
  const findings = report
    .flatMap(({ not_compliant }) => not_compliant)
    .map((finding) => JSON.stringify(finding));
  return new Set(findings.flatMap(findingsIn));
}

/** The shape of a finding differs between rules. Each names its control and the paths in the template. */
function findingsIn(finding: string): string[] {
  const control = /\[(CT\.[A-Z0-9.]+)\]/.exec(finding)?.[1];
  const resources = [...finding.matchAll(/\/Resources\/(\w+)/g)].map((match) => match[1]);
  if (control === undefined || resources.length === 0) throw new Error(`cfn-guard said ${finding}`);
  return resources.map((resource) => `${control} ${resource}`);
}

/** Returns the findings that the template accepts with a reason, in the same form. */
function accepted({ Resources }: Template): Set<string> {
  const reasons = z.record(z.string(), z.string().min(20)).default({});
  return new Set(
    Object.entries(Resources).flatMap(([name, { Metadata }]) =>
      Object.keys(reasons.parse(Metadata["accepted"])).map((control) => `${control} ${name}`),
    ),
  );
}

/** Returns every finding without a reason, and every reason without a finding. */
function check(): string[] {
  mkdirSync(local, { recursive: true });
  const lint = installLint();
  const guardFolder = installGuard();
  const [defaults, everything] = [join(local, "defaults"), join(local, "everything")];
  packageTemplate(defaults, REQUIRED_PARAMETERS);
  const reasoned = accepted(packageTemplate(everything, EVERY_PARAMETER));
  const files = [templateFile(defaults), templateFile(everything)];
  run(lint, ["--ignore-checks", ...LINT_ACCEPTED, "--template", ...files]);
  const found = guard(guardFolder, templateFile(everything));
  return [
    ...[...found.difference(reasoned)].map((finding) => `failed: ${finding}`),
    ...[...reasoned.difference(found)].map((finding) => `accepted without a finding: ${finding}`),
  ];
}

try {
  const problems = check();
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log("The template passes cfn-lint and cfn-guard. Each accepted finding has a reason.");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
