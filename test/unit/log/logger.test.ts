/** What loggers write, in both forms, and that they never throw. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LOG_LEVELS } from "../../../src/log/logger.ts";
import { makeLogLines } from "../../support/log-lines.ts";

const TIME = "2026-01-02 03:04:05.006";

/** What throws whatever is asked of it. */
const HOSTILE: object = new Proxy(
  {},
  {
    get() {
      throw new Error("get");
    },
    ownKeys() {
      throw new Error("ownKeys");
    },
    getPrototypeOf() {
      throw new Error("getPrototypeOf");
    },
  },
);

describe("levels", () => {
  it("a line is written when its level is at or above the logger's", () => {
    for (const [index, level] of LOG_LEVELS.entries()) {
      const { logger, lines } = makeLogLines({ level });

      for (const each of LOG_LEVELS) {
        logger[each]("text");
      }

      assert.equal(lines().length, LOG_LEVELS.length - index, level);
      assert.deepEqual(
        LOG_LEVELS.filter((each) => logger.isEnabled(each)),
        LOG_LEVELS.slice(index),
      );
    }
  });

  it("a change of level reaches children that exist already", () => {
    const { logger, lines } = makeLogLines({ level: "warn" });
    const child = logger.child({ component: "udp" }).child({ peer: "x" });

    child.info("not yet");
    logger.setLevel("debug");
    child.debug("now");
    logger.setLevel("crit");
    child.error("no more");

    assert.equal(logger.level, "crit");
    assert.deepEqual(lines(), [`${TIME} DEBUG  udp: now peer=x`]);
  });

  it("what is below the level is not even looked at", () => {
    const { logger, lines } = makeLogLines({ level: "info" });

    logger.debug(HOSTILE, HOSTILE as Record<string, unknown>);
    logger.child(HOSTILE as Record<string, unknown>).debug("text");

    assert.deepEqual(lines(), []);
  });
});

describe("pretty lines", () => {
  it("hold time, level, component, message and facts", () => {
    const { logger, lines } = makeLogLines();

    logger.info("plain");
    logger.child({ component: "tcp", peer: "[::1]:5060" }).crit("closed", { bytes: 12, reason: "by peer" });

    assert.deepEqual(lines(), [
      `${TIME} INFO   plain`,
      `${TIME} CRIT   tcp: closed peer=[::1]:5060 bytes=12 reason="by peer"`,
    ]);
  });

  it("facts of a line win over those of its logger; undefined ones are left out", () => {
    const { logger, lines } = makeLogLines();

    logger.child({ component: "a", x: 1, y: 2 }).info("text", { component: "b", x: 3, z: undefined });

    assert.deepEqual(lines(), [`${TIME} INFO   b: text x=3 y=2`]);
  });

  it("quote values that would read as something else", () => {
    const { logger, lines } = makeLogLines();

    logger.info("x", { a: "", b: 'say "x"', c: "k=v", d: "a\\b", e: null, f: ["p", 1], g: true });

    assert.equal(
      lines()[0],
      `${TIME} INFO   x a="" b="say \\"x\\"" c="k=v" d="a\\\\b" e=null f=[ 'p', 1 ] g=true`,
    );
  });

  it("control characters are escaped in message, keys and values", () => {
    const { logger, lines } = makeLogLines();

    logger.child({ component: "a\u0007" }).info("1\r\n2\t3\u001b[31m\u007f\u009b\u2028\u2029\u202e", {
      "k\n": "v\nCRIT  forged",
      o: { in: "x\u0085y" },
    });

    assert.deepEqual(lines(), [
      `${TIME} INFO   a\\x07: 1\\r\\n2\\t3\\x1b[31m\\x7f\\x9b\\u2028\\u2029\\u202e k\\n="v\\nCRIT  forged" o={ in: 'x\\x85y' }`,
    ]);
  });

  it("other text stays as it is", () => {
    const { logger, lines } = makeLogLines();

    logger.info("größer 100 % \\n %s 漢字 🙂");

    assert.deepEqual(lines(), [`${TIME} INFO   größer 100 % \\n %s 漢字 🙂`]);
  });

  it("an error is its name and message, with stack and causes below, indented", () => {
    const { logger, lines } = makeLogLines();
    const cause = Object.assign(new RangeError("inner\r\nCRIT forged"), { code: "E_INNER" });

    logger.error(new TypeError("outer\nsecond line", { cause }), { callId: "a" });

    const [first, ...rest] = lines();

    assert.equal(first, `${TIME} ERROR  TypeError: outer\\nsecond line callId=a`);
    assert.match(rest[0] ?? "", /^ {4}at .*logger\.test\.ts/);
    assert.ok(rest.every((line) => line.startsWith("    ")));
    assert.ok(rest.includes("    caused by: RangeError: inner\\r\\nCRIT forged"));
    assert.ok(rest.includes("    { code: 'E_INNER' }"));
  });

  it("an error as a fact shows its title, and its stack below", () => {
    const { logger, lines } = makeLogLines();

    logger.warn("failed", { cause: new Error("why") });

    assert.equal(lines()[0], `${TIME} WARN   failed cause="Error: why"`);
    assert.match(lines()[1] ?? "", /^ {4}at /);
  });

  it("the errors of an AggregateError are shown, and endless causes end", () => {
    const { logger, text } = makeLogLines();
    const endless = new Error("endless");

    endless.cause = endless;
    logger.error(new AggregateError([new Error("one"), "two"], "all failed"));
    logger.error(endless);

    assert.match(text(), /AggregateError: all failed/);
    assert.match(text(), /caused by: Error: one/);
    assert.match(text(), /caused by: 'two'/);
    assert.ok((text().match(/endless/g) ?? []).length < 20);
  });

  it("other values are inspected, on one line", () => {
    const { logger, lines } = makeLogLines();

    logger.info({ a: { b: [1, { c: "x" }] }, m: new Map([["k", 1n]]) });
    logger.info(undefined);
    logger.info(null);
    logger.info(Symbol("s"));
    logger.info(Array.from({ length: 50 }, (_unused, index) => ({ index, text: "t".repeat(40) })));

    assert.equal(lines().length, 5);
    assert.equal(lines()[0], `${TIME} INFO   { a: { b: [ 1, { c: 'x' } ] }, m: Map(1) { 'k' => 1n } }`);
    assert.equal(lines()[1], `${TIME} INFO   undefined`);
    assert.equal(lines()[3], `${TIME} INFO   Symbol(s)`);
  });

  it("colours are there when asked for, and take no part in the text", () => {
    const { logger, text } = makeLogLines({ color: true });

    logger.error("x", { a: 1 });

    assert.equal(text(), `\u001b[2m${TIME}\u001b[0m \u001b[31mERROR \u001b[0m x \u001b[2ma=\u001b[0m1\n`);
  });
});

describe("JSON lines", () => {
  function record(lines: readonly string[], index = 0): Record<string, unknown> {
    return JSON.parse(lines[index] ?? "") as Record<string, unknown>;
  }

  it("hold level, time, facts and msg", () => {
    const { logger, lines } = makeLogLines({ format: "json" });

    logger
      .child({ component: "udp", callId: "a@b" })
      .notice("hello", { method: "INVITE", n: 1, list: [1, "x"] });

    const { time, ...rest } = record(lines());

    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, {
      level: "notice",
      component: "udp",
      callId: "a@b",
      method: "INVITE",
      n: 1,
      list: [1, "x"],
      msg: "hello",
    });
  });

  it("every level is written by its name", () => {
    const { logger, lines } = makeLogLines({ format: "json" });

    for (const level of LOG_LEVELS) {
      logger[level]("x");
    }

    assert.deepEqual(
      lines().map((line) => (JSON.parse(line) as { level: string }).level),
      LOG_LEVELS,
    );
  });

  it("an error is msg and err with type, message, stack and code", () => {
    const { logger, lines } = makeLogLines({ format: "json" });

    logger.error(Object.assign(new TypeError("bad"), { code: "E_BAD" }), { reason: new Error("why") });

    const { msg, err, reason } = record(lines()) as {
      msg: string;
      err: Record<string, string>;
      reason: object;
    };

    assert.equal(msg, "TypeError: bad");
    assert.deepEqual([err["type"], err["message"], err["code"]], ["TypeError", "bad", "E_BAD"]);
    assert.match(err["stack"] ?? "", /^TypeError: bad\n +at /);
    assert.equal((reason as { message: string }).message, "why");
  });

  it("facts cannot take the place of the line's own keys", () => {
    const { logger, lines } = makeLogLines({ format: "json" });

    logger.child({ level: "x", msg: "m" }).info("text", { time: "never", err: "e", pid: 5 });

    const line = record(lines());

    assert.equal(line["level"], "info");
    assert.equal(line["msg"], "text");
    assert.notEqual(line["time"], "never");
    assert.deepEqual([line["level_"], line["msg_"], line["time_"], line["err_"]], ["x", "m", "never", "e"]);
    assert.equal((lines()[0] ?? "").match(/"level":/g)?.length, 1);
  });

  it("values that JSON has no form for are texts", () => {
    const { logger, lines } = makeLogLines({ format: "json" });
    const circular: Record<string, unknown> = { name: "c" };

    circular["self"] = circular;
    logger.info("x", {
      big: 10n,
      map: new Map([["a", 1]]),
      fn: () => 1,
      symbol: Symbol("s"),
      nan: Number.NaN,
      circular,
    });

    const line = record(lines());

    assert.equal(line["big"], "10");
    assert.equal(line["map"], "Map(1) { 'a' => 1 }");
    assert.equal(line["symbol"], "Symbol(s)");
    assert.equal(line["nan"], null);
    assert.deepEqual(line["circular"], { name: "c", self: "[Circular]" });
  });

  it("texts survive whole, and no raw control character is on the line", () => {
    const { logger, lines, text } = makeLogLines({ format: "json" });
    const nasty = "1\r\n2\u001b[31m\u007f\u009b\u2028\u2029\u202e%s %d";

    logger.info(nasty, { nasty, [nasty]: 1 });

    const line = record(lines());

    assert.deepEqual([line["msg"], line["nasty"], line[nasty]], [nasty, nasty, 1]);
    assert.doesNotMatch(text().slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  });
});

describe("loggers never throw", () => {
  for (const format of ["pretty", "json"] as const) {
    it(`${format}: values that throw when looked at leave a line without them`, () => {
      const { logger, lines } = makeLogLines({ format });
      const throwing = {
        get secret(): string {
          throw new Error("no");
        },
      };

      logger.info(HOSTILE);
      logger.info("text one", HOSTILE as Record<string, unknown>);
      logger.info("text two", { value: HOSTILE });
      logger.info("text three", { value: throwing });
      logger.child(HOSTILE as Record<string, unknown>).info("text four");
      logger.error(
        Object.defineProperty(new Error("x"), "message", { get: throwing.constructor.bind(null) }),
      );
      logger.error(
        Object.defineProperty(new Error("text five"), "stack", {
          get() {
            throw new Error("no");
          },
        }),
      );

      for (const name of ["one", "two", "three", "four", "five"]) {
        assert.ok(
          lines().some((line) => line.includes(`text ${name}`)),
          name,
        );
      }
    });

    it(`${format}: a destination that throws does not matter`, () => {
      const { logger } = makeLogLines({
        format,
        destination: {
          write() {
            throw new Error("gone");
          },
        },
      });

      assert.doesNotThrow(() => logger.crit("text"));
    });
  }
});
