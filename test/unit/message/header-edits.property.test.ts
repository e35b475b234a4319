import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HeaderValueError } from "../../../src/errors/errors.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { messageText } from "../../support/message-arbitraries.ts";
import { NaiveMessage, naiveName } from "../../support/naive-message.ts";

const parser = new MessageParser();

type Message = Exclude<ReturnType<MessageParser["parseDatagram"]>, ParseFailure>;

/** What a real message and the naive model have in common. */
type Editable = Pick<
  Message,
  "setHeader" | "deleteHeader" | "deleteHeaderTop" | "insertHeader" | "appendHeader" | "replaceHeaderTop"
>;

interface Edit {
  readonly label: string;
  readonly name: string;
  /** Gives what the call returns, where the interface says what that is. */
  readonly apply: (message: Editable) => unknown;
}

/** Names that an edit may touch, each with values for it. Those that must stay once are left alone. */
const EDITABLE = fc.oneof(
  named(
    ["Via", "v", "VIA"],
    ["SIP/2.0/TCP new.example.com;branch=z9hG4bKnew", "SIP/2.0/UDP n;branch=z9hG4bKn;rport"],
  ),
  named(["Route", "ROUTE"], ["<sip:new.example.com;lr>", "<sip:a,b@n;lr>", "<sip:n1>, <sip:n2;lr>"]),
  named(["Record-Route"], ["<sip:new.example.com;lr>", '"x, y" <sip:n>;z="1,2"']),
  named(["Path"], ["<sip:new.example.com;lr;ob>"]),
  named(["Contact", "m"], ["<sip:new@example.com>", "<sip:n@h>;q=0.5, <sip:m@h>"]),
  named(["Supported", "k"], ["new", "one, two"]),
  named(["Subject", "s"], ["new, subject", "Да", ""]),
  named(["X-Unknown", "x-UNKNOWN"], ["a, b", "\u00e9\u20ac\u{1f600}", "c"]),
  named(["__proto__", "constructor"], ["x"]),
  named(["X-Never-There"], ["v1", "v2"]),
);

function named(
  names: readonly string[],
  values: readonly string[],
): fc.Arbitrary<{ name: string; value: string; values: string[] }> {
  return fc.record({
    name: fc.constantFrom(...names),
    value: fc.constantFrom(...values),
    values: fc.array(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
  });
}

const edit: fc.Arbitrary<Edit> = EDITABLE.chain(({ name, value, values }) =>
  fc
    .constantFrom<Edit>(
      {
        label: `setHeader(${name}, ${value})`,
        name,
        apply: (message) => void message.setHeader(name, value),
      },
      {
        label: `setHeader(${name}, [${values}])`,
        name,
        apply: (message) => void message.setHeader(name, values),
      },
      { label: `deleteHeader(${name})`, name, apply: (message) => message.deleteHeader(name) },
      { label: `deleteHeaderTop(${name})`, name, apply: (message) => message.deleteHeaderTop(name) },
      {
        label: `insertHeader(${name}, ${value})`,
        name,
        apply: (message) => void message.insertHeader(name, value),
      },
      {
        label: `appendHeader(${name}, ${value})`,
        name,
        apply: (message) => void message.appendHeader(name, value),
      },
      {
        label: `replaceHeaderTop(${name}, ${value})`,
        name,
        apply: (message) => void message.replaceHeaderTop(name, value),
      },
    )
    .map((one) => ({ ...one, toString: () => one.label })),
);

/** A message always keeps a Via. */
function leavesVia(naive: NaiveMessage, { name, label }: Edit): boolean {
  return (
    naiveName(name) !== "via" ||
    !label.startsWith("delete") ||
    (label.includes("Top") && naive.headerAll("Via").length > 1)
  );
}

function parse(bytes: Buffer): Message {
  const message = parser.parseDatagram(bytes);

  if (message instanceof ParseFailure) {
    assert.fail(`${message.disposition}: ${message.error.message}`);
  }

  return message;
}

/** Untouched lines are equal byte by byte and in the same places; edited ones hold the same values. */
function assertWritten(bytes: Buffer, naive: NaiveMessage): void {
  const written = NaiveMessage.parse(bytes);

  assert.equal(written.startLine, naive.startLine);
  assert.equal(written.body, naive.body);
  assert.deepEqual(
    written.lines.map(({ name, values }) => [naiveName(name), values]),
    naive.lines.map(({ name, values }) => [naiveName(name), values]),
  );
  naive.lines.forEach(({ raw }, index) => {
    if (raw !== undefined) {
      assert.equal(written.lines[index]?.raw, raw);
    }
  });
}

describe("Header edits, against the naive model", () => {
  it("any sequence of edits leaves the same headers, and only the edited lines differ", () => {
    fc.assert(
      fc.property(messageText, fc.array(edit, { minLength: 1, maxLength: 12 }), (text, edits) => {
        const bytes = Buffer.from(text, "latin1");
        const message = parse(bytes);
        const naive = NaiveMessage.parse(bytes);

        for (const one of edits) {
          if (!leavesVia(naive, one)) {
            continue;
          }
          assert.deepEqual(one.apply(message), one.apply(naive), `what ${one.label} returns`);
          for (const name of [...naive.names(), one.name]) {
            assert.deepEqual(
              message.headerAll(name),
              naive.headerAll(name),
              `headerAll(${name}) after ${one.label}`,
            );
            assert.equal(message.header(name), naive.header(name), `header(${name}) after ${one.label}`);
            assert.equal(
              message.hasHeader(name),
              naive.hasHeader(name),
              `hasHeader(${name}) after ${one.label}`,
            );
          }
          assertWritten(message.toBytes(), naive);
        }
        assertWritten(parse(message.toBytes()).toBytes(), naive);
        assert.equal(message.viaCount, naive.headerAll("Via").length);
        assert.equal(message.vias.length, message.viaCount);
        assert.equal(message.routes.length, naive.headerAll("Route").length);
      }),
      { numRuns: 800 },
    );
  });

  it("an edited copy and its original do not share edits", () => {
    fc.assert(
      fc.property(messageText, fc.array(edit, { minLength: 1, maxLength: 5 }), (text, edits) => {
        const bytes = Buffer.from(text, "latin1");
        const message = parse(bytes);
        const copy = message.clone();
        const naive = NaiveMessage.parse(bytes);

        for (const one of edits) {
          if (leavesVia(naive, one)) {
            one.apply(copy);
            one.apply(naive);
          }
        }
        assert.equal(message.toBytes().toString("latin1"), text);
        assertWritten(copy.toBytes(), naive);
      }),
      { numRuns: 200 },
    );
  });
});

describe("Header edits, injection", () => {
  const BASE = Buffer.from(
    "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n" +
      "Call-ID: x\r\nCSeq: 1 OPTIONS\r\nX-Old: 1\r\nContent-Length: 0\r\n\r\n",
  );
  const calls: ReadonlyArray<readonly [string, (message: Message, name: string, value: string) => unknown]> =
    [
      ["setHeader", (message, name, value) => message.setHeader(name, value)],
      ["setHeader with a list", (message, name, value) => message.setHeader(name, ["ok", value])],
      ["insertHeader", (message, name, value) => message.insertHeader(name, value)],
      ["appendHeader", (message, name, value) => message.appendHeader(name, value)],
      ["replaceHeaderTop", (message, name, value) => message.replaceHeaderTop(name, value)],
    ];

  for (const [label, call] of calls) {
    for (const value of ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b", "\r\n", "a\r\n b", "\r", "\0"]) {
      it(`${label} refuses the value ${JSON.stringify(value)} and leaves the message as it was`, () => {
        for (const name of ["X-Old", "X-New"]) {
          const message = parse(BASE);

          assert.throws(() => call(message, name, value), HeaderValueError);
          assert.deepEqual(message.toBytes(), BASE);
        }
      });
    }
    for (const name of ["", "X Y", "X:Y", "X\r\nY", "X\0", "X\t", "\u00fc", "X\u{1f600}"]) {
      it(`${label} refuses the name ${JSON.stringify(name)} and leaves the message as it was`, () => {
        const message = parse(BASE);

        assert.throws(() => call(message, name, "v"), HeaderValueError);
        assert.deepEqual(message.toBytes(), BASE);
      });
    }
  }

  it("a character beyond latin1 never becomes a control byte: U+010D and U+010A are not CR and LF", () => {
    const message = parse(BASE);

    message.setHeader("X-Old", "a\u010d\u010ab");
    assert.equal(message.header("X-Old"), "a\u010d\u010ab");
    assert.ok(message.toBytes().includes(Buffer.from("X-Old: a\u010d\u010ab\r\n", "utf8")));
  });
});
