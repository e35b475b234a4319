import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { SipResponse } from "../../../src/message/sip-response.ts";
import { KeptRequest, KeptResponse } from "../../../src/transaction/kept-messages.ts";

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

describe("a request that is kept", () => {
  it("is itself at first, and afterwards what responses need of it, as it was spelled", () => {
    const request = parse(REQUEST) as SipRequest;
    const kept = new KeptRequest(request);

    assert.equal(kept.request, request);
    kept.reduce();
    kept.reduce();

    const reduced = kept.request;

    assert.ok(reduced instanceof SipRequest);
    assert.equal(reduced.method, "INVITE");
    assert.deepEqual(reduced.raw.via, request.raw.via);
    assert.equal(reduced.raw.from, request.raw.from);
    assert.equal(reduced.raw.to, request.raw.to);
    assert.equal(reduced.callId, "call@example.com");
    assert.equal(reduced.cseq, 42);
    assert.equal(reduced.fromTag, "from");
    assert.equal(reduced.topVia.branch, "z9hG4bKfirst");
    assert.equal(reduced.header("X-Odd"), undefined);
    assert.equal(reduced.lines.length, 6);
  });

  it("a text of it that is kept as well is the same text", () => {
    const kept = new KeptRequest(parse(REQUEST) as SipRequest);

    kept.reduce();
    assert.equal(kept.ownCopyOf("z9hG4bKsecond"), "z9hG4bKsecond");
    assert.equal(kept.ownCopyOf("what it has not"), "what it has not");
  });
});

describe("a response that is kept", () => {
  it("is sent again byte for byte", () => {
    const text = REQUEST.replace(/^.*\r\n/, "SIP/2.0 486 Besetzt, sp\xc3\xa4ter\r\n");
    const read = new KeptResponse(parse(text) as SipResponse).read();

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
    const read = new KeptResponse(response).read();

    assert.equal(read.toRawText(), sent);
    assert.equal(read.reasonPhrase, "");
    assert.equal(read.bodyText, "longer body");
  });
});
