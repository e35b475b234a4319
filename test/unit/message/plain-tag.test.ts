import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipMessage } from "../../../src/message/sip-message.ts";
import { request } from "../../support/message-bytes.ts";

/** A request with this To; undefined when the parser refuses it. */
function requestTo(to: string): SipMessage | undefined {
  const bytes = Buffer.from(
    request()
      .toString("latin1")
      .replace(/^To: .*$/m, `To: ${to}`),
    "latin1",
  );
  const message = new MessageParser().parseDatagram(bytes);

  return message instanceof SipMessage ? message : undefined;
}

describe("tags of From and To, read without the address", () => {
  it("RFC 3261 §20.39: what looks like a tag within quotes or brackets is none", () => {
    for (const [to, tag] of [
      ["<sip:a@b>;tag=1", "1"],
      ["<sip:a@b>", undefined],
      ["sip:a@b;tag=1", "1"],
      ["sip:a@b", undefined],
      ['"x>;tag=1" <sip:a@b>', undefined],
      ['"x>;tag=1" <sip:a@b>;tag=2', "2"],
      ["<sip:a@b;tag=1>", undefined],
      ['<sip:a@b>;p="x>;tag=1"', undefined],
      ['<sip:a@b>;p="x>";tag=1', "1"],
      ["<sip:a@b>;tag=1;p=2", "1"],
      ["<sip:a@b>;p=2;tag=1", "1"],
      ["<sip:a@b> ; TAG = 1", "1"],
      ["<sip:a@b>\r\n ;tag=1", "1"],
    ] as const) {
      assert.equal(requestTo(to)?.toTag, tag, to);
    }
  });

  it("is that of the whole value, whatever the value", () => {
    const pieces = fc.constantFrom(
      '"',
      "<",
      ">",
      ";tag=",
      ";",
      "=",
      "a",
      "sip:a@b",
      " ",
      "\\",
      ",",
      "tag",
      "1",
    );

    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 10 }), fc.boolean(), (array, isPlain) => {
        const to = isPlain ? `<sip:a@b>${array.join("")}` : array.join("");
        const message = requestTo(to);

        if (message !== undefined) {
          const tag = message.toTag;

          assert.equal(tag, message.toAddress.parameter("tag") ?? undefined);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("follows edits", () => {
    const message = requestTo("<sip:a@b>;tag=1");

    message?.setHeader("To", "<sip:a@b>;tag=2");
    assert.equal(message?.toTag, "2");
  });
});
