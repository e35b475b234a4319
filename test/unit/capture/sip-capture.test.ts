/** What is captured of a message that comes or goes: its ends, its Call-ID, its bytes. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { SipCapture } from "../../../src/capture/sip-capture.ts";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { requestText } from "../../support/request-text.ts";

const CHUNKS = {
  family: 1,
  protocol: 2,
  from4: 3,
  to4: 4,
  from6: 5,
  to6: 6,
  fromPort: 7,
  toPort: 8,
  id: 17,
  payload: 15,
};

type ChunkName = keyof typeof CHUNKS;

/** The chunks of a packet, as hexadecimal digits. */
function read(packet: Uint8Array): Partial<Record<ChunkName, string>> {
  const buffer = Buffer.from(packet);
  const found: Partial<Record<ChunkName, string>> = {};

  for (let offset = 6; offset < buffer.length; offset += buffer.readUInt16BE(offset + 4)) {
    const name = Object.entries(CHUNKS).find(([, type]) => type === buffer.readUInt16BE(offset + 2))?.[0];

    if (name !== undefined) {
      const end = offset + buffer.readUInt16BE(offset + 4);

      found[name as ChunkName] = buffer.toString("hex", offset + 6, end);
    }
  }

  return found;
}

const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

describe("the capture of SIP messages", () => {
  let packets: Uint8Array[];
  let failures: unknown[];
  let capture: SipCapture;

  beforeEach(() => {
    packets = [];
    failures = [];
    capture = new SipCapture({
      agent: { id: 1 },
      send: (packet) => packets.push(packet),
      nowUs: () => 1_000_000,
      failed: (error) => failures.push(error),
    });
  });

  const parse = (text: string) => new MessageParser().parseDatagram(Buffer.from(text, "latin1"));

  it("gives a received message its peer as source, with the bytes as they came, latin1 and all", () => {
    const text = requestText("INVITE", {
      extra: ["Subject: \u00c3\u00a9 \u00ff"],
      body: "v=0\r\n\u0000\u00ff",
    });
    const message = parse(text);

    assert.ok(!(message instanceof ParseFailure));
    capture.messageReceived(message, new MemoryFlow({ remotePort: 4711 }));
    assert.deepEqual(packets.map(read), [
      {
        family: "02",
        protocol: "11",
        from4: "c0000201",
        to4: "c0000264",
        fromPort: "1267",
        toPort: "13c4",
        id: hex("call-1"),
        payload: hex(text),
      },
    ]);
  });

  it("gives a sent message this server as source; all but UDP is TCP", () => {
    const text = requestText("BYE");

    for (const transport of ["tcp", "tls", "ws", "wss"] as const) {
      const flow = new MemoryFlow({
        transport,
        localIp: "2001:db8::1",
        remoteIp: "2001:db8::2",
        remotePort: 7,
      });

      capture.messageSent(Buffer.from(text, "latin1"), flow);
    }

    for (const packet of packets.map(read)) {
      assert.equal(packet.family, "0a");
      assert.equal(packet.protocol, "06");
      assert.equal(packet.from6, `20010db8${"0".repeat(23)}1`);
      assert.equal(packet.to6, `20010db8${"0".repeat(23)}2`);
      assert.deepEqual([packet.fromPort, packet.toPort], ["13c4", "0007"]);
      assert.equal(packet.payload, hex(text));
    }

    assert.equal(packets.length, 4);
  });

  it("maps IPv4 to IPv6 when the client of a TLS terminator has the other version (RFC 4291 section 2.5.5.2)", () => {
    capture.messageSent(
      Buffer.from(requestText("BYE")),
      new MemoryFlow({ transport: "tls", localIp: "127.0.0.1", remoteIp: "2001:db8::2" }),
    );

    const [packet = {}] = packets.map(read);

    assert.equal(packet.family, "0a");
    assert.equal(packet.from6, "00000000000000000000ffff7f000001");
    assert.equal(packet.to6, `20010db8${"0".repeat(23)}2`);
  });

  it("has what is refused with an answer too, and not what is no SIP", () => {
    const flow = new MemoryFlow();

    for (const text of [requestText("INVITE").replace("CSeq: 1", "CSeq: x"), "hello", "HEP3\u0000\u0010"]) {
      const failure = parse(text);

      assert.ok(failure instanceof ParseFailure);
      capture.failureReceived(failure, flow);
    }

    assert.equal(packets.length, 1);
  });

  it("cuts off a Call-ID of thousands of characters, so that both directions still have the same", () => {
    const text = requestText("OPTIONS", { callId: "x".repeat(10_000) });
    const message = parse(text);

    assert.ok(!(message instanceof ParseFailure));
    capture.messageReceived(message, new MemoryFlow());
    capture.messageSent(Buffer.from(text), new MemoryFlow());
    assert.deepEqual(
      packets.map((packet) => read(packet).id),
      [hex("x".repeat(1024)), hex("x".repeat(1024))],
    );
  });

  it("tells of what fails, and throws nothing into the path of the message", () => {
    const broken = new SipCapture({
      agent: { id: 1 },
      send: () => {
        throw new Error("broken");
      },
      nowUs: () => 0,
      failed: (error) => failures.push(error),
    });

    broken.messageSent(Buffer.from(requestText("BYE")), new MemoryFlow());
    capture.messageSent(Buffer.from("BYE"), new MemoryFlow({ remoteIp: "no address" }));
    assert.equal(failures.length, 1);
    assert.equal(packets.length, 1);
  });
});
