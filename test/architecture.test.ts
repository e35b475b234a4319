/**
 * The rules of docs/architecture.md that a machine can check: imports go one
 * way, have no cycle, and files stay small.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";

const ROOT = resolve(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src");

/** A folder may import from itself and from folders before it. */
const FOLDERS = [
  "util",
  "errors",
  "log",
  "grammar",
  "message",
  "config",
  "transport",
  "capture",
  "resolver",
  "transaction",
  "proxy",
  "uac",
  "api",
  "modules",
  "metrics",
  "admin",
  "app",
  "testing",
  "cli",
] as const;

const MAX_LINES = 300;

/** Files that are longer, each with its reason. */
const LONGER_FILES: ReadonlyMap<string, string> = new Map([
  ["message/sip-message.ts", "one line a typed value, and a reader looks for them in one place"],
]);

const BANNED_NAMES = /(^|\/)(utils?|helpers?|common|manager|misc)\.ts$/;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function readSourceFiles(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => {
      const text = readFileSync(join(SOURCE, path), "utf8");
      const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map((match) =>
        relative(SOURCE, resolve(dirname(join(SOURCE, path)), match[1] as string)),
      );

      return { path, text, imports };
    });
}

/** Position of the folder in the list; files beside the folders may import everything. */
function rankOf(path: string): number {
  const [folder] = path.split("/");

  return path.includes("/") ? FOLDERS.indexOf(folder as (typeof FOLDERS)[number]) : FOLDERS.length;
}

const files = readSourceFiles();

describe("architecture", () => {
  it("knows every folder", () => {
    assert.deepEqual(
      files.filter((file) => rankOf(file.path) === -1).map((file) => file.path),
      [],
    );
  });

  it("imports go from a folder to itself and to folders before it", () => {
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((target) => rankOf(target) > rankOf(file.path))
        .map((target) => `${file.path} imports ${target}`),
    );

    assert.deepEqual(wrong, []);
  });

  it("imports have no cycle", () => {
    const importsOf = new Map(files.map((file) => [file.path, file.imports]));
    const finished = new Set<string>();
    const cycles: string[] = [];

    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));

        return;
      }

      if (!finished.has(path)) {
        for (const target of importsOf.get(path) ?? []) {
          visit(target, [...trail, path]);
        }

        finished.add(path);
      }
    };

    for (const file of files) {
      visit(file.path, []);
    }

    assert.deepEqual(cycles, []);
  });

  it(`files have at most ${MAX_LINES} lines, but for the listed ones`, () => {
    const long = files
      .filter((file) => file.text.split("\n").length - 1 > MAX_LINES)
      .map((file) => file.path)
      .filter((path) => !LONGER_FILES.has(path));

    assert.deepEqual(long, []);
  });

  it("file names say what is inside", () => {
    assert.deepEqual(
      files.filter((file) => BANNED_NAMES.test(file.path)).map((file) => file.path),
      [],
    );
  });

  it("there is no unfinished mark in the sources", () => {
    assert.deepEqual(
      files.filter((file) => /\b(TODO|FIXME|XXX|HACK)\b/.test(file.text)).map((file) => file.path),
      [],
    );
  });
});
