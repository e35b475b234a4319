import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { SipResponse } from "../../../src/message/sip-response.ts";
import {
  asPartOf,
  essentialTextOf,
  readRequest,
  readResponse,
} from "../../../src/transaction/kept-messages.ts";

/** Folded, compact and in any case, bytes of UTF-8 and values that no grammar allows among them. */
const REQUEST = [
  "INVITE sip:bob@example.com SIP/2.0",
  "v: SIP/2.0/UDP first.example.com;branch=z9hG4bKfirst, SIP/2.0/TCP second.example.com;branch=z9hG4bKsecond",
  "Max-Forwards: 70",
  'FROM : "Zo\xc3\xab <>" <sip:zoe@example.com>',
  "  ;tag=from",
  "t:sip:bob@example.com",
  "X-Odd: \xff;;;",
  "i: call@example.com",
  "Via: SIP/2.0/UDP third.example.com;branch=z9hG4bKthird",
  "CSeq: 0042   INVITE",
  "l: 4",
  "",
  "body",
].join("\r\n");

function parse(text: string): SipRequest | SipResponse {
  return new MessageParser().parseDatagram(Buffer.from(text, "latin1")) as SipRequest | SipResponse;
}

function assertEssentials(read: SipRequest, request: SipRequest): void {
  assert.ok(read instanceof SipRequest);
  assert.equal(read.method, "INVITE");
  assert.deepEqual(read.raw.via, request.raw.via);
  assert.equal(read.raw.from, request.raw.from);
  assert.equal(read.raw.to, request.raw.to);
  assert.equal(read.callId, "call@example.com");
  assert.equal(read.cseq, 42);
  assert.equal(read.fromTag, "from");
  assert.equal(read.topVia.branch, "z9hG4bKfirst");
}

describe("a request that is kept", () => {
  it("has what responses need of it, as it was spelled", () => {
    const request = parse(REQUEST) as SipRequest;
    const read = readRequest(essentialTextOf(request), "INVITE");

    assertEssentials(read, request);
    assert.equal(read.header("X-Odd"), undefined);
    assert.equal(read.lines.length, 6);
  });

  it("is read from its final response as well", () => {
    const response = REQUEST.replace(/^.*\r\n/, "SIP/2.0 486 Busy\r\n");

    assertEssentials(readRequest(response, "INVITE"), parse(REQUEST) as SipRequest);
  });

  it("a text of it that is kept as well is the same text", () => {
    const text = essentialTextOf(parse(REQUEST) as SipRequest);

    assert.equal(asPartOf(text, "z9hG4bKsecond"), "z9hG4bKsecond");
    assert.equal(asPartOf(text, "what it has not"), "what it has not");
  });
});

describe("a response that is kept", () => {
  it("is sent again byte for byte", () => {
    const text = REQUEST.replace(/^.*\r\n/, "SIP/2.0 486 Besetzt, sp\xc3\xa4ter\r\n");
    const read = readResponse((parse(text) as SipResponse).toRawText());

    assert.ok(read instanceof SipResponse);
    assert.equal(read.toBytes().toString("latin1"), text);
    assert.equal(read.statusCode, 486);
    assert.equal(read.reasonPhrase, "Besetzt, später");
    assert.equal(read.topVia.host, "first.example.com");
  });

  it("with the edits that it was sent with, and without a reason phrase", () => {
    const response = parse(REQUEST.replace(/^.*\r\n/, "SIP/2.0 486 Busy\r\n")) as SipResponse;

    response.setHeader("X-Odd", "edited");
    response.reasonPhrase = "";
    response.body = "longer body";

    const sent = response.toRawText();
    const read = readResponse(sent);

    assert.equal(read.toRawText(), sent);
    assert.equal(read.reasonPhrase, "");
    assert.equal(read.bodyText, "longer body");
  });
});
