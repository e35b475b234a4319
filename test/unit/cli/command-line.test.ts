/** The command line, option by option. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandLineError, parseCommandLine } from "../../../src/cli/command-line.ts";

const DEFAULTS = {
  configDir: "/etc/oversip",
  configFile: "oversip.conf",
  pidFile: undefined,
  processName: "oversip",
  user: undefined,
  group: undefined,
  color: true,
};

const parse = (...words: string[]) => parseCommandLine(words, {});

describe("the command line", () => {
  it("runs the server with the defaults unless told otherwise", () => {
    assert.deepEqual(parse(), { name: "run", options: DEFAULTS });
    assert.deepEqual(parse("run"), parse());
  });

  it("takes every option in its long form, before and after the command", () => {
    const options = {
      configDir: "/c",
      configFile: "f",
      pidFile: "/p",
      processName: "n",
      user: "u",
      group: "g",
      color: false,
    };
    const words =
      "--config-dir /c --config-file f --pid /p --process-name n --user u --group g --no-color".split(" ");

    assert.deepEqual(parse("check", ...words), { name: "check", options });
    assert.deepEqual(parse(...words, "check"), { name: "check", options });
  });

  it("takes the short forms", () => {
    assert.deepEqual(parse(..."-P /p -p n -u u -g g".split(" ")), {
      name: "run",
      options: { ...DEFAULTS, pidFile: "/p", processName: "n", user: "u", group: "g" },
    });
    assert.deepEqual(parse("-h"), { name: "help" });
    assert.deepEqual(parse("-v"), { name: "version" });
  });

  it("NO_COLOR does what --no-color does", () => {
    const command = parseCommandLine([], { NO_COLOR: "1" });

    assert.deepEqual(command, { name: "run", options: { ...DEFAULTS, color: false } });
  });

  it("init needs one directory", () => {
    assert.deepEqual(parse("init", "/d"), { name: "init", directory: "/d" });
  });

  for (const [words, message] of [
    ["--nonsense", 'unknown option "--nonsense"'],
    ["-x", 'unknown option "-x"'],
    ["--config-dir", "--config-dir needs a value"],
    ["--config-dir=", "--config-dir needs a value"],
    ["--pid --user u", "--pid needs a value"],
    ["--help=yes", "--help takes no value"],
    ["--no-pid", 'unknown option "--no-pid"'],
    [
      "-p two\twords",
      '--process-name: "two\\twords" is no name: 1 to 64 printable characters without spaces',
    ],
    ["start", 'unknown command "start"'],
    ["run extra", 'unexpected word "extra"'],
    ["init", "init needs a directory"],
    ["--no-help", 'unknown option "--no-help"'],
    ["--no-version", 'unknown option "--no-version"'],
    ["init d --config-dir e", "init takes no option, but there is --config-dir"],
    ["init a b", 'unexpected word "b"'],
  ] as const) {
    it(`refuses "${words}" and names what is wrong`, () => {
      assert.throws(
        () => parse(...words.split(" ")),
        (error: unknown) => {
          assert.ok(error instanceof CommandLineError);
          assert.equal(error.message, message);

          return true;
        },
      );
    });
  }
});
