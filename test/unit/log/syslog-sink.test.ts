/** syslog as a target: what the program `logger` is given, and what happens when it ends. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { LogSink } from "../../../src/log/log-sink.ts";
import { SyslogSink, type SyslogSinkOptions } from "../../../src/log/syslog-sink.ts";
import { SystemClock } from "../../../src/util/system-clock.ts";
import { makeConfigurationDirectory } from "../../support/configuration-directory.ts";

class MemorySink implements LogSink {
  readonly entries: string[] = [];
  #waiting: { readonly wanted: string; readonly resolve: () => void } | undefined;

  write(level: string, entry: string): void {
    this.entries.push(`${level} ${entry}`);

    if (this.#waiting !== undefined && entry.includes(this.#waiting.wanted)) {
      this.#waiting.resolve();
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  whenWritten(wanted: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { wanted, resolve };
    });
  }
}

interface Setup {
  readonly directory: string;
  readonly fallback: MemorySink;
  makeSink(options?: Partial<SyslogSinkOptions>): SyslogSink;
}

/** With a program in place of `logger` that is this shell script; `$OUT` is a file to write to. */
function setUp(context: TestContext, script: string): Setup {
  const directory = makeConfigurationDirectory(context, {});
  const program = join(directory, "program");
  const fallback = new MemorySink();
  const clock = new SystemClock();

  writeFileSync(program, `#!/bin/sh\nOUT=${directory}/out\n${script}\n`);
  chmodSync(program, 0o755);
  context.after(() => clock.close());

  return {
    directory,
    fallback,
    makeSink: (options) =>
      new SyslogSink({ facility: "local0", processName: "edge-1", clock, fallback, program, ...options }),
  };
}

describe("syslog sink", () => {
  it("RFC 5424 section 6.2.1: each line has its facility and severity before it", async (context) => {
    const { directory, makeSink } = setUp(context, 'echo "$@" >$OUT.args; cat >$OUT');
    const sink = makeSink();

    // local0 is 16; info is 6, crit is 2.
    sink.write("info", "one");
    sink.write("crit", "two\n    at x");
    await sink.close();

    assert.equal(readFileSync(join(directory, "out"), "utf8"), "<134>one\n<130>two\n<130>    at x\n");
    assert.equal(
      readFileSync(join(directory, "out.args"), "utf8"),
      `--prio-prefix --id=${process.pid} --tag=edge-1 --priority=local0.notice --size=16384 --socket-errors=on\n`,
    );
  });

  it("RFC 3164 section 4.1: the real program makes of it what syslog expects", async (context) => {
    const server = createSocket("udp4");
    const received: string[] = [];
    const complete = new Promise((resolve) => {
      server.on("message", (message) => received.push(message.toString()) === 2 && resolve(undefined));
    });

    context.after(() => server.close());
    await new Promise((resolve) => server.bind(0, "127.0.0.1", () => resolve(undefined)));

    const { port } = server.address();
    const { makeSink } = setUp(context, `exec logger --server 127.0.0.1 --port ${port} --udp --rfc3164 "$@"`);
    const sink = makeSink();

    sink.write("warn", "careful\n    at x");
    await Promise.all([complete, sink.close()]);

    // local0 is 16, warning is 4: 16 * 8 + 4.
    assert.match(received[0] ?? "", new RegExp(`^<132>.* edge-1\\[${process.pid}\\]: careful$`));
    assert.match(received[1] ?? "", new RegExp(`^<132>.* edge-1\\[${process.pid}\\]:  +at x$`));
  });

  it("a program that ends is started again, and gets what came meanwhile", async (context) => {
    // The first run reads one line and ends well; the second reads all.
    const { directory, makeSink } = setUp(
      context,
      'if [ -e $OUT.once ]; then cat >>$OUT; else touch $OUT.once; read line; echo "$line" >>$OUT; fi',
    );
    const ended = new AbortController();
    const clock = new SystemClock();
    const sink = makeSink({
      clock: {
        now: () => clock.now(),
        schedule: (delayMs, callback) => {
          ended.abort();

          return clock.schedule(Math.min(delayMs, 20), callback);
        },
      },
    });
    const restarting = new Promise((resolve) => ended.signal.addEventListener("abort", resolve));

    sink.write("info", "one");
    await restarting;
    sink.write("info", "two");
    await new Promise((resolve) => clock.schedule(60, () => resolve(undefined)));
    sink.write("info", "three");
    await sink.close();
    clock.close();

    assert.ok(existsSync(join(directory, "out.once")));
    assert.equal(readFileSync(join(directory, "out"), "utf8"), "<134>one\n<134>two\n<134>three\n");
  });

  it("without the program, lines go to standard output, after a line that says so", async (context) => {
    const { fallback, makeSink } = setUp(context, "");
    const sink = makeSink({ program: "/nowhere/logger" });
    const written = fallback.whenWritten("early");

    sink.write("info", "early");
    await written;
    sink.write("info", "late");
    await sink.close();

    assert.match(fallback.entries[0] ?? "", /^error no syslog, log lines go to standard output: .*ENOENT/);
    assert.deepEqual(fallback.entries.slice(1), ["info early", "info late"]);
  });

  it("a program that fails at once three times is given up, and no line is lost", async (context) => {
    const { fallback, makeSink } = setUp(context, "exit 1");
    const clock = new SystemClock();
    const written = fallback.whenWritten("exit code 1");
    const sink = makeSink({
      clock: { now: () => clock.now(), schedule: (_delayMs, callback) => clock.schedule(1, callback) },
    });

    sink.write("info", "before");
    await written;
    sink.write("info", "after");
    await sink.close();
    clock.close();

    assert.match(fallback.entries[0] ?? "", /^error no syslog, .* exit code 1$/);
    assert.deepEqual(fallback.entries.slice(1), ["info before", "info after"]);
  });

  it("syslog is used again once a daemon takes lines", async (context) => {
    const { directory, fallback, makeSink } = setUp(context, "test -e $OUT.up || exit 1; cat >$OUT");
    const clock = new SystemClock();
    const givenUp = fallback.whenWritten("exit code 1");
    const sink = makeSink({
      clock: {
        now: () => clock.now(),
        schedule: (delayMs, callback) => clock.schedule(delayMs / 50, callback),
      },
    });

    await givenUp;

    const resumed = fallback.whenWritten("go to syslog again");

    sink.write("info", "meanwhile");
    writeFileSync(join(directory, "out.up"), "");
    await resumed;
    sink.write("info", "again");
    await sink.close();
    clock.close();

    assert.ok(fallback.entries.includes("info meanwhile"));
    assert.equal(readFileSync(join(directory, "out"), "utf8"), "<134>again\n");
  });

  it("the real program without a daemon: no line is lost", async (context) => {
    const { fallback, makeSink } = setUp(context, 'exec logger --socket /nowhere/log "$@" 2>/dev/null');
    const clock = new SystemClock();
    const written = fallback.whenWritten("exit code 1");
    const sink = makeSink({
      clock: { now: () => clock.now(), schedule: (_delayMs, callback) => clock.schedule(1, callback) },
    });

    sink.write("info", "kept");
    await written;
    await sink.close();
    clock.close();

    assert.ok(fallback.entries.includes("info kept"));
  });

  it("close during the first failure loses no line either", async (context) => {
    const { fallback, makeSink } = setUp(context, "exit 1");
    const sink = makeSink();

    sink.write("info", "only");
    await sink.close();

    assert.equal(fallback.entries.at(-1), "info only");
  });

  it("what waits for a program that does not read is bounded", async (context) => {
    const { directory, makeSink } = setUp(context, "while [ ! -e $OUT.go ]; do sleep 0.05; done; cat >$OUT");
    const sink = makeSink({ maxBacklogBytes: 300_000 });
    const line = "x".repeat(999);

    for (let i = 0; i < 2000; i++) {
      sink.write("info", line);
    }

    writeFileSync(join(directory, "out.go"), "");
    await sink.close();

    const size = readFileSync(join(directory, "out")).length;

    // What the pipe itself holds comes on top.
    assert.ok(size > 200_000 && size < 600_000, String(size));
  });
});
