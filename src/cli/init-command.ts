/** `oversip init DIR`: writes a starter configuration, and never over a file that is there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The starter configuration of this package. */
const STARTER_DIRECTORY = fileURLToPath(new URL("../../etc", import.meta.url));
const TYPE_CONFIGURATION = "tsconfig.json";

export function initCommand(directory: string): number {
  const target = resolve(directory);
  const files = starterFiles();
  const existing = [...files.keys()].map((name) => join(target, name)).filter((path) => existsSync(path));

  if (existing.length > 0) {
    process.stderr.write(
      `oversip: nothing was written, for there is already\n${existing.map((path) => `  ${path}\n`).join("")}`,
    );

    return 1;
  }

  try {
    for (const [name, text] of files) {
      const path = join(target, name);

      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: "wx" });
      process.stdout.write(`${path}\n`);
    }
  } catch (error) {
    process.stderr.write(`oversip: ${error instanceof Error ? error.message : String(error)}\n`);

    return 1;
  }

  process.stdout.write(`\nStart the server with: oversip --config-dir ${target}\n`);

  return 0;
}

/** Paths inside of the configuration directory, with the text of each. */
function starterFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();

  for (const entry of readdirSync(STARTER_DIRECTORY, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, "utf8");

      files.set(
        path.slice(STARTER_DIRECTORY.length + 1),
        entry.name === TYPE_CONFIGURATION ? withInstalledTypes(text) : text,
      );
    }
  }

  return files;
}

/** Leads editors to the types of this very package, wherever the configuration directory lies. */
function withInstalledTypes(text: string): string {
  const isSource = import.meta.url.endsWith(".ts");
  const index = fileURLToPath(new URL(isSource ? "../index.ts" : "../index.d.ts", import.meta.url));
  const { compilerOptions, ...rest } = JSON.parse(text) as { compilerOptions: Record<string, unknown> };
  // Those of Node.js are seldom installed where a configuration lies; without "types", what is there is taken.
  const { types: _types, ...options } = compilerOptions;

  return `${JSON.stringify({ compilerOptions: { ...options, paths: { oversip: [index] } }, ...rest }, null, 2)}\n`;
}
