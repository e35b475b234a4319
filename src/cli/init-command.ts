/** `oversip init DIR`: writes a starter configuration, and never over a file that is there. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { certificateFiles } from "../app/certificate-files.ts";
import { DEMO_CERTIFICATE_NAME, ensureDemoCertificate } from "../app/demo-certificate.ts";
import { makeDirectories } from "../app/make-directories.ts";
import { describeFileError } from "./report.ts";
import { commandWords, shellWord } from "./shell-words.ts";

/** The starter configuration of this package. */
const STARTER_DIRECTORY = fileURLToPath(new URL("../../etc", import.meta.url));
const TYPE_CONFIGURATION = "tsconfig.json";
/** For certificates: what a checkout has there is its own, and each new configuration gets another. */
const TLS_DIRECTORY = "tls";

export function initCommand(directory: string): number {
  const target = resolve(directory);
  const files = starterFiles();
  const tlsDirectory = join(target, TLS_DIRECTORY);
  const { certificate, key } = certificateFiles(tlsDirectory, DEMO_CERTIFICATE_NAME);
  const existing = [...[...files.keys()].map((name) => join(target, name)), certificate, key].filter((path) =>
    existsSync(path),
  );

  if (existing.length > 0) {
    process.stderr.write(
      `oversip: nothing was written, for there is already\n${existing.map((path) => `  ${path}\n`).join("")}`,
    );

    return 1;
  }

  try {
    for (const [name, text] of files) {
      const path = join(target, name);

      makeDirectories(dirname(path));
      writeFileSync(path, text, { flag: "wx" });
      process.stdout.write(`${path}\n`);
    }

    for (const path of ensureDemoCertificate(tlsDirectory)) {
      process.stdout.write(`${path}\n`);
    }
  } catch (error) {
    process.stderr.write(`oversip: ${describeFileError(error)}\n`);

    return 1;
  }

  const command = commandWords(process.argv[1] ?? "oversip", process.env);

  process.stdout.write(`\nStart the server with: ${command} --config-dir ${shellWord(target)}\n`);

  return 0;
}

/** Paths inside of the configuration directory, with the text of each. */
function starterFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();

  for (const entry of readdirSync(STARTER_DIRECTORY, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(STARTER_DIRECTORY.length + 1);

    if (entry.isFile() && !name.startsWith(join(TLS_DIRECTORY, "/"))) {
      const text = readFileSync(path, "utf8");

      files.set(name, entry.name === TYPE_CONFIGURATION ? withInstalledTypes(text) : text);
    }
  }

  return files;
}

/** Leads editors to the types of this very package, wherever the configuration directory lies. */
function withInstalledTypes(text: string): string {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "d.ts";
  const typesOf = (path: string) => [fileURLToPath(new URL(`../${path}.${ending}`, import.meta.url))];
  const paths = { oversip: typesOf("index"), "oversip/testing": typesOf("testing/index") };
  const { compilerOptions, ...rest } = JSON.parse(text) as { compilerOptions: Record<string, unknown> };
  // Those of Node.js are seldom installed where a configuration lies; without "types", what is there is taken.
  const { types: _types, ...options } = compilerOptions;

  return `${JSON.stringify({ compilerOptions: { ...options, paths }, ...rest }, null, 2)}\n`;
}
