/** A whole call through the proxy: RFC 3261 sections 16.3 to 16.11 on the plainest path. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProxyHarness } from "../support/proxy-harness.ts";

const INVITE = `INVITE sip:bob@198.51.100.7:5062 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcaller1
Max-Forwards: 70
From: "Alice" <sip:alice@example.org>;tag=caller
To: <sip:bob@example.com>
Call-ID: call-1@192.0.2.1
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1:5060>
X-Unknown:   kept   as it is
Content-Type: text/plain
Content-Length: 5

hello`;

describe("§16 a call through the proxy", () => {
  it("INVITE goes out with Via, Record-Route and one hop less, and is otherwise byte for byte the same", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, INVITE);

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);

    const callee = harness.flowTo("198.51.100.7", 5062);
    const text = callee.sent[0] ?? "";
    assert.match(text, /^INVITE sip:bob@198\.51\.100\.7:5062 SIP\/2\.0\r\n/);
    assert.match(text, /Record-Route: <sip:192\.0\.2\.100:5060;transport=udp;lr;ovid=\w+>\r\n/);
    assert.deepEqual(
      text.split("\r\n", 5).map((line) => line.slice(0, line.indexOf(":"))),
      ["INVITE sip", "Via", "Via", "Record-Route", "Max-Forwards"],
    );
    assert.match(text, /Max-Forwards: 69\r\n/);
    assert.equal(
      text.replace(/^Record-Route: .*\r\n/m, "").replace(/^Via: SIP\/2\.0\/UDP 192\.0\.2\.100.*\r\n/m, ""),
      INVITE.replace(/\n/g, "\r\n").replace("Max-Forwards: 70", "Max-Forwards: 69"),
    );
  });

  it("responses come back without our Via, ACK and BYE follow the Record-Route", async () => {
    const results: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        async (request) => {
          const result = await new SipProxy().route(request);

          results.push(result.outcome);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, INVITE);

    const callee = harness.flowTo("198.51.100.7", 5062);

    harness.answer(callee, "100 Trying");
    harness.answer(callee, "180 Ringing");
    harness.answer(callee, "200 OK", ["Contact: <sip:bob@198.51.100.7:5062>"]);

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);

    const ok = harness.lastResponse(caller);

    assert.equal(ok.viaCount, 1);
    assert.equal(ok.topVia.branch, "z9hG4bKcaller1");
    assert.equal(ok.toTag, "callee");

    const route = ok.headerAll("Record-Route").reverse();

    harness.receive(
      caller,
      `ACK sip:bob@198.51.100.7:5062 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKcaller2
Route: ${route.join(", ")}
Max-Forwards: 70
From: "Alice" <sip:alice@example.org>;tag=caller
To: <sip:bob@example.com>;tag=callee
Call-ID: call-1@192.0.2.1
CSeq: 1 ACK
Content-Length: 0

`,
    );

    const ack = harness.lastRequest(callee);

    assert.equal(ack.method, "ACK");
    assert.equal(ack.viaCount, 2);
    assert.equal(ack.hasHeader("Route"), false);
    assert.equal(ack.hasHeader("Record-Route"), false);

    // The callee hangs up: its Route is in the order of the Record-Route.
    harness.receive(
      callee,
      `BYE sip:alice@192.0.2.1:5060 SIP/2.0
Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKcallee1
Route: ${ok.headerAll("Record-Route").join(", ")}
Max-Forwards: 70
From: <sip:bob@example.com>;tag=callee
To: "Alice" <sip:alice@example.org>;tag=caller
Call-ID: call-1@192.0.2.1
CSeq: 1 BYE
Content-Length: 0

`,
    );

    assert.equal(harness.lastRequest(caller).method, "BYE");
    harness.answer(caller, "200 OK");
    assert.equal(callee.startLines.at(-1), "SIP/2.0 200 OK");

    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(results, ["response", "forwarded", "response"]);
    assert.deepEqual(
      harness.logger.lines.filter((line) => line.level !== "debug"),
      [],
    );
  });
});
