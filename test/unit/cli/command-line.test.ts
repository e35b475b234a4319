/** The command line, option by option. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandLineError, parseCommandLine } from "../../../src/cli/command-line.ts";
import { COMMAND_LIST, OPTION_LIST, optionWord } from "../../../src/cli/command-table.ts";
import { helpOf } from "../../../src/cli/usage.ts";

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

  it("help is of the command that is named, whatever is wrong with the rest", () => {
    assert.deepEqual(parse("cert", "create", "--help"), { name: "help", command: "cert create" });
    assert.deepEqual(parse("--help", "check"), { name: "help", command: "check" });
    assert.deepEqual(parse("init", "a", "b", "--days", "x", "-h"), { name: "help", command: "init" });
    assert.deepEqual(parse("cert", "--help"), { name: "help" });
    assert.deepEqual(parse("nonsense", "--help"), { name: "help" });
  });

  it("the help of a command has its options and no others", () => {
    for (const [command, { operand }] of COMMAND_LIST) {
      const help = helpOf(command);

      assert.ok(
        help.includes(`oversip ${command === "run" ? "[run]" : command}${operand ? ` ${operand}` : ""}`),
        command,
      );

      for (const [name, option] of OPTION_LIST) {
        assert.equal(
          help.includes(` ${optionWord(name, option)} `),
          option.commands.includes(command) || command === "run",
          `${command} --${name}`,
        );
      }
    }
  });

  it("NO_COLOR does what --no-color does", () => {
    const command = parseCommandLine([], { NO_COLOR: "1" });

    assert.deepEqual(command, { name: "run", options: { ...DEFAULTS, color: false } });
  });

  it("init needs one directory", () => {
    assert.deepEqual(parse("init", "/d"), { name: "init", directory: "/d" });
  });

  it("cert create takes lists, and its defaults", () => {
    assert.deepEqual(
      parse(
        ..."cert create edge --domain A.example --domain ::1 --sip-uri SIP:B.example --days 9 --key rsa --out /o".split(
          " ",
        ),
      ),
      {
        name: "cert create",
        options: {
          name: "edge",
          domains: ["a.example", "::1"],
          sipUris: ["sip:b.example"],
          days: 9,
          keyType: "rsa",
          directory: "/o",
        },
      },
    );
    assert.deepEqual(parse("cert", "create", "Edge.example"), {
      name: "cert create",
      options: {
        name: "Edge.example",
        domains: ["edge.example"],
        sipUris: ["sip:edge.example"],
        days: 365,
        keyType: "ec",
        directory: ".",
      },
    });
  });

  for (const [words, message] of [
    ["--nonsense", 'unknown option "--nonsense"'],
    ["-x", 'unknown option "-x"'],
    ["--config-dir", "--config-dir needs a value"],
    ["--config-dir=", "--config-dir needs a value"],
    ["--pid --user u", "--pid needs a value"],
    ["--help=yes", "--help takes no value"],
    ["--no-color=yes", "--no-color takes no value"],
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
    ["cert", "cert needs a command: create or identities"],
    ["cert make", "cert needs a command: create or identities"],
    ["cert create", "cert create needs a name"],
    ["cert create a/b", '"a/b" is no name: 1 to 64 letters, digits, dots, hyphens and underscores'],
    ["cert create a..b", '"a..b" is no domain: name some with --domain'],
    ["cert create a --domain *.example.com", '--domain: "*.example.com" is no domain and no address'],
    ["cert create a --domain [::1]", '--domain: "[::1]" is no domain and no address'],
    [
      "cert create a --sip-uri sip:bob@example.com",
      '--sip-uri: "sip:bob@example.com" is not of the form sip:DOMAIN, without a user',
    ],
    [
      "cert create a --sip-uri sips:example.com",
      '--sip-uri: "sips:example.com" is not of the form sip:DOMAIN, without a user',
    ],
    ["cert create a --days 0", '--days: "0" is no number from 1 to 3650'],
    ["cert create a --days 1e2", '--days: "1e2" is no number from 1 to 3650'],
    ["cert create a --key dsa", '--key: "dsa" is neither ec nor rsa'],
    ["cert create a --domain=", "--domain needs a value"],
    ["cert create a --pid f", "cert create takes no --pid"],
    ["check --days 3", "check takes no --days"],
    ["cert identities f --no-color", "cert identities takes no option, but there is --no-color"],
    ["completion tcsh", 'there is no completion for "tcsh", only for bash, zsh and fish'],
    ["--toString=x", 'unknown option "--toString"'],
    ["constructor", 'unknown command "constructor"'],
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
