/**
 * What a callee and a caller get byte for byte: nothing that the proxy has no
 * reason to change is changed, and edits of user code change just what they name.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

const edits = {
  setOne: (m) => m.setHeader("X-A", "new"),
  setMany: (m) => m.setHeader("X-A", ["one", "two"]),
  setCompact: (m) => m.setHeader("Subject", "by long name"),
  setNew: (m) => m.setHeader("X-New", "n"),
  deleteAll: (m) => see({ deleteAll: [m.deleteHeader("X-A"), m.deleteHeader("X-A") ?? null] }),
  deleteTop: (m) => see({ deleteTop: [m.deleteHeaderTop("x-A"), m.headerAll("X-A")] }),
  insert: (m) => m.insertHeader("X-A", "zero"),
  insertNew: (m) => m.insertHeader("X-New", "n"),
  append: (m) => m.appendHeader("X-A", "last"),
  replaceTop: (m) => m.replaceHeaderTop("X-A", "first"),
  replaceTopNew: (m) => m.replaceHeaderTop("X-New", "n"),
  utf8: (m) => m.setHeader("X-A", "grüße"),
  injection: (m) => {
    for (const edit of [
      () => m.setHeader("X-A", "a\\r\\nX-B: c"),
      () => m.appendHeader("X-A\\r\\nX-B", "c"),
      () => m.insertHeader("X B", "c"),
      () => m.replaceHeaderTop("X-A", "\\u0000"),
      () => (m.from.displayName = "a\\r\\nX-B: c"),
    ]) {
      try {
        edit();
        see({ injection: "accepted" });
      } catch (error) {
        see({ injection: error.name });
      }
    }
  },
  body: (m) => (m.body = "grün"),
  bodyBytes: (m) => (m.body = Buffer.from("00ff80", "hex")),
  contact: (m) => {
    m.contact.host = "192.0.2.77";
    m.contact.setParam("x", "1");
  },
  ruri: (m) => (m.ruri.user = "somebody else"),
};

const cases = {
  forward: (request) => new SipProxy().route(request),
  edit(request) {
    edits[request.header("X-Edit")](request);
    new SipProxy().route(request);
  },
  editResponse(request) {
    new SipProxy()
      .onSuccessResponse((response) => edits[request.header("X-Edit")](response))
      .route(request);
  },
};

export const sipEvents = { onRequest: (request) => cases[request.ruri.user](request) };
`;

const ODD_BODY = Buffer.from([0, 1, 0x80, 0xff, 0x0d, 0x0a, 0x0d, 0x0a, 0xc3, 0x28, 0x7f]).toString("latin1");

/** Odd in every way that RFC 3261 section 7.3 and 25.1 allow; not UTF-8 in parts. */
const ODD_LINES = [
  "X-Unknown: first",
  "sUbJeCt  :   kept  as  it   is   ",
  "x-folded: one,",
  "\t two",
  "   three",
  "o: presence",
  "X-Bytes: \u00fc\u00ff\u0080 caf\u00c3\u00a9",
  "!%*_+`'~.: token of marks",
  "X-Empty:",
  "k: 100rel,  199 ,timer",
  "X-Unknown: second",
  'Contact: "A, B; \\"C\\"" <sip:a%20b@[2001:db8::1]:5070;x=%31?h=v>;q=0.5;+sip.instance="<urn:uuid:1>"',
  "__proto__: polluted",
];

describe("the bytes of a forwarded message (RFC 3261 section 16.6 step 1)", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start(LOGIC);
  });

  after(() => server[Symbol.asyncDispose]());

  for (const [incoming, outgoing] of [
    ["udp", "udp"],
    ["tcp", "udp"],
    ["udp", "tcp"],
    ["tls", "tls"],
    ["ws", "tcp"],
    ["wss", "udp"],
  ] as const) {
    it(`${incoming} to ${outgoing}: unknown, folded and odd header fields and a binary body stay as they are, both ways`, async () => {
      await using caller = await server.client(incoming);
      await using callee = await server.callee(outgoing);
      const sent = caller.sendRequest("MESSAGE", {
        ruri: callee.uri("forward"),
        extra: ODD_LINES,
        body: ODD_BODY,
      });
      const received = await callee.nextRequest("MESSAGE");
      const [via = "", ...rest] = received.toRawText().split("\r\n").slice(1);
      const [callerVia = "", ...restOfSent] = sent.text.split("\r\n").slice(1);

      assert.equal(received.toRawText().split("\r\n")[0], `MESSAGE ${callee.uri("forward")} SIP/2.0`);
      assert.match(
        via,
        new RegExp(`^Via: SIP/2\\.0/${outgoing.toUpperCase()} 127\\.0\\.0\\.1:\\d+;branch=z9hG4bK`),
      );
      // RFC 3581 section 4: rport gets its value, received is added.
      assert.equal(rest[0], `${callerVia.replace(";rport", `;rport=${caller.port}`)};received=127.0.0.1`);
      assert.deepEqual(
        rest.slice(1),
        restOfSent.map((line) => (line === "Max-Forwards: 70" ? "Max-Forwards: 69" : line)),
      );

      const responseText = [
        "SIP/2.0 200 Tr\u00e8s bien ",
        `v: ${received.headerAll("Via").join(" ,\r\n ")}`,
        'f:"Alice" <sip:alice@example.org>;tag=caller',
        "T : <sip:bob@example.com>;tag=b",
        `i: ${received.callId}`,
        "CSeq:   1    MESSAGE",
        ...ODD_LINES,
        `l: ${ODD_BODY.length}`,
        "",
        ODD_BODY,
      ].join("\r\n");

      callee.answer(received, responseText);

      const response = await caller.nextResponse(200);

      assert.equal(
        response.toRawText(),
        // Of the Vias, the caller gets its own as it wrote it.
        responseText.replace(/v: .*?\r\nf:/s, `${rest[0]}\r\nf:`),
      );
    });
  }
});

describe("edits of user code", () => {
  let server: ApiServer;
  let caller: SipUserAgent;
  let callee: SipUserAgent;

  const LINES = ["X-Before: b", "X-A: one, two", "s: compact", "x-a:   three", "X-After: a"];

  before(async () => {
    server = await ApiServer.start(LOGIC);
    caller = await server.client("udp");
    callee = await server.callee("udp");
  });

  after(async () => {
    await caller[Symbol.asyncDispose]();
    await callee[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const requestWith = async (user: string, edit: string) => {
    const sent = caller.sendRequest("MESSAGE", {
      ruri: callee.uri(user),
      extra: [...LINES, `X-Edit: ${edit}`, "Contact: <sip:me@192.0.2.1>;expires=5"],
      body: "hello",
    });

    return { sent, received: await callee.nextRequest("MESSAGE") };
  };

  /** Lines from the Call-ID's CSeq on, which user code edits. */
  const tail = (text: string): string[] =>
    text.split("\r\n").slice(text.split("\r\n").findIndex((line) => /^CSeq/.test(line)) + 1);

  const UNCHANGED = (edit: string): string[] => [
    ...LINES,
    `X-Edit: ${edit}`,
    "Contact: <sip:me@192.0.2.1>;expires=5",
    "Content-Length: 5",
    "",
    "hello",
  ];

  const CASES: Readonly<Record<string, (lines: string[]) => string[]>> = {
    setOne: (lines) => replaceLines(lines, 1, "X-A: new", 3),
    setMany: (lines) => [lines[0] ?? "", "X-A: one", "X-A: two", lines[2] ?? "", ...lines.slice(4)],
    setCompact: (lines) => lines.map((line) => (line === "s: compact" ? "Subject: by long name" : line)),
    deleteAll: (lines) => lines.filter((line) => !/^x-a:/i.test(line)),
    // Only of a header field that is known to be a list can a comma be told from text.
    deleteTop: (lines) => lines.filter((line) => line !== "X-A: one, two"),
    append: (lines) => [...lines.slice(0, 4), "X-A: last", ...lines.slice(4)],
    insert: (lines) => [...lines.slice(0, 1), "X-A: zero", ...lines.slice(1)],
    utf8: (lines) => replaceLines(lines, 1, `X-A: ${Buffer.from("grüße").toString("latin1")}`, 3),
    injection: (lines) => lines,
    body: (lines) => [...lines.slice(0, 7), "Content-Length: 5", "", Buffer.from("grün").toString("latin1")],
    bodyBytes: (lines) => [...lines.slice(0, 7), "Content-Length: 3", "", "\u0000\u00ff\u0080"],
    contact: (lines) =>
      lines.map((line) => (/^Contact/.test(line) ? "Contact: <sip:me@192.0.2.77;x=1>;expires=5" : line)),
    ruri: (lines) => lines,
  };

  for (const [edit, expected] of Object.entries(CASES)) {
    it(`${edit} changes what it names in the request and nothing else`, async () => {
      const { received } = await requestWith("edit", edit);

      callee.reply(received, 200);
      await caller.nextResponse(200);
      assert.deepEqual(tail(received.toRawText()), expected(UNCHANGED(edit)));
      assert.equal(
        received.requestUriText,
        edit === "ruri" ? callee.uri("somebody%20else") : callee.uri("edit"),
      );
    });
  }

  it("a header with a new name is appended by setHeader and replaceHeaderTop, and inserted at the very top by insertHeader", async () => {
    for (const [edit, isTop] of [
      ["setNew", false],
      ["replaceTopNew", false],
      ["insertNew", true],
    ] as const) {
      const { received } = await requestWith("edit", edit);
      const names = received.toRawText().split("\r\n").slice(1);
      const index = names.indexOf("X-New: n");

      callee.reply(received, 200);
      await caller.nextResponse(200);
      assert.ok(index >= 0);
      assert.equal(index < names.findIndex((line) => line.startsWith("Max-Forwards")), isTop);
    }
  });

  it("what would inject a header is refused with HeaderValueError", () => {
    assert.deepEqual(
      server.allSeen("injection"),
      Array.from({ length: 5 }, () => "HeaderValueError"),
    );
  });

  it("deleteHeader and deleteHeaderTop return what they removed", () => {
    assert.deepEqual(server.allSeen("deleteAll"), [[["one, two", "three"], null]]);
    assert.deepEqual(server.allSeen("deleteTop"), [["one, two", ["three"]]]);
  });

  for (const edit of ["setOne", "setMany", "deleteAll", "append", "insert", "body", "bodyBytes"]) {
    it(`${edit} of a response in onSuccessResponse reaches the caller likewise`, async () => {
      const { received } = await requestWith("editResponse", edit);

      callee.answer(
        received,
        [
          "SIP/2.0 200 OK",
          ...received.headerAll("Via").map((via) => `Via: ${via}`),
          'From: "Alice" <sip:alice@example.org>;tag=caller',
          "To: <sip:bob@example.com>;tag=b",
          `Call-ID: ${received.callId}`,
          "CSeq: 1 MESSAGE",
          ...UNCHANGED(edit),
        ].join("\r\n"),
      );

      const response = await caller.nextResponse(200);

      assert.deepEqual(tail(response.toRawText()), CASES[edit]?.(UNCHANGED(edit)));
    });
  }
});

function replaceLines(lines: string[], at: number, line: string, removed: number): string[] {
  return lines.flatMap((old, index) => (index === at ? [line] : index === removed ? [] : [old]));
}
