import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { answerStunBinding, isStunDatagram } from "../../../src/transport/stun.ts";

const COOKIE = "2112a442";
const TRANSACTION = "b7e7a701bc34d686fa87dfae";
const PEER_IPV4 = { ip: "192.0.2.1", port: 32853 };
const PEER_IPV6 = { ip: "2001:db8:1234:5678:11:2233:4455:6677", port: 32853 };

// RFC 5769 section 2.1: a request of ICE, with FINGERPRINT.
const RFC5769_REQUEST = hex(
  `00010058${COOKIE}${TRANSACTION}`,
  "80220010 5354554e207465737420636c69656e74",
  "00240004 6e0001ff",
  "80290008 932ff9b151263b36",
  "00060009 6576746a3a68367659202020",
  "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2",
  "80280004 e57a3bcf",
);
// Section 2.4: a request with long-term credentials, without FINGERPRINT.
const RFC5769_LONG_TERM_REQUEST = hex(
  `00010060${COOKIE}78ad3433c6ad72c029da412e`,
  "00060012 e3839ee38388e383aae38383e382afe382b90000",
  "0015001c 662f2f3439396b3935346436 4f4c33346f4c394653547679363473 41",
  "0014000b 6578616d706c652e6f726700",
  "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666",
);
// Sections 2.2 and 2.3: the XOR-MAPPED-ADDRESS of the two responses.
const RFC5769_XOR_IPV4 = "00200008 0001a147e112a643";
const RFC5769_XOR_IPV6 = "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9";

function hex(...parts: string[]): Buffer {
  return Buffer.from(parts.join("").replaceAll(" ", ""), "hex");
}

/** A Binding request with these attributes; `cookie` empty makes one of RFC 3489. */
function bindingRequest(attributes = "", cookie = COOKIE, type = "0001"): Buffer {
  const body = hex(attributes);
  const length = body.length.toString(16).padStart(4, "0");

  return Buffer.concat([hex(`${type}${length}${cookie}${TRANSACTION}`), body]);
}

function fingerprintOf(message: Buffer): number {
  return (crc32(message.subarray(0, message.length - 8)) ^ 0x5354554e) >>> 0;
}

/** The attributes of an answer as "type:value" in hexadecimal; checks the frame on the way. */
function attributesOf(answer: Buffer | undefined): string[] {
  assert.ok(answer);
  assert.equal(answer.readUInt16BE(2), answer.length - 20);

  const found: string[] = [];

  for (let offset = 20; offset < answer.length; ) {
    const length = answer.readUInt16BE(offset + 2);
    const value = answer.subarray(offset + 4, offset + 4 + length);

    assert.equal(value.length, length);
    found.push(`${answer.toString("hex", offset, offset + 2)}:${value.toString("hex")}`);
    offset += 4 + ((length + 3) & ~3);
  }

  return found;
}

describe("STUN Binding", () => {
  it("RFC 5769 §2.2: the IPv4 address is the published XOR-MAPPED-ADDRESS", () => {
    const answer = answerStunBinding(bindingRequest(), PEER_IPV4);

    assert.ok(answer);
    assert.equal(answer.toString("hex", 0, 2), "0101");
    assert.equal(answer.toString("hex", 4, 20), COOKIE + TRANSACTION);
    assert.ok(answer.includes(hex(RFC5769_XOR_IPV4)));
    assert.equal(answer.length, 20 + 12 + 8);
  });

  it("RFC 5769 §2.3: the IPv6 address is the published XOR-MAPPED-ADDRESS", () => {
    const answer = answerStunBinding(bindingRequest(), PEER_IPV6);

    assert.ok(answer);
    assert.ok(answer.includes(hex(RFC5769_XOR_IPV6)));
    assert.equal(answer.length, 20 + 24 + 8);
  });

  it("RFC 5769 §2.1: the request of ICE passes its FINGERPRINT and is answered 420 for PRIORITY", () => {
    assert.equal(fingerprintOf(RFC5769_REQUEST), 0xe57a3bcf);

    const answer = answerStunBinding(RFC5769_REQUEST, PEER_IPV4);

    assert.ok(answer);
    assert.equal(answer.toString("hex", 0, 2), "0111");
    assert.deepEqual(attributesOf(answer).slice(0, 2), [
      `0009:00000414${Buffer.from("Unknown Attribute").toString("hex")}`,
      "000a:0024",
    ]);
  });

  it("RFC 5769 §2.4: credentials nobody asked for are ignored", () => {
    const answer = answerStunBinding(RFC5769_LONG_TERM_REQUEST, PEER_IPV4);

    assert.ok(answer);
    assert.equal(answer.toString("hex", 0, 2), "0101");
  });

  it("RFC 8489 §14.7: every answer to a client with the cookie ends in a right FINGERPRINT", () => {
    for (const request of [bindingRequest(), RFC5769_REQUEST]) {
      const answer = answerStunBinding(request, PEER_IPV6);

      assert.ok(answer);
      assert.equal(answer.toString("hex", answer.length - 8, answer.length - 4), "80280004");
      assert.equal(answer.readUInt32BE(answer.length - 4), fingerprintOf(answer));
    }
  });

  it("RFC 8489 §7.3: a wrong FINGERPRINT, or one that is not last, gets no answer", () => {
    const wrong = Buffer.from(RFC5769_REQUEST);

    wrong[wrong.length - 1] = 0;

    assert.equal(answerStunBinding(wrong, PEER_IPV4), undefined);
    assert.equal(answerStunBinding(bindingRequest("8028000000000000"), PEER_IPV4), undefined);

    const notLast = bindingRequest("80280004 00000000 80220000");

    notLast.writeUInt32BE((crc32(notLast.subarray(0, 20)) ^ 0x5354554e) >>> 0, 24);
    assert.equal(answerStunBinding(notLast, PEER_IPV4), undefined);
  });

  it("RFC 8489 §6.3.1: 420 lists each unknown comprehension-required attribute once, and no optional one", () => {
    const request = bindingRequest("7f000000 00240004 00000000 7f000000 c0010000 80500000");
    const attributes = attributesOf(answerStunBinding(request, PEER_IPV4));

    assert.equal(attributes[1], "000a:7f000024");
  });

  it("RFC 8489 §14.5: attributes after MESSAGE-INTEGRITY are ignored", () => {
    const request = bindingRequest(`00080014${"00".repeat(20)}7f000000`);

    assert.equal(answerStunBinding(request, PEER_IPV4)?.toString("hex", 0, 2), "0101");
  });

  it("SECURITY: a 420 names at most 16 attributes, so that it is never larger than the request", () => {
    const many = Array.from({ length: 300 }, (_, index) => `${(0x1000 + index).toString(16)}0000`).join("");
    const request = bindingRequest(many);
    const answer = answerStunBinding(request, PEER_IPV4);

    assert.ok(answer);
    assert.equal(attributesOf(answer)[1]?.length, "000a:".length + 16 * 4);
    assert.ok(answer.length < request.length);
  });

  it("RFC 3489: a client without the cookie gets MAPPED-ADDRESS in the clear and no FINGERPRINT", () => {
    const ipv4 = answerStunBinding(bindingRequest("", "01020304"), PEER_IPV4, { software: "x" });
    const ipv6 = answerStunBinding(bindingRequest("", "01020304"), PEER_IPV6);

    assert.deepEqual(attributesOf(ipv4), ["0001:00018055c0000201"]);
    assert.deepEqual(attributesOf(ipv6), ["0001:0002805520010db8123456780011223344556677"]);
    assert.equal(ipv4?.toString("hex", 4, 20), `01020304${TRANSACTION}`);
  });

  it("RFC 3489 §11.2.4: CHANGE-REQUEST without flags asks for nothing; with one it is refused", () => {
    const idle = answerStunBinding(bindingRequest("00030004 00000000", "01020304"), PEER_IPV4);
    const changing = answerStunBinding(bindingRequest("00030004 00000006", "01020304"), PEER_IPV4);

    assert.equal(idle?.toString("hex", 0, 2), "0101");
    // RFC 3489 §11.2.10: an odd list repeats a name.
    assert.equal(attributesOf(changing)[1], "000a:00030003");
  });

  it("SECURITY: RESPONSE-ADDRESS of RFC 3489 is refused, not obeyed", () => {
    const answer = answerStunBinding(bindingRequest("00020008 000113c4c6336401", "01020304"), PEER_IPV4);

    assert.equal(attributesOf(answer)[1], "000a:00020002");
  });

  it("an IPv4-mapped address and a zone are reported as the plain address", () => {
    const mapped = answerStunBinding(bindingRequest(), { ip: "::ffff:192.0.2.1", port: 32853 });
    const zoned = answerStunBinding(bindingRequest("", "01020304"), { ip: "fe80::1%eth0", port: 1 });

    assert.ok(mapped?.includes(hex(RFC5769_XOR_IPV4)));
    assert.deepEqual(attributesOf(zoned), [`0001:00020001fe80${"00".repeat(13)}01`]);
  });

  it("SOFTWARE is sent only when set, cut to its limit", () => {
    const answer = answerStunBinding(bindingRequest(), PEER_IPV4, { software: "a".repeat(500) });

    assert.equal(attributesOf(answer)[1], `8022:${"61".repeat(127)}`);
    assert.equal(attributesOf(answerStunBinding(bindingRequest(), PEER_IPV4)).length, 2);
  });

  it("indications, responses, other methods and non-STUN bytes get no answer", () => {
    for (const type of ["0011", "0101", "0111", "0003", "0000", "4001", "8001"]) {
      assert.equal(answerStunBinding(bindingRequest("", COOKIE, type), PEER_IPV4), undefined, type);
    }

    assert.equal(answerStunBinding(Buffer.from("OPTIONS sip:a SIP/2.0\r\n"), PEER_IPV4), undefined);
    assert.equal(answerStunBinding(Buffer.from("\r\n\r\n"), PEER_IPV4), undefined);
  });

  it("a request cut or lengthened anywhere gets no answer", () => {
    for (let length = 0; length < RFC5769_REQUEST.length; length += 1) {
      assert.equal(answerStunBinding(RFC5769_REQUEST.subarray(0, length), PEER_IPV4), undefined, `${length}`);
    }

    assert.equal(answerStunBinding(Buffer.concat([RFC5769_REQUEST, Buffer.alloc(4)]), PEER_IPV4), undefined);
  });

  it("an attribute longer than what is left gets no answer", () => {
    assert.equal(answerStunBinding(bindingRequest("80220005 61616161"), PEER_IPV4), undefined);
    assert.equal(answerStunBinding(bindingRequest("8022ffff 61616161"), PEER_IPV4), undefined);
    assert.equal(answerStunBinding(bindingRequest("00060001"), PEER_IPV4), undefined);
  });

  it("any bytes at all: no exception, and an answer that is hardly larger than the request", () => {
    const prefix = hex(`0001`);

    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (random, isFramed) => {
        const message = Buffer.concat([prefix, Buffer.alloc(18), random]);

        if (isFramed) {
          message.writeUInt16BE(random.length & 0xffff, 2);
          message.writeUInt32BE(0x2112a442, 4);
        }

        const answer = answerStunBinding(message, PEER_IPV6);

        assert.ok(answer === undefined || answer.length <= message.length + 60);
      }),
      { numRuns: 500 },
    );
  });

  it("§6 of RFC 8489: the first byte tells STUN from SIP and from a keep-alive", () => {
    assert.equal(isStunDatagram(RFC5769_REQUEST), true);
    assert.equal(isStunDatagram(Buffer.from("OPTIONS")), false);
    assert.equal(isStunDatagram(Buffer.from("\r\n\r\n")), false);
    assert.equal(isStunDatagram(Buffer.alloc(0)), false);
  });
});
