/** The security guide names sources and tests: they are there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { DEFAULT_CONFIGURATION } from "../../src/config/default-values.ts";
import { ROOT } from "../support/markdown.ts";

const text = readFileSync(join(ROOT, "docs/guides/security.md"), "utf8");
const rows = text
  .split("\n")
  .filter((line) => /^\| .* \| `.*` \|/.test(line) && line.split(" | ").length === 4);

describe("docs/guides/security.md", () => {
  it("each defence has a source and a test, and both exist", () => {
    const missing = rows.flatMap((row) => {
      const [, , where = "", proof = ""] = row.replace(/ \|$/, "").split(" | ");
      const sources = [...where.matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
      const tests = [...proof.matchAll(/`([^`]+\.ts)`/g)].map((match) => `test/${match[1]}`);

      return sources.length === 0 || tests.length === 0
        ? [`nothing is named: ${row}`]
        : [...sources, ...tests].filter((path) => !existsSync(join(ROOT, path)));
    });

    assert.ok(rows.length > 25, `${rows.length} rows`);
    assert.deepEqual(missing, []);
  });

  it("each limit that it names is a key of the configuration", () => {
    const keys = new Set(
      Object.values(DEFAULT_CONFIGURATION).flatMap((section) =>
        Object.keys(section).map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
      ),
    );
    const named = [...text.matchAll(/`(?:\w+\.)?((?:max|min)_\w+|\w+_(?:timeout|interval|origins|size))`/g)];

    assert.ok(named.length > 10);
    assert.deepEqual(
      named.map((match) => match[1] as string).filter((key) => !keys.has(key)),
      [],
    );
  });
});
