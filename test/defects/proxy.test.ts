/**
 * Defects of OverSIP 2.0 in its proxy, each shown to be absent. The numbers
 * are those of docs/oversip-parity.md.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NameAddr } from "../../src/grammar/name-addr.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const CALLEE = "198.51.100.7";

describe("defects of OverSIP 2.0: proxy", () => {
  it("defect 13: without fixNat, a caller's own in-dialog request over one transport goes to the callee", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          request.looseRoute();
          new SipProxy().route(request);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const callee = harness.flowTo(CALLEE, 5062);

    harness.receive(caller, requestText("INVITE", { extra: ["Contact: <sip:alice@192.0.2.1;ob>"] }));

    const route = harness.lastRequest(callee).headerAll("Record-Route").reverse().join(", ");

    harness.answer(callee, "200 OK");

    const before = caller.sent.length;

    harness.receive(
      caller,
      requestText("BYE", { branch: "z9hG4bKbye", cseq: 2, toTag: "callee", extra: [`Route: ${route}`] }),
    );
    assert.equal(harness.lastRequest(callee).method, "BYE");
    assert.equal(caller.sent.length, before);

    // Also when the Route with the caller's own token is the last one of this server.
    const own = route.split(", ").find((value) => value.includes("@")) ?? "";

    harness.receive(
      caller,
      requestText("INFO", { branch: "z9hG4bKinfo", cseq: 3, toTag: "callee", extra: [`Route: ${own}`] }),
    );
    assert.equal(harness.lastRequest(callee).method, "INFO");
    assert.equal(caller.sent.length, before);
  });

  it("defect 19: secure WebSocket is WSS in the Via, and ws in URIs", () => {
    const harness = new ProxyHarness();
    const client = harness.peer({ transport: "wss", remotePort: 40_000 });
    const core = harness.flowTo(CALLEE, 5062);
    const contact = "Contact: <sip:alice@x.invalid;transport=ws>;reg-id=1";

    harness.receive(client, requestText("REGISTER", { transport: "WSS", extra: [contact] }));

    const [, path] = harness.lastRequest(core).paths;

    assert.equal(path?.transportParam, "ws");
    harness.receive(
      core,
      requestText("MESSAGE", {
        ruri: "sip:alice@x.invalid;transport=ws",
        sentBy: `${CALLEE}:5062`,
        branch: "z9hG4bKdown",
        extra: [`Route: ${harness.lastRequest(core).headerAll("Path").join(", ")}`],
      }),
    );
    assert.equal(harness.lastRequest(client).topVia.transport, "WSS");
  });

  it("defect 29: CANCEL and ACK repeat the From and To that the INVITE was sent with", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          request.from.user = "anonymous";
          request.to.user = "robert";
          new SipProxy().route(request);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const callee = harness.flowTo(CALLEE, 5062);
    const changed = ['"Alice" <sip:anonymous@example.org>;tag=caller', "<sip:robert@example.com>"];

    harness.receive(caller, requestText("INVITE"));
    harness.answer(callee, "180 Ringing");
    harness.receive(caller, requestText("CANCEL"));

    const cancel = harness.lastRequest(callee);

    assert.deepEqual([cancel.method, cancel.header("From"), cancel.header("To")], ["CANCEL", ...changed]);

    const other = requestText("INVITE", { branch: "z9hG4bKtwo", callId: "call-2" });

    harness.receive(caller, other);
    harness.answer(callee, "486 Busy Here");

    const ack = harness.lastRequest(callee);

    assert.deepEqual([ack.method, ack.header("From")], ["ACK", changed[0]]);
    assert.equal(ack.header("To"), `${changed[1]};tag=callee`);
  });

  it("defect 29: a NameAddr as Request-URI is written without brackets, in CANCEL and ACK too", () => {
    const target = `sip:carol@${CALLEE}:5062`;
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          request.ruri = NameAddr.parse(`"Carol" <${target}>`);
          new SipProxy().route(request);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const callee = harness.flowTo(CALLEE, 5062);

    harness.receive(caller, requestText("INVITE"));
    harness.answer(callee, "180 Ringing");
    harness.receive(caller, requestText("CANCEL"));
    harness.answer(callee, "200 OK");
    harness.receive(caller, requestText("INVITE", { branch: "z9hG4bKtwo", callId: "call-2" }));
    harness.answer(callee, "486 Busy Here");

    assert.deepEqual(
      callee.startLines,
      ["INVITE", "CANCEL", "INVITE", "ACK"].map((method) => `${method} ${target} SIP/2.0`),
    );
  });

  it("defect 32: a flow that does not answer lists nothing: other requests to its address pass", () => {
    const harness = new ProxyHarness();
    const client = harness.peer({ remoteIp: CALLEE, remotePort: 5062 });
    const core = harness.flowTo("203.0.113.1", 5060);
    const contact = `Contact: <sip:alice@${CALLEE}:5062>;reg-id=1`;

    harness.receive(
      client,
      requestText("REGISTER", { ruri: "sip:203.0.113.1", sentBy: `${CALLEE}:5062`, extra: [contact] }),
    );

    const path = harness.lastRequest(core).headerAll("Path").join(", ");

    for (const branch of ["z9hG4bKa", "z9hG4bKb", "z9hG4bKc"]) {
      const extra = [`Route: ${path}`];

      harness.receive(core, requestText("INVITE", { sentBy: "203.0.113.1", branch, callId: branch, extra }));
      assert.equal(harness.lastRequest(client).callId, branch);
      harness.clock.advance(33_000);
      assert.equal(core.startLines.at(-1), "SIP/2.0 408 Client Timeout");
    }

    const sent = client.sent.length;

    harness.receive(
      core,
      requestText("MESSAGE", { sentBy: "203.0.113.1", branch: "z9hG4bKe", callId: "direct" }),
    );
    assert.equal(client.sent.length, sent + 1);
  });

  it("defect 37: user code can follow a 302 by a second route", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy();

          proxy.onFailureResponse((response) => {
            const contact = response.contact;

            if (response.statusCode === 302 && contact !== undefined) {
              proxy.dropResponse();
              request.ruri = contact;
              new SipProxy().route(request);
            }
          });
          proxy.route(request);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("INVITE"));
    harness.answer(harness.flowTo(CALLEE, 5062), "302 Moved Temporarily", [
      "Contact: <sip:bob@198.51.100.9:5064>",
    ]);

    const second = harness.flowTo("198.51.100.9", 5064);

    assert.equal(second.startLines.at(-1), "INVITE sip:bob@198.51.100.9:5064 SIP/2.0");
    harness.answer(second, "200 OK");
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
  });
});
