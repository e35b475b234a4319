/** What a WebSocket message holds, and with which code a connection closes for what is none. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { checkCloseCode, closeCodeOf, truncateCloseReason } from "../../../src/transport/ws-close-code.ts";
import { readWsMessage } from "../../../src/transport/ws-sip-message.ts";

const OPTIONS =
  "OPTIONS sip:bob@example.com SIP/2.0\r\n" +
  "Via: SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks\r\n" +
  "Max-Forwards: 70\r\n" +
  "From: <sip:alice@example.com>;tag=65bnmj.34asd\r\n" +
  "To: <sip:bob@example.com>\r\n" +
  "Call-ID: aiuy7k9njasd\r\n" +
  "CSeq: 1 OPTIONS\r\n";

const read = (text: string) => readWsMessage(Buffer.from(text, "latin1"), new MessageParser());

function failureOf(text: string): ParseFailure {
  const content = read(text);

  assert.ok(content instanceof ParseFailure);

  return content;
}

function closeCode(text: string): number | undefined {
  return closeCodeOf(failureOf(text), Buffer.from(text, "latin1"));
}

describe("content of a WebSocket message", () => {
  it("RFC 7118 section 5.2: a SIP message needs no Content-Length", () => {
    const request = read(`${OPTIONS}\r\nbody`);

    assert.ok(request instanceof SipRequest);
    assert.equal(request.text.slice(request.bodyStart, request.bodyEnd), "body");
  });

  it("RFC 3261 section 7.5: CRLFs before the start line are skipped", () => {
    assert.ok(read(`\r\n\r\n${OPTIONS}Content-Length: 0\r\n\r\n`) instanceof SipRequest);
  });

  it("RFC 5626 section 4.4.1: a double CRLF is a ping, a single one its pong, and nothing is nothing", () => {
    assert.equal(read("\r\n\r\n"), "ping");
    assert.equal(read("\r\n\r\n\r\n"), "ping");
    assert.equal(read("\r\n"), "pong");
    assert.equal(read(""), "pong");
  });

  it("RFC 7118 section 5: what follows the body is no second message", () => {
    const failure = failureOf(`${OPTIONS}Content-Length: 2\r\n\r\nhi${OPTIONS}\r\n`);

    assert.equal(failure.disposition, "answer");
    assert.equal(failure.statusCode, 400);
    assert.equal(failure.reasonPhrase, "Body Longer Than Content-Length");
    assert.equal(failure.request?.callId, "aiuy7k9njasd");
  });

  it("RFC 3261 section 17: an ACK with bytes after its body is dropped, not answered", () => {
    const ack = OPTIONS.replaceAll("OPTIONS", "ACK");

    assert.equal(failureOf(`${ack}Content-Length: 0\r\n\r\nx`).disposition, "drop");
  });
});

describe("close code", () => {
  it("4000: not SIP, or nobody to answer", () => {
    assert.equal(closeCode("hello"), 4000);
    assert.equal(closeCode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 4000);
    assert.equal(closeCode("SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n"), 4000);
  });

  it("4001: the message ends within its header", () => {
    assert.equal(closeCode(OPTIONS), 4001);
    assert.equal(closeCode(`\r\n${OPTIONS}`), 4001);
    assert.equal(closeCode(OPTIONS.slice(0, -10)), 4001);
  });

  it("4002: Content-Length does not fit the body", () => {
    assert.equal(closeCode(`${OPTIONS}Content-Length: 5\r\n\r\nhi`), 4002);
    assert.equal(closeCode(`${OPTIONS}Content-Length: 1\r\n\r\nhi`), 4002);
    assert.equal(closeCode(`${OPTIONS}Content-Length: +2\r\n\r\nhi`), 4002);
  });

  it("none: a request that can be answered, as one without a core header", () => {
    assert.equal(closeCode(`${OPTIONS.replace(/Call-ID.*\r\n/, "")}\r\n`), undefined);
    assert.equal(closeCode(`${OPTIONS.replace("SIP/2.0\r\n", "SIP/3.0\r\n")}\r\n`), undefined);
  });

  it("RFC 6455 section 7.4: codes that no endpoint may send are refused", () => {
    for (const code of [1000, 1001, 1003, 1007, 1014, 3000, 4999]) {
      assert.doesNotThrow(() => checkCloseCode(code), String(code));
    }

    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN]) {
      assert.throws(() => checkCloseCode(code), TypeError, String(code));
    }
  });

  it("RFC 6455 section 5.5: a reason is cut to 123 bytes between characters", () => {
    assert.equal(truncateCloseReason("bye"), "bye");
    assert.equal(truncateCloseReason("x".repeat(200)).length, 123);
    assert.equal(truncateCloseReason("é".repeat(100)), "é".repeat(61));
    assert.equal(truncateCloseReason(`${"x".repeat(121)}😀`), "x".repeat(121));
    assert.equal(truncateCloseReason("\ud800"), "\ufffd");
  });
});
