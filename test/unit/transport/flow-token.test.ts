import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FlowTokenCodec } from "../../../src/transport/flow-token.ts";

const SECRET = Buffer.from("0123456789abcdef");
const POINT = { ip: "10.0.0.1", port: 5060 };

function codec(secret = SECRET): FlowTokenCodec {
  return new FlowTokenCodec(secret);
}

/** The same token with one bit of its bytes changed. */
function flipBit(token: string, bit: number): string {
  const bytes = Buffer.from(token, "base64url");
  const index = bit >> 3;

  bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (bit & 7)), index);

  return bytes.toString("base64url");
}

describe("flow tokens (RFC 5626 §5.2)", () => {
  for (const ip of ["192.0.2.1", "2001:db8::1", "2001:0:0:1::1"]) {
    it(`a UDP token leads back to ${ip} and its port, also after a restart with the same secret`, () => {
      const pointId = codec().pointId(POINT);
      const token = codec().udpToken(pointId, ip, 40_000);

      assert.deepEqual(codec().read(token), { kind: "udp", pointId, ip, port: 40_000 });
    });
  }

  it("a token can stand unescaped in the user part of a SIP URI (RFC 3261 §25.1 unreserved)", () => {
    for (let port = 1; port < 500; port++) {
      assert.match(codec().udpToken(port, "2001:db8::1", port), /^[A-Za-z0-9_-]+$/);
    }

    assert.match(codec().connectionToken(), /^[A-Za-z0-9_-]+$/);
  });

  it("no bit of a token can be changed", () => {
    const tokens = [
      codec().udpToken(1, "192.0.2.1", 5060),
      codec().udpToken(1, "2001:db8::1", 5060),
      codec().connectionToken(),
    ];

    for (const token of tokens) {
      assert.notEqual(codec().read(token), undefined);

      for (let bit = 0; bit < Buffer.from(token, "base64url").length * 8; bit++) {
        assert.equal(codec().read(flipBit(token, bit)), undefined);
      }
    }
  });

  it("a token under another secret is not ours", () => {
    const other = codec(Buffer.from("another secret.."));

    assert.equal(codec().read(other.udpToken(1, "192.0.2.1", 5060)), undefined);
    assert.equal(codec().read(other.connectionToken()), undefined);
  });

  it("reads nothing out of texts that are no tokens, and does not throw", () => {
    const token = codec().udpToken(1, "192.0.2.1", 5060);
    const texts = [
      "",
      "=",
      "a",
      "\u0000",
      "é".repeat(20),
      "_MTkyLjAuMi4xXzUwNjA-",
      "A".repeat(100_000),
      `${token}=`,
      `${token} `,
      `${token}A`,
      token.slice(0, -1),
      token.replace(/^./, "\u{1f600}"),
    ];

    for (const text of texts) {
      assert.equal(codec().read(text), undefined);
    }
  });

  it("does not show the address of the listening point, which may be private", () => {
    const bytes = Buffer.from(codec().udpToken(codec().pointId(POINT), "192.0.2.1", 5060), "base64url");

    assert.equal(bytes.includes(Buffer.from([10, 0, 0, 1])), false);
  });

  it("no two connections have the same token", () => {
    const tokens = new Set(Array.from({ length: 1_000 }, () => codec().connectionToken()));

    assert.equal(tokens.size, 1_000);
  });
});
