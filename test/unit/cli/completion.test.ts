/** Shell completion, asked of the shells themselves. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { COMMAND_LIST, OPTION_LIST, optionWord } from "../../../src/cli/command-table.ts";
import { completionScript } from "../../../src/cli/completion.ts";

/** What bash proposes for the last word. */
function complete(...words: string[]): string[] {
  const program = `${completionScript("bash")}
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _oversip; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stderr, stdout } = spawnSync("bash", ["-c", program, "bash", "oversip", ...words], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });

  assert.equal(stderr, "");
  assert.equal(status, 0);

  return stdout.split("\n").filter((line) => line !== "");
}

describe("completion for bash", () => {
  it("proposes the commands, and the second word of those that have two", () => {
    assert.deepEqual(complete(""), ["run", "check", "init", "cert", "completion"]);
    assert.deepEqual(complete("c"), ["check", "cert", "completion"]);
    assert.deepEqual(complete("cert", ""), ["create", "identities"]);
    assert.deepEqual(complete("completion", ""), ["bash", "zsh"]);
  });

  it("proposes the options of the command, and no others", () => {
    for (const [command] of COMMAND_LIST) {
      assert.deepEqual(
        complete(...command.split(" "), "--"),
        OPTION_LIST.filter(([, { commands }]) => commands.includes(command)).map(([name, option]) =>
          optionWord(name, option),
        ),
        command,
      );
    }

    assert.ok(complete("--c").includes("--config-dir"));
    assert.deepEqual(complete("cert", "create", "edge", "--o"), ["--out"]);
    assert.deepEqual(complete("--pid", "run", "check", "--u"), ["--user"]);
  });

  it("proposes values: of a list, files, directories, users", () => {
    assert.deepEqual(complete("cert", "create", "edge", "--key", ""), ["ec", "rsa"]);
    assert.deepEqual(complete("cert", "identities", "completion"), ["completion.test.ts"]);
    assert.deepEqual(complete("--config-dir", "completion"), []);
    assert.deepEqual(complete("-u", "roo"), ["root"]);
    assert.deepEqual(complete("cert", "create", "edge", "--days", ""), []);
  });
});

describe("completion for zsh", () => {
  it("is a script that zsh can read", () => {
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: completionScript("zsh"), encoding: "utf8" });

    assert.equal(stderr, "");
    assert.equal(status, 0);
  });

  it("has every command and option", () => {
    const text = completionScript("zsh");

    for (const [command] of COMMAND_LIST) {
      assert.ok(text.includes(`'${command}') _arguments`), command);
    }

    for (const [name, option] of OPTION_LIST) {
      assert.ok(text.includes(optionWord(name, option)), name);
    }
  });
});
