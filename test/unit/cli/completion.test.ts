/** Shell completion, asked of the shells themselves. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { COMMAND_LIST, OPTION_LIST, optionWord } from "../../../src/cli/command-table.ts";
import { completionScript } from "../../../src/cli/completion.ts";
import { UserFiles } from "../../support/user-files.ts";

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
    assert.deepEqual(complete("completion", ""), ["bash", "zsh", "fish"]);
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
    assert.deepEqual(complete("--config-dir", "etc", "ch"), ["check"]);
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

/** What the script tells zsh for the last word: words of its own, or the arguments of `_arguments` and where it is. */
function completeInZsh(...words: string[]): string[] {
  const program = `compdef() { }
    compadd() { print -l -- "\${@:2}" }
    _arguments() { print -r -- "$words / $CURRENT"; print -rl -- "$@" }
    ${completionScript("zsh")}
    words=("$@"); CURRENT=$#; _oversip`;
  const { status, stderr, stdout } = spawnSync("zsh", ["-f", "-c", program, "zsh", "oversip", ...words], {
    encoding: "utf8",
  });

  assert.equal(stderr, "");
  assert.equal(status, 0);

  return stdout.split("\n").filter((line) => line !== "");
}

describe("completion for zsh", () => {
  it("proposes the commands and their second words, before options and after them", () => {
    assert.deepEqual(completeInZsh(""), ["run", "check", "init", "cert", "completion"]);
    assert.deepEqual(completeInZsh("--config-dir", "etc", "c"), completeInZsh(""));
    assert.deepEqual(completeInZsh("-p", "name", "cert", ""), ["create", "identities"]);
  });

  it("has zsh complete the options and the operand of the command, without its words", () => {
    for (const [command, { operand }] of COMMAND_LIST) {
      const [place, ...wanted] = completeInZsh("--user", "root", ...command.split(" "), "x", "--");

      assert.equal(place, "oversip --user root x -- / 5", command);
      assert.equal(
        wanted.some((argument) => argument.startsWith(`1:${operand}:`)),
        operand !== undefined,
        command,
      );

      for (const [name, option] of OPTION_LIST) {
        assert.equal(
          wanted.some((argument) => argument.includes(`${optionWord(name, option)}[`)),
          option.commands.includes(command),
          `${command} --${name}`,
        );
      }
    }
  });

  it("completes the value of an option, before the command too", () => {
    assert.equal(completeInZsh("--config-dir", "e")[0], "oversip --config-dir e / 3");
    assert.equal(completeInZsh("cert", "create", "edge", "--key", "")[0], "oversip edge --key  / 4");
  });

  it("saved as _oversip, it proposes at its first call", () => {
    using files = new UserFiles({ _oversip: completionScript("zsh") });
    const program = `fpath=(${files.directory}); autoload -U _oversip
      compadd() { print -l -- "\${@:2}" }
      words=(oversip cert ""); CURRENT=3; _oversip`;
    const { stderr, stdout } = spawnSync("zsh", ["-f", "-c", program], { encoding: "utf8" });

    assert.equal(stderr, "");
    assert.equal(stdout, "create\nidentities\n");
  });
});

/** What fish proposes for the end of a line. */
function completeInFish(line: string): string[] {
  using files = new UserFiles({ "oversip.fish": completionScript("fish") });
  const { status, stderr, stdout } = spawnSync(
    "fish",
    ["--no-config", "-c", `source ${files.path("oversip.fish")}; complete -C $argv[1]`, line],
    { cwd: import.meta.dirname, encoding: "utf8", env: { ...process.env, HOME: files.directory } },
  );

  assert.equal(stderr, "");
  assert.equal(status, 0);

  return stdout.split("\n").flatMap((proposal) => proposal.split("\t", 1).filter((word) => word !== ""));
}

describe("completion for fish", () => {
  it("proposes the commands and their second words, before options and after them", () => {
    assert.deepEqual(completeInFish("oversip ").sort(), ["cert", "check", "completion", "init", "run"]);
    assert.deepEqual(completeInFish("oversip --config-dir etc ch"), ["check"]);
    assert.deepEqual(completeInFish("oversip -p name cert "), ["create", "identities"]);
    assert.deepEqual(completeInFish("oversip completion ").sort(), ["bash", "fish", "zsh"]);
  });

  it("proposes the options of the command, and no others", () => {
    for (const [command] of COMMAND_LIST) {
      assert.deepEqual(
        completeInFish(`oversip ${command} x --`.replace(/(run|check) x/, "$1")).sort(),
        OPTION_LIST.filter(([, { commands }]) => commands.includes(command))
          .map(([name, option]) => optionWord(name, option))
          .sort(),
        command,
      );
    }
  });

  it("proposes values: of a list, files, directories, users", () => {
    assert.deepEqual(completeInFish("oversip cert create edge --key "), ["ec", "rsa"]);
    assert.deepEqual(completeInFish("oversip cert identities completion"), ["completion.test.ts"]);
    assert.deepEqual(completeInFish("oversip --config-dir completion"), []);
    assert.deepEqual(completeInFish("oversip -u roo"), ["root"]);
    assert.deepEqual(completeInFish("oversip cert create edge --days "), []);
  });
});
