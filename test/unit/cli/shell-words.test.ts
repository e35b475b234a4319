/** Command lines that the user is told to type, typed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { commandWords, shellWord } from "../../../src/cli/shell-words.ts";

describe("commandWords", () => {
  it("an installed command by its name, with npx where it was", () => {
    assert.equal(commandWords("/usr/bin/oversip", {}), "oversip");
    assert.equal(commandWords("/p/node_modules/.bin/oversip", { npm_command: "exec" }), "npx oversip");
  });

  it("a script of a checkout as one, from here", () => {
    assert.equal(commandWords(resolve("bin/oversip.js"), {}), "node bin/oversip.js");
    assert.equal(commandWords(resolve("bin/oversip.js"), { npm_command: "exec" }), "npx node bin/oversip.js");
    assert.equal(commandWords(resolve("a b/oversip.js"), {}), "node 'a b/oversip.js'");
  });
});

describe("shellWord", () => {
  for (const text of ["/etc/oversip", "a b", "it's", "$HOME/`x`", '"', "*", "~", "é", ""]) {
    it(`${JSON.stringify(text)} is one word of a shell`, () => {
      const { stdout } = spawnSync("sh", ["-c", `printf '[%s]' ${shellWord(text)}`], { encoding: "utf8" });

      assert.equal(stdout, `[${text}]`);
    });
  }

  it("what needs no quotes has none", () => {
    assert.equal(shellWord("/etc/oversip-1.conf"), "/etc/oversip-1.conf");
  });
});
