import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { fixUpTopmostVia } from "../../../src/transport/via-fixup.ts";
import { MemoryFlow, type MemoryFlowOptions } from "../../support/memory-flow.ts";
import { request } from "../../support/message-bytes.ts";

function received(...viaLines: string[]): SipRequest {
  const message = new MessageParser().parseDatagram(request({ replace: { Via: viaLines } }));

  assert.ok(message instanceof SipRequest);

  return message;
}

function fixedVias(viaLine: string, options: MemoryFlowOptions = {}): string[] {
  const message = received(viaLine);

  fixUpTopmostVia(message, new MemoryFlow({ remotePort: 40_000, ...options }));

  return message.headerAll("Via");
}

const IPV6 = { remoteIp: "2001:db8::9", localIp: "2001:db8::1" };

/** Via as it came, as it must be, and why; the source is 192.0.2.1:40000. */
const CASES: readonly (readonly [came: string, wanted: string, why: string, options?: MemoryFlowOptions])[] =
  [
    ["SIP/2.0/UDP pc.example.org;branch=z9hG4bKa", ";branch=z9hG4bKa;received=192.0.2.1", "§18.2.1: a name"],
    ["SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKa", ";branch=z9hG4bKa;received=192.0.2.1", "another address"],
    ["SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa", ";branch=z9hG4bKa", "§18.2.1: the same address"],
    [
      "SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bKa",
      ";rport=40000;branch=z9hG4bKa;received=192.0.2.1",
      "RFC 3581 §4: with rport, received is always there",
    ],
    [
      "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa;rport",
      ";branch=z9hG4bKa;rport=40000;received=192.0.2.1",
      "rport at the end",
    ],
    [
      "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa;RPORT=1;x=y",
      ";branch=z9hG4bKa;rport=40000;x=y;received=192.0.2.1",
      "SECURITY: an rport that the client filled in is replaced",
    ],
    [
      "SIP/2.0/UDP 192.0.2.1;received=203.0.113.5;branch=z9hG4bKa",
      ";branch=z9hG4bKa;received=192.0.2.1",
      "SECURITY: a received that the client wrote is replaced, even where none is due",
    ],
    [
      "SIP/2.0/UDP 10.0.0.9;Received=2001:db8::5;rport= ;branch=z9hG4bKa",
      ";rport=40000;branch=z9hG4bKa;received=192.0.2.1",
      "the same in unusual spelling",
    ],
    [
      'SIP/2.0/UDP 10.0.0.9;x="a;rport;\\";received=1.1.1.1" ; rport ;branch=z9hG4bKa',
      ';x="a;rport;\\";received=1.1.1.1" ;rport=40000;branch=z9hG4bKa;received=192.0.2.1',
      "quoted strings stay as they are",
    ],
    [
      "SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKa",
      ";branch=z9hG4bKa;received=192.0.2.1",
      "RFC 7118: a WebSocket client has no name",
      { transport: "ws" },
    ],
    [
      "SIP/2.0/UDP [2001:DB8:0::9]:5060;branch=z9hG4bKa",
      ";branch=z9hG4bKa",
      "RFC 5954 §4.2: the same IPv6 address in another spelling",
      IPV6,
    ],
    [
      "SIP/2.0/UDP [2001:db8::8];branch=z9hG4bKa",
      ";branch=z9hG4bKa;received=2001:db8::9",
      "RFC 5118 §4.5: an IPv6 address stands without brackets",
      IPV6,
    ],
  ];

describe("topmost Via of a request", () => {
  for (const [came, wanted, why, options] of CASES) {
    it(`${why}: ${came}`, () => {
      const [value] = fixedVias(`Via: ${came}`, options);

      assert.equal(value?.slice(value.indexOf(";")), wanted);
      assert.equal(value?.slice(0, value.indexOf(";")), came.slice(0, came.indexOf(";")));
    });
  }

  it("the Via values below it stay as they are, be they in the same line or not", () => {
    const below = "SIP/2.0/TCP b;received=1.1.1.1;rport, SIP/2.0/UDP c";
    const message = received(`v: SIP/2.0/UDP a;rport, ${below}`, "Via: SIP/2.0/UDP d;rport");

    fixUpTopmostVia(message, new MemoryFlow({ remotePort: 40_000 }));
    assert.match(
      message.toBytes().toString("latin1"),
      /\r\nv: SIP\/2.0\/UDP a;rport=40000;received=192.0.2.1, SIP\/2.0\/TCP b;received=1.1.1.1;rport, SIP\/2.0\/UDP c\r\nVia: SIP\/2.0\/UDP d;rport\r\n/,
    );
  });

  it("the message keeps every byte when nothing has to change", () => {
    const bytes = request({ replace: { Via: "v :SIP / 2.0 / UDP  192.0.2.1 ;branch=z9hG4bKa" } });
    const message = new MessageParser().parseDatagram(bytes);

    assert.ok(message instanceof SipRequest);
    fixUpTopmostVia(message, new MemoryFlow());
    assert.deepEqual(message.toBytes(), bytes);
  });

  it("what is read afterwards is what was set", () => {
    const message = received("Via: SIP/2.0/UDP a;rport;branch=z9hG4bKa");

    fixUpTopmostVia(message, new MemoryFlow({ remotePort: 40_000 }));
    assert.equal(message.topVia.received, "192.0.2.1");
    assert.equal(message.topVia.rport, 40_000);
  });
});
