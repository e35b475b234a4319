import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { SipResponse } from "../../../src/message/sip-response.ts";
import { fixUpTopmostVia } from "../../../src/transport/via-fixup.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { request, requestOf, response } from "../../support/message-bytes.ts";

function requestFrom(bytes: Buffer): SipRequest {
  const message = new MessageParser().parseDatagram(bytes);

  assert.ok(message instanceof SipRequest);

  return message;
}

function responseFrom(bytes: Buffer): SipResponse {
  const message = new MessageParser().parseDatagram(bytes);

  assert.ok(message instanceof SipResponse);

  return message;
}

function withVia(...lines: string[]): SipRequest {
  return requestFrom(request({ replace: { Via: lines } }));
}

describe("topVia", () => {
  it("tells all of the topmost Via, and nothing of those below", () => {
    const { topVia } = withVia(
      'Via: SIP / 2.0 / TCP\r\n  Pc.Example.org : 5070 ;Branch=z9hG4bKabc; ALIAS ;rport=7;x="a;b=1,c" ;ttl=3;x=2',
      "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbelow;alias",
    );

    assert.deepEqual(
      [topVia.host, topVia.port, topVia.branch, topVia.branchId, topVia.isRfc3261Branch],
      ["pc.example.org", 5070, "z9hG4bKabc", "abc", true],
    );
    assert.deepEqual(
      [topVia.received, topVia.hasRport, topVia.rport, topVia.hasAlias],
      [undefined, true, 7, true],
    );
    assert.equal(topVia.core, "SIP / 2.0 / TCP Pc.Example.org : 5070");
    assert.deepEqual(
      [...topVia.params],
      [
        ["branch", "z9hG4bKabc"],
        ["alias", null],
        ["rport", "7"],
        ["x", '"a;b=1,c"'],
        ["ttl", "3"],
      ],
    );
  });

  it("without parameters has none, and its core is all of it", () => {
    const { topVia } = withVia("Via: SIP/2.0/UDP 192.0.2.9");

    assert.deepEqual([topVia.core, topVia.params.size], ["SIP/2.0/UDP 192.0.2.9", 0]);
  });

  it("rport and received are the source's once the server has filled them (RFC 3581 section 4)", () => {
    const message = withVia("Via: SIP/2.0/UDP [2001:db8::1];rport;branch=z9hG4bKa");

    assert.equal(message.topVia.rport, undefined);
    fixUpTopmostVia(message, new MemoryFlow({ remoteIp: "2001:db8::9", remotePort: 40_000 }));
    assert.equal(message.topVia.rport, 40_000);
    assert.deepEqual(
      [...message.topVia.params],
      [
        ["rport", "40000"],
        ["branch", "z9hG4bKa"],
        ["received", "2001:db8::9"],
      ],
    );
  });

  it("names of parameters that objects have of their own are names like others", () => {
    const { params } = withVia("Via: SIP/2.0/UDP 192.0.2.9;__proto__=1;constructor").topVia;

    assert.deepEqual([params.get("__proto__"), params.get("constructor")], ["1", null]);
  });
});

describe("raw", () => {
  it("has the values as they are written: Via and Route as lists, From and To", () => {
    const message = requestFrom(
      request({
        replace: {
          Via: [
            "v: SIP/2.0/UDP a.example;branch=z9hG4bKa , SIP/2.0/UDP b.example",
            "Via: SIP/2.0/TCP c.example",
          ],
          From: 'f: "A\\"lice"  <sip:alice@example.org>;tag=from1;x',
        },
        extra: ["Route: <sip:p1.example;lr>,<sip:p2.example;lr>"],
      }),
    );

    assert.deepEqual(message.raw, {
      via: ["SIP/2.0/UDP a.example;branch=z9hG4bKa", "SIP/2.0/UDP b.example", "SIP/2.0/TCP c.example"],
      from: '"A\\"lice"  <sip:alice@example.org>;tag=from1;x',
      to: "<sip:bob@example.com>",
      route: ["<sip:p1.example;lr>", "<sip:p2.example;lr>"],
    });
  });

  it("follows edits; without Route it has none", () => {
    const message = requestFrom(request());

    message.to.displayName = "Bob";
    assert.deepEqual([message.raw.to, message.raw.route], ['"Bob" <sip:bob@example.com>', []]);
  });
});

describe("serialize", () => {
  it("gives the received bytes, and after an edit those that are sent", () => {
    const bytes = request({ extra: ["X-Odd:  \xff "] });
    const latin1 = Buffer.from(bytes.toString("latin1"), "latin1");
    const message = requestFrom(latin1);

    assert.deepEqual(message.serialize(), latin1);
    message.setHeader("X-Odd", "1");
    assert.match(message.serialize().toString("latin1"), /\r\nX-Odd: 1\r\n/);
  });
});

describe("what the method says, in requests and in their responses", () => {
  const CASES: readonly (readonly [
    method: string,
    dialogForming: boolean,
    aware: boolean,
    unknown: boolean,
  ])[] = [
    ["INVITE", true, true, false],
    ["SUBSCRIBE", true, true, false],
    ["REFER", true, true, false],
    ["REGISTER", false, true, false],
    ["MESSAGE", false, false, false],
    ["INVENTED", false, false, true],
  ];

  for (const [method, dialogForming, aware, unknown] of CASES) {
    it(method, () => {
      for (const message of [
        requestFrom(requestOf(method)),
        responseFrom(response({ replace: { CSeq: `CSeq: 1 ${method}` } })),
      ]) {
        assert.deepEqual(
          [message.dialogForming, message.recordRoutingAware, message.outboundAware, message.unknownMethod],
          [dialogForming, aware, aware, unknown],
        );
      }
    });
  }
});
