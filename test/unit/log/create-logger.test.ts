/** How the logger chooses form, colours and prefixes, in processes of their own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { makeConfigurationDirectory } from "../../support/configuration-directory.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** A program that has a logger called `logger`. */
function program(options: string, body: string): string[] {
  return [
    "--input-type=module-typescript",
    "--eval",
    `import { createLogger } from ${JSON.stringify(join(ROOT, "src/log/create-logger.ts"))};
     import { SystemClock } from ${JSON.stringify(join(ROOT, "src/util/system-clock.ts"))};
     const logger = createLogger({ level: "info", clock: new SystemClock(), ${options} });
     ${body}`,
  ];
}

interface Ending {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs it with its standard output in the given file descriptor, or in a pipe that is read. */
function run(
  options: string,
  body: string,
  settings: { readonly stdout?: number; readonly environment?: Record<string, string> } = {},
): Promise<Ending> {
  const child = spawn(process.execPath, program(options, body), {
    stdio: ["ignore", settings.stdout ?? "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...settings.environment },
  });
  let output = "";
  let errors = "";

  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });

  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output, errors })));
}

describe("createLogger", () => {
  it("writes JSON without a terminal, pretty lines without colours when told to", async () => {
    const json = await run("", 'logger.info("hello")');
    const pretty = await run('format: "pretty"', 'logger.info("hello")');

    assert.equal((JSON.parse(json.output) as { msg: string }).msg, "hello");
    assert.match(pretty.output, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO {3}hello\n$/);
    assert.deepEqual([json.code, json.errors, pretty.errors], [0, "", ""]);
  });

  it("on a terminal writes pretty lines with colours, unless NO_COLOR or the option forbid it", async () => {
    // script(1) gives the program a terminal.
    const onTerminal = (environment: Record<string, string>, options = ""): Promise<string> => {
      const [first = "", ...rest] = program(options, 'logger.info("hello")');
      const command = [process.execPath, first, ...rest]
        .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
        .join(" ");
      const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
        stdio: ["ignore", "pipe", "inherit"],
        env: { PATH: process.env["PATH"], TERM: "xterm", SHELL: "/bin/sh", ...environment },
      });
      let output = "";

      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });

      return new Promise((resolve) => child.once("close", () => resolve(output)));
    };

    assert.match(await onTerminal({}), /\u001b\[32mINFO {2}\u001b\[0m hello/);
    assert.match(await onTerminal({ NO_COLOR: "1" }), /^[^\u001b]* INFO {3}hello/);
    assert.match(await onTerminal({}, "color: false"), /^[^\u001b]* INFO {3}hello/);
  });

  it("what was logged last is out when the process is ended at once", async () => {
    const { code, output } = await run('format: "pretty"', 'logger.crit("last words"); process.exit(1);');

    assert.equal(code, 1);
    assert.match(output, /CRIT {3}last words\n$/);
  });

  it("a reader of standard output that went away (EPIPE) is survived", async () => {
    const body = `await new Promise((resolve) => setTimeout(resolve, 200));
      for (let i = 0; i < 1000; i++) { logger.error("nobody reads " + i); }
      await logger.close();
      process.exitCode = 7;`;
    const child = spawn(process.execPath, program("", body), { stdio: ["ignore", "pipe", "pipe"] });
    let errors = "";

    child.stdout.destroy();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });

    const code = await new Promise((resolve) => child.once("close", resolve));

    assert.deepEqual([code, errors], [7, ""]);
  });

  it("sd-daemon(3): lines for the journal begin with <N> and have no time", async (context) => {
    const file = join(makeConfigurationDirectory(context, {}), "out");
    const stdout = openSync(file, "w");
    const { dev, ino } = fstatSync(stdout, { bigint: true });
    const body = 'logger.warn("to the journal"); logger.error(new Error("e"));';

    await run('format: "pretty"', body, { stdout, environment: { JOURNAL_STREAM: `${dev}:${ino}` } });

    const lines = readFileSync(file, "utf8").trimEnd().split("\n");

    assert.equal(lines[0], "<4>WARN   to the journal");
    assert.equal(lines[1], "<3>ERROR  Error: e");
    assert.ok(lines.slice(2).every((line) => line.startsWith("<3>    at ")));

    // Standard output redirected away from the journal.
    const other = await run('format: "pretty"', body, { environment: { JOURNAL_STREAM: `${dev}:${ino}` } });

    assert.match(other.output, /^\d{4}-/);
    closeSync(stdout);
  });

  it("neither standard output nor syslog keeps a process alive", async () => {
    const { code } = await run('target: "syslog"', 'logger.info("test of oversip");');

    assert.equal(code, 0);
  });
});
