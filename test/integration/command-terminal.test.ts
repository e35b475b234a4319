/** What the command does on a terminal, and how it ends: colours and exit statuses. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { LOOPBACK_CONFIGURATION } from "../support/oversip-process.ts";
import { UserFiles } from "../support/user-files.ts";

const COMMAND = join(resolve(import.meta.dirname, "../.."), "bin/oversip.js");
const ESCAPE = "\u001b[";

/** Writes a warning, then stops the server. */
const LOGIC = `
import { logger } from "oversip";
export const systemEvents = {
  onStarted() { logger.warn("something to see"); setTimeout(() => process.kill(process.pid, "SIGTERM"), 10); },
};
`;

/** Runs a program on a terminal of its own and prints what it wrote there. */
const ON_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";

function run(words: readonly string[], environment: NodeJS.ProcessEnv, isTerminal: boolean): string {
  const command = [process.execPath, COMMAND, ...words];
  const [program = "", ...rest] = isTerminal ? ["python3", "-c", ON_TERMINAL, ...command] : command;
  // The test runner sets FORCE_COLOR where it has colours itself.
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...inherited } = process.env;
  const { status, stderr, stdout } = spawnSync(program, rest, {
    encoding: "utf8",
    env: { ...inherited, TERM: "xterm-256color", ...environment },
    input: "",
    timeout: 20_000,
  });

  assert.equal(status, 0, stdout + stderr);
  assert.ok(stdout.includes("something to see"), stdout);

  return stdout;
}

describe("colours", () => {
  for (const [what, words, environment, isTerminal, isColored] of [
    ["on a terminal", [], {}, true, true],
    ["on a terminal with NO_COLOR", [], { NO_COLOR: "1" }, true, false],
    ["on a terminal with an empty NO_COLOR, which means nothing", [], { NO_COLOR: "" }, true, true],
    ["on a terminal that knows no colours", [], { TERM: "dumb" }, true, false],
    ["on a terminal with --no-color", ["--no-color"], {}, true, false],
    ["in a pipe", [], {}, false, false],
  ] as const) {
    it(`${what}: ${isColored ? "yes" : "no"}`, () => {
      using files = new UserFiles({ "oversip.conf": LOOPBACK_CONFIGURATION, "server.ts": LOGIC });
      const output = run(["--config-dir", files.directory, ...words], environment, isTerminal);

      assert.equal(output.includes(ESCAPE), isColored, output);
    });
  }
});

describe("exit statuses, as --help lists them", () => {
  const status = (...words: string[]): number | null =>
    spawnSync(process.execPath, [COMMAND, ...words], { encoding: "utf8", timeout: 20_000 }).status;

  it("0: the server was stopped, or the command did what was asked", () => {
    using files = new UserFiles({ "oversip.conf": LOOPBACK_CONFIGURATION, "server.ts": LOGIC });

    assert.equal(status("--config-dir", files.directory), 0);
    assert.equal(status("check", "--config-dir", files.directory), 0);
    assert.equal(status("completion", "bash"), 0);
    assert.equal(status("--help"), 0);
  });

  it("1: an error", () => {
    using files = new UserFiles({ "server.ts": LOGIC });

    assert.equal(status("--config-dir", files.directory), 1);
    assert.equal(status("check", "--config-dir", files.directory), 1);
    assert.equal(status("cert", "identities", files.path("none")), 1);
    assert.equal(status("init", files.directory), 1);
  });

  it("1: check of a server.ts that ends the process while it is loaded, as if all were well", () => {
    using files = new UserFiles({ "oversip.conf": LOOPBACK_CONFIGURATION, "server.ts": "process.exit(0);" });
    const { status, stderr } = spawnSync(
      process.execPath,
      [COMMAND, "check", "--config-dir", files.directory],
      {
        encoding: "utf8",
        timeout: 20_000,
      },
    );

    assert.equal(status, 1);
    assert.match(stderr, /server\.ts:1:9: .*process\.exit\(0\)/);
  });

  it("1: an answer that could not be written, such as to a full disk", () => {
    using files = new UserFiles();
    const full = openSync("/dev/full", "w");

    for (const words of ["--help", "--version", "completion bash", `init ${files.path("demo")}`]) {
      const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...words.split(" ")], {
        encoding: "utf8",
        stdio: ["ignore", full, "pipe"],
        timeout: 20_000,
      });

      assert.equal(status, 1, words);
      assert.match(stderr, /^oversip: standard output: ENOSPC[^\n]*\n$/);
    }

    closeSync(full);
  });

  it("0: the reader of the answer went away", () => {
    const { stdout, stderr } = spawnSync(
      "bash",
      ["-c", 'set -o pipefail; "$@" | true; echo $?', "bash", process.execPath, COMMAND, "completion", "zsh"],
      { encoding: "utf8", timeout: 20_000 },
    );

    assert.equal(stderr, "");
    assert.equal(stdout, "0\n");
  });

  it("2: a command line that is wrong", () => {
    assert.equal(status("--nonsense"), 2);
    assert.equal(status("cert"), 2);
  });

  it("other: what process.exit() of user code asked for", () => {
    using files = new UserFiles({
      "oversip.conf": LOOPBACK_CONFIGURATION,
      "server.ts": "export const systemEvents = { onStarted() { setTimeout(() => process.exit(7), 10); } };",
    });

    assert.equal(status("--config-dir", files.directory), 7);
  });

  it("are listed", () => {
    const { stdout } = spawnSync(process.execPath, [COMMAND, "--help"], { encoding: "utf8" });
    const [, list = ""] = stdout.split("Exit status:\n");

    assert.deepEqual(
      list.split("\n").flatMap((line) => /^ {2}(\w+) /.exec(line)?.[1] ?? []),
      ["0", "1", "2", "other"],
    );
  });
});
