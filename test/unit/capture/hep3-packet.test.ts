/** Packets byte for byte, as the specification of HEP3 has them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CapturedMessage, Hep3Encoder, MAX_PACKET_BYTES } from "../../../src/capture/hep3-packet.ts";

/** 2011-08-15T20:34:19.120 UTC, from 212.202.0.1 port 12010 to 82.116.0.211 port 5060. */
const EXAMPLE: CapturedMessage = {
  sourceIp: Uint8Array.of(212, 202, 0, 1),
  destinationIp: Uint8Array.of(82, 116, 0, 211),
  sourcePort: 12_010,
  destinationPort: 5060,
  ipProtocol: 17,
  timeUs: 1_313_440_459_120_000,
  correlationId: undefined,
  payload: Buffer.from("INVITE sip:bob"),
};

interface Chunk {
  readonly vendor: number;
  readonly type: number;
  readonly value: Buffer;
}

/** Reads by the length fields alone. */
function chunksOf(packet: Buffer): Chunk[] {
  assert.equal(packet.toString("latin1", 0, 4), "HEP3");
  assert.equal(packet.readUInt16BE(4), packet.length);

  const chunks: Chunk[] = [];
  let offset = 6;

  while (offset < packet.length) {
    const length = packet.readUInt16BE(offset + 4);

    chunks.push({
      vendor: packet.readUInt16BE(offset),
      type: packet.readUInt16BE(offset + 2),
      value: packet.subarray(offset + 6, offset + length),
    });
    offset += length;
  }

  assert.equal(offset, packet.length);

  return chunks;
}

function chunkOf(packet: Buffer, type: number): Buffer | undefined {
  return chunksOf(packet).find((chunk) => chunk.type === type)?.value;
}

describe("a HEP3 packet", () => {
  it("is the one of the specification's example", () => {
    const expected = [
      "48455033 0071", // "HEP3", 113 bytes
      "0000 0001 0007 02", // IPv4
      "0000 0003 000a d4ca0001", // source address
      "0000 0004 000a 527400d3", // destination address
      "0000 0002 0007 11", // UDP
      "0000 0007 0008 2eea", // source port
      "0000 0008 0008 13c4", // destination port
      "0000 0009 000a 4e4982cb", // seconds
      "0000 000a 000a 0001d4c0", // microseconds
      "0000 000b 0007 01", // SIP
      "0000 000c 000a 000000e4", // capture agent 228
      "0000 000f 0014 494e56495445207369703a626f62", // payload
    ].join("");

    assert.equal(
      new Hep3Encoder({ id: 228 }).encode(EXAMPLE).toString("hex"),
      expected.replaceAll(/[^0-9a-f]/g, ""),
    );
  });

  it("of IPv6 has family 10 and the addresses in chunks 5 and 6", () => {
    const sourceIp = Buffer.from("20010db8000000000000000000000001", "hex");
    const destinationIp = Buffer.from("20010db80000000000000000000000ff", "hex");
    const packet = new Hep3Encoder({ id: 1 }).encode({ ...EXAMPLE, sourceIp, destinationIp, ipProtocol: 6 });

    assert.deepEqual(
      chunksOf(packet).map(({ type }) => type),
      [1, 5, 6, 2, 7, 8, 9, 10, 11, 12, 15],
    );
    assert.deepEqual(chunkOf(packet, 1), Buffer.of(10));
    assert.deepEqual(chunkOf(packet, 2), Buffer.of(6));
    assert.deepEqual(chunkOf(packet, 5), sourceIp);
    assert.deepEqual(chunkOf(packet, 6), destinationIp);
  });

  it("has the agent's name, its key and the correlation id where they are set, all of vendor 0", () => {
    const encoder = new Hep3Encoder({ id: 0xffff_ffff, name: "edge-é", authenticationKey: "myHep" });
    const packet = encoder.encode({ ...EXAMPLE, correlationId: Buffer.from("call-1@host") });

    assert.ok(chunksOf(packet).every(({ vendor }) => vendor === 0));
    assert.equal(chunkOf(packet, 0x0c)?.toString("hex"), "ffffffff");
    assert.equal(chunkOf(packet, 0x13)?.toString("utf8"), "edge-é");
    assert.equal(chunkOf(packet, 0x0e)?.toString("latin1"), "myHep");
    assert.equal(chunkOf(packet, 0x11)?.toString("latin1"), "call-1@host");
    assert.equal(chunkOf(packet, 0x0f)?.toString("latin1"), "INVITE sip:bob");
  });

  it("cuts off a payload that no datagram has room for, and never exceeds one", () => {
    const payload = Buffer.alloc(100_000, "a");
    const encoder = new Hep3Encoder({ id: 1, name: "n".repeat(64), authenticationKey: "k".repeat(255) });
    const packet = encoder.encode({ ...EXAMPLE, correlationId: Buffer.alloc(1024, "c"), payload });

    assert.equal(packet.length, MAX_PACKET_BYTES);
    assert.ok((chunkOf(packet, 0x0f)?.length ?? 0) > 63_000);
  });
});
