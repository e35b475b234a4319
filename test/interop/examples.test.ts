/** What holds for every directory of examples/. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const EXAMPLES = join(ROOT, "examples");
const directories = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe("examples/", () => {
  it("compile", () => {
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", EXAMPLES], {
      stdio: "inherit",
    });
  });

  it("each has its files, stands in the list, and is run by a test", () => {
    const list = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    const tests = readdirSync(import.meta.dirname)
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"))
      .join("\n");

    for (const directory of directories) {
      for (const name of ["README.md", "oversip.conf", "proxies.conf", "server.ts"]) {
        assert.ok(existsSync(join(EXAMPLES, directory, name)), `${directory}/${name}`);
      }

      assert.ok(list.includes(`](${directory})`), `${directory} in examples/README.md`);
      assert.ok(tests.includes(`example: "${directory}"`), `a test of ${directory}`);
    }
  });
});
