/** Responses of the server's own (RFC 3261 section 8.2.6.2): one To tag, whatever To looks like. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { request } from "../../support/message-bytes.ts";

/** The To of a 200, or of the refusal, to an INVITE with this To. */
function answeredTo(to: string): string | undefined {
  const result = new MessageParser().parseDatagram(request({ replace: { To: `To: ${to}` } }));
  const received = result instanceof ParseFailure ? result.request : result;

  assert.ok(received instanceof SipRequest);

  return buildResponse(received, { statusCode: 200, toTag: "new" }).header("To");
}

describe("the To tag of a response (RFC 3261 section 8.2.6.2)", () => {
  for (const to of [
    "<sip:bob@example.com>;tag=x",
    '<sip:bob@example.com>;tag=x;note=">"',
    '<sip:bob@example.com>;note="<a>";TAG = x',
    "sip:bob@example.com;tag=x",
    "<sip:bob@example.com>;tag",
    "<sip:bob@example.com>;tag=",
    "<sip:bob@example.com;tag=x",
  ]) {
    it(`stays the one of ${to}`, () => {
      assert.equal(answeredTo(to)?.match(/;\s*tag/gi)?.length, 1);
    });
  }

  it("is added in the place of a semicolon that ends To", () => {
    assert.equal(answeredTo("<sip:bob@example.com>;x=;"), "<sip:bob@example.com>;x=;tag=new");
  });

  for (const to of [
    "<sip:bob@example.com>",
    "<sip:bob@example.com;tag=uri>",
    '";tag=name" <sip:bob@example.com>',
    '<sip:bob@example.com>;note=";tag=quoted"',
    "<sip:bob@example.com>;tagged=1",
  ]) {
    it(`is added to ${to}`, () => {
      assert.equal(answeredTo(to), `${to};tag=new`);
    });
  }
});

describe("the topmost Via of a response (RFC 3261 section 8.2.6.2)", () => {
  it("is that of the request as it is by then, and follows the edits of either", () => {
    const received = new MessageParser().parseDatagram(request());

    assert.ok(received instanceof SipRequest);
    assert.equal(received.topVia.received, undefined);
    received.replaceHeaderTop("Via", `${received.topVia.text};received=192.0.2.9`);

    for (const isRead of [false, true]) {
      assert.equal(isRead ? received.topVia.received : "192.0.2.9", "192.0.2.9");

      const response = buildResponse(received, { statusCode: 200 });

      assert.equal(response.topVia.text, received.topVia.text);
      assert.equal(response.topVia.received, "192.0.2.9");
      response.insertHeader("Via", "SIP/2.0/TCP top.example.com;branch=z9hG4bKtop");
      assert.equal(response.topVia.branch, "z9hG4bKtop");
      assert.equal(response.clone().topVia.branch, "z9hG4bKtop");
      assert.equal(received.topVia.received, "192.0.2.9");
    }
  });
});
