/** The pages that name tests as proof: their tables, and the tests that a cell names. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");

/** Cells of a row by the lower-case title of their column. */
export type PageRow = ReadonlyMap<string, string>;

/** What a cell says: files below test/, each with parts of test names. */
export interface NamedTests {
  readonly file: string;
  readonly names: readonly string[];
}

export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Every row of every table; `|` within a cell is written as `\|`. */
export function rowsOf(page: string): PageRow[] {
  const rows: PageRow[] = [];
  let titles: string[] | undefined;

  for (const line of page.split("\n")) {
    if (!line.startsWith("|")) {
      titles = undefined;
    } else if (titles === undefined) {
      titles = cellsOf(line).map((title) => title.toLowerCase());
    } else if (!line.startsWith("| ---")) {
      const cells = cellsOf(line);

      rows.push(new Map(titles.map((title, index) => [title, cells[index] ?? ""])));
    }
  }

  return rows;
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.lastIndexOf("|"))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** `file.test.ts` "part of a name"; "another"; `other.test.ts`; a suite that several of these run is `support/…-suite.ts`. */
export function testsIn(cell: string): NamedTests[] {
  const tests: { file: string; names: string[] }[] = [];

  for (const [, file, name] of cell.matchAll(/`([^`]+\.test\.ts|support\/[^`]+-suite\.ts)`|"([^"]+)"/g)) {
    if (file !== undefined) {
      tests.push({ file, names: [] });
    } else if (name !== undefined) {
      tests.at(-1)?.names.push(name);
    }
  }

  return tests;
}

/** Every identifier in code marks, those of an expression such as `tls.validate(pems)` each for itself. */
export function identifiersIn(page: string): ReadonlySet<string> {
  const marked = [...page.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? "");

  return new Set(marked.flatMap((code) => code.match(/[A-Za-z_$][\w$]*/g) ?? []));
}
