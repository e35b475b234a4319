/** What a refusal says: the reason phrase that the peer reads, the header at fault and where it stands. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { StreamFramer } from "../../../src/message/stream-framer.ts";
import { type MessageChanges, request } from "../../support/message-bytes.ts";

function refused(changes: MessageChanges): { failure: ParseFailure; text: string } {
  const bytes = request(changes);
  const failure = new MessageParser().parseDatagram(bytes);

  assert.ok(failure instanceof ParseFailure);

  return { failure, text: bytes.toString("latin1") };
}

/** The failure of the same bytes in a stream. */
function refusedInStream(changes: MessageChanges): ParseFailure | undefined {
  let reported: ParseFailure | undefined;
  const framer = new StreamFramer(new MessageParser(), {
    receiveMessage: () => undefined,
    receiveKeepAlive: () => undefined,
    receiveRefusal: () => undefined,
    receiveFailure: (failure) => {
      reported = failure;
    },
  });

  framer.push(request(changes));

  return reported;
}

describe("two Content-Lengths are refused as that (RFC 4475 section 3.3.9)", () => {
  for (const [first, second] of [
    ["5", "5"],
    ["5", "500"],
    ["500", "5"],
    ["0", "5"],
  ] as const) {
    const changes = {
      replace: { "Content-Length": `Content-Length: ${first}` },
      extra: [`l: ${second}`],
      body: "hello",
    };

    it(`${first} and ${second}, in a datagram and in a stream`, () => {
      assert.equal(refused(changes).failure.reasonPhrase, "Repeated Content-Length");
      assert.equal(refusedInStream(changes)?.reasonPhrase, "Repeated Content-Length");
    });
  }
});

describe("the offset of a failure is that of the value at fault", () => {
  for (const [header, value] of [
    ["Call-ID", "a b"],
    ["CSeq", "x INVITE"],
    ["CSeq", "1 BYE"],
    ["From", "<sip:alice@example.org>;tag"],
    ["To", "<sip:bob@example.com>;tag=1;tag=2"],
  ] as const) {
    it(`${header}: ${value}`, () => {
      const { failure, text } = refused({ replace: { [header]: `${header}: ${value}` } });

      assert.equal(failure.header, header);
      assert.equal(text.slice(failure.offset, failure.offset + value.length), value);
      assert.equal(failure.error.offset, failure.offset);
    });
  }
});

describe("a header block over its limit", () => {
  it("is answered 513 wherever the limit cuts it, and one at the limit is taken (RFC 3261 section 21.5.7)", () => {
    const bytes = request();

    for (let maxHeaderBlockBytes = bytes.length - 1; maxHeaderBlockBytes > 120; maxHeaderBlockBytes--) {
      const failure = new MessageParser({ maxHeaderBlockBytes }).parseDatagram(bytes);

      assert.ok(failure instanceof ParseFailure);
      assert.equal(failure.statusCode, 513, `${maxHeaderBlockBytes} of ${bytes.length} bytes`);
    }

    assert.ok(
      new MessageParser({ maxHeaderBlockBytes: bytes.length }).parseDatagram(bytes) instanceof SipRequest,
    );
  });
});
