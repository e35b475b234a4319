/**
 * Holds docs/rfc-compliance.md to the code: the sources and tests that it
 * names exist, and no deviation in the sources is missing from it.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { readPage, rowsOf, testsIn } from "./support/parity-page.ts";

const SOURCE = resolve(import.meta.dirname, "../src");
const ROWS = rowsOf(readPage("docs/rfc-compliance.md"));
const STATUSES = ["done", "deviation", "not applicable", "not done"];
const PROVED = ["done", "deviation"];

/** What the page has to speak of. */
const RFCS = [
  ..."3263 3581 3327 3326 3966 4320 5118 5393 5626 5658 5922 5923 5954 6026 6228".split(" "),
  ..."6455 7118 8489 2782 3325 6665 PROXY".split(" "),
];
const SECTIONS_OF_3261 =
  "7.1 7.2 7.3.1 8.2.6 9.1 9.2 16.2 16.3 16.4 16.5 16.6 16.7 16.8 16.9 16.10 16.11 17.1.1 17.2.3";

const clauseRows = ROWS.filter((row) => row.has("clause"));
const namedTests = clauseRows.flatMap((row) => testsIn(row.get("test") ?? ""));

function sourcesIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+\.ts)`/g)].map(([, path]) => path ?? "");
}

/** `TAG file`, once for each comment. */
function taggedComments(): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) =>
      [...readFileSync(join(SOURCE, path), "utf8").matchAll(/(DEVIATION|INTEROP):/g)].map(
        ([, tag]) => `${tag} ${path}`,
      ),
    )
    .sort();
}

describe("docs/rfc-compliance.md", () => {
  it("gives each clause a status; what is done has sources and tests, what is not has a remark", () => {
    assert.ok(clauseRows.length > 100, `only ${clauseRows.length} clauses found on the page`);

    const wrong = clauseRows.filter((row) => {
      const status = row.get("status") ?? "";
      const isProved = PROVED.includes(status);
      const isNamed = sourcesIn(row.get("source")).length > 0 && testsIn(row.get("test") ?? "").length > 0;

      return (
        !STATUSES.includes(status) ||
        isNamed !== isProved ||
        ((status === "deviation" || status === "not done") && row.get("remark") === "")
      );
    });

    assert.deepEqual(wrong, []);
  });

  it("names sources and test files that exist", () => {
    const sources = ROWS.flatMap((row) => sourcesIn(row.get("source")));

    assert.deepEqual(
      [
        ...sources.filter((path) => !existsSync(join(SOURCE, path))),
        ...namedTests.map(({ file }) => file).filter((file) => !existsSync(join(import.meta.dirname, file))),
      ],
      [],
    );
  });

  it("names tests that are in their file", () => {
    const absent = namedTests.flatMap(({ file, names }) => {
      const text = readFileSync(join(import.meta.dirname, file), "utf8");

      return names.filter((name) => !text.includes(name)).map((name) => `${file}: ${name}`);
    });

    assert.deepEqual(absent, []);
  });

  it("speaks of every RFC that this server is about", () => {
    const clauses = clauseRows.map((row) => row.get("clause") ?? "");

    for (const wanted of [...RFCS, ...SECTIONS_OF_3261.split(" ")]) {
      assert.ok(
        clauses.some((clause) => clause.startsWith(wanted)),
        wanted,
      );
    }
  });

  it("has a row for each deviation and each concession to others in the sources, and no other", () => {
    const rows = ROWS.filter((row) => row.has("tag")).map(
      (row) => `${row.get("tag")} ${sourcesIn(row.get("source"))[0]}`,
    );

    assert.deepEqual(rows.sort(), taggedComments());
  });
});
