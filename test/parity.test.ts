/**
 * Holds docs/oversip-parity.md to the code and the tests: what it names
 * exists, and what exists is named.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as programmingInterface from "../src/index.ts";
import { exportedTypes, publicMembers } from "./support/parity-members.ts";
import { identifiersIn, readPage, rowsOf, testsIn } from "./support/parity-page.ts";

const PAGE = readPage("docs/oversip-parity.md");
const ROWS = rowsOf(PAGE);
const IDENTIFIERS = identifiersIn(PAGE);
const DEFECTS = 50;
const STATUSES = ["done", "other", "none", "missing"];

const namedTests = ROWS.flatMap((row) => testsIn(row.get("test") ?? ""));
const itemRows = ROWS.filter((row) => row.has("status"));
const defectRows = ROWS.filter((row) => row.has("defect"));

describe("docs/oversip-parity.md", () => {
  it("names test files that exist", () => {
    assert.ok(namedTests.length > 200, `only ${namedTests.length} tests found on the page`);
    assert.deepEqual(
      namedTests.map(({ file }) => file).filter((file) => !existsSync(join(import.meta.dirname, file))),
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

  it("says of each item what became of it, and proves what is done", () => {
    const wrong = itemRows.filter((row) => {
      const status = row.get("status") ?? "";
      const tests = testsIn(row.get("test") ?? "");

      return (
        !STATUSES.includes(status) ||
        (tests.length === 0) !== (status === "none" || status === "missing") ||
        row.get("here") === ""
      );
    });

    assert.deepEqual(wrong, []);
  });

  it(`has defects 1 to ${DEFECTS}, each once and with its test`, () => {
    assert.deepEqual(
      defectRows.map((row) => Number(row.get("defect"))),
      Array.from({ length: DEFECTS }, (_, index) => index + 1),
    );
    assert.deepEqual(
      defectRows.filter((row) => testsIn(row.get("test") ?? "").length === 0).map((row) => row.get("defect")),
      [],
    );
  });

  it("names every value and type that the package exports", () => {
    const exported = [...Object.keys(programmingInterface), ...exportedTypes().keys()];

    assert.ok(exported.length > 30);
    assert.deepEqual(
      exported.filter((name) => !IDENTIFIERS.has(name)),
      [],
    );
  });

  it("names every public member of what the package exports", () => {
    const members = [...exportedTypes()].flatMap(([name, declaration]) => publicMembers(name, declaration));

    // One of each kind, so that a change of the sources that hides members from this test shows.
    for (const known of [
      "route",
      "onTarget",
      "looseRoute",
      "headerAll",
      "displayName",
      "httpReject",
      "crit",
    ]) {
      assert.ok(
        members.some(({ name }) => name === known),
        known,
      );
    }

    assert.deepEqual(
      members.filter(({ name }) => !IDENTIFIERS.has(name)).map(({ type, name }) => `${type}.${name}`),
      [],
    );
  });

  it("names every key of the configuration files of OverSIP 2.0", () => {
    for (const file of ["oversip.conf", "proxies.conf"]) {
      const text = readFileSync(join(import.meta.dirname, "unit/config/oversip-2.0", file), "utf8");
      const keys = [...text.matchAll(/^ +#? ?([a-zA-Z]\w+):/gm)].map(([, key]) => key ?? "");

      assert.ok(keys.length >= 17);
      assert.deepEqual(
        [...new Set(keys)].filter((key) => !IDENTIFIERS.has(key)),
        [],
      );
    }
  });
});
