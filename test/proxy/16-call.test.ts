/** A whole call through the proxy: RFC 3261 sections 16.3 to 16.11 on the plainest path. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestServer } from "../../src/testing/index.ts";
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
    await using edge = await startTestServer({
      events: ({ SipProxy }) => ({
        sipEvents: {
          async onRequest(request) {
            const result = await new SipProxy().route(request);

            results.push(result.outcome);
          },
        },
      }),
    });
    const caller = await edge.connect({ ip: "192.0.2.1", port: 5060 });
    const callee = edge.callee({ ip: "198.51.100.7", port: 5062 });
    const invite = await caller.request("INVITE sip:bob@198.51.100.7:5062");
    const forwarded = await callee.received("INVITE");

    await forwarded.reply(100);
    await forwarded.reply(180);
    await forwarded.reply(200, { toTag: "callee" });
    assert.deepEqual(
      invite.responses.map(({ statusCode }) => statusCode),
      [100, 180, 200],
    );

    const ok = await invite.response(200);

    assert.equal(ok.viaCount, 1);
    assert.equal(ok.topVia.branch, invite.request.topVia.branch);
    assert.equal(ok.toTag, "callee");

    await invite.ack();

    const { request: ack } = await callee.received("ACK");

    assert.equal(ack.viaCount, 2);
    assert.equal(ack.hasHeader("Route"), false);
    assert.equal(ack.hasHeader("Record-Route"), false);

    // The callee hangs up: its Route is in the order of the Record-Route.
    const bye = await forwarded.inDialog("BYE");

    assert.deepEqual(bye.request.headerAll("Route"), ok.headerAll("Record-Route"));
    await (await caller.received("BYE")).reply(200);
    assert.equal(bye.status, 200);
    assert.deepEqual(results, ["response", "forwarded", "response"]);
    assert.deepEqual(
      edge.log.filter((line) => line.level !== "debug"),
      [],
    );
  });
});
