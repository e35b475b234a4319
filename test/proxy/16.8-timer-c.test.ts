import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProxyHarness, responseTo } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start(drops = false) {
  const events: unknown[] = [];
  const harness = new ProxyHarness({
    profile: { timerC: 20, timerB: 64 },
    onRequest:
      ({ SipProxy }) =>
      async (request) => {
        const proxy = new SipProxy()
          .onInviteTimeout(() => {
            events.push("timeout");

            if (drops) {
              proxy.dropResponse();
            }
          })
          .onFailureResponse(() => void events.push("failure"));

        events.push(await proxy.route(request));

        if (drops && events.length === 2) {
          events.push(await proxy.route(request, { host: "203.0.113.8" }));
        }
      },
  });
  const caller = harness.peer({ remoteIp: "192.0.2.1", transport: "tcp" });

  harness.receive(
    caller,
    requestText("INVITE", { transport: "TCP", ruri: "sip:bob@198.51.100.7;transport=tcp" }),
  );

  return { harness, caller, callee: harness.flowTo("198.51.100.7", 5060, "tcp"), events };
}

describe("§16.8 Timer C", () => {
  it("cancels the INVITE, answers 408 INVITE Timeout, and what comes afterwards is not told", async () => {
    const { harness, caller, callee, events } = start();

    harness.answer(callee, "180 Ringing");
    harness.clock.advance(20_000);

    assert.equal(caller.startLines.at(-1), "SIP/2.0 408 INVITE Timeout");
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);

    harness.receive(
      callee,
      (callee.sent[0] ?? "")
        .replace(/^.*\r\n/, "SIP/2.0 487 Request Terminated\r\n")
        .replace(/body|hello/, ""),
    );
    await turn();

    assert.deepEqual(events, [
      "timeout",
      { outcome: "error", status: 408, reason: "INVITE Timeout", code: "invite_timeout" },
    ]);
    assert.equal(caller.startLines.at(-1), "SIP/2.0 408 INVITE Timeout");
  });

  it("§16.7 step 2: each provisional response but 100 starts it again", () => {
    const { harness, caller, callee } = start();

    harness.answer(callee, "180 Ringing");
    harness.clock.advance(15_000);
    harness.answer(callee, "180 Ringing");
    harness.clock.advance(15_000);
    harness.answer(callee, "100 Trying");
    harness.clock.advance(4_999);
    assert.doesNotMatch(caller.startLines.at(-1) ?? "", /408/);

    harness.clock.advance(1);
    assert.match(caller.startLines.at(-1) ?? "", /408/);
  });

  it("§16.7 step 5: a 200 that crosses its CANCEL still goes up, since the callee has the call", () => {
    const { harness, caller, callee } = start();

    harness.answer(callee, "180 Ringing");
    harness.clock.advance(20_000);
    harness.receive(callee, responseTo(callee.sent[0] ?? "", "200 OK", [], "callee"));

    assert.deepEqual(caller.startLines.slice(-2), ["SIP/2.0 408 INVITE Timeout", "SIP/2.0 200 OK"]);
  });

  it("§16.7 step 5: a 200 that comes while onInviteTimeout is awaited goes up in place of the 408", async () => {
    for (const isCanceled of [false, true]) {
      const outcomes: string[] = [];
      const harness = new ProxyHarness({
        onRequest:
          ({ SipProxy }) =>
          async (request) => {
            outcomes.push((await new SipProxy().onInviteTimeout(turn).route(request)).outcome);
          },
      });
      const caller = harness.peer({ remoteIp: "192.0.2.1" });

      harness.receive(caller, requestText("INVITE"));

      const callee = harness.flowTo("198.51.100.7", 5062);

      harness.answer(callee, "180 Ringing");
      harness.clock.advance(120_000);
      harness.answer(callee, "200 OK");

      if (isCanceled) {
        harness.receive(caller, requestText("CANCEL"));
      }

      await turn();
      await turn();

      assert.deepEqual(
        caller.startLines.filter((line) => line !== "SIP/2.0 200 Cancelled"),
        ["SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK"],
      );
      assert.deepEqual(outcomes, ["response"]);
    }
  });

  it("a final response stops it", () => {
    const { harness, caller, callee } = start();

    harness.answer(callee, "180 Ringing");
    harness.answer(callee, "200 OK");
    harness.clock.advance(60_000);

    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
  });

  it("dropResponse in onInviteTimeout leads to a second try, whose responses are not dropped", async () => {
    const { harness, caller, callee, events } = start(true);

    harness.answer(callee, "180 Ringing");
    harness.clock.advance(20_000);
    await turn();

    const second = harness.flowTo("203.0.113.8", 5060);

    harness.answer(second, "180 Ringing");
    harness.answer(second, "486 Busy Here");
    await turn();

    assert.deepEqual(caller.startLines.slice(2), ["SIP/2.0 180 Ringing", "SIP/2.0 486 Busy Here"]);
    assert.equal(events.at(-2), "failure");
  });

  it("§16.7 step 5: a 200 that crosses the CANCEL goes up although the request is routed anew, which it ends", async () => {
    const { harness, caller, callee } = start(true);

    harness.answer(callee, "180 Ringing");
    harness.clock.advance(20_000);
    await turn();

    const second = harness.flowTo("203.0.113.8", 5060);

    harness.answer(second, "183 Session Progress");
    harness.receive(callee, responseTo(callee.sent[0] ?? "", "200 OK", [], "callee"));

    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
    assert.match(second.startLines.at(-1) ?? "", /^CANCEL /);
  });

  it("§16.7 step 10: who gets no response for four minutes is answered 408, and what is pending downstream is canceled", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy().onProvisionalResponse(() => proxy.dropResponse());

          proxy.route(request);
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("INVITE"));

    const callee = harness.flowTo("198.51.100.7", 5062);

    for (let minute = 0; minute < 4; minute++) {
      harness.answer(callee, "180 Ringing");
      assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
      harness.clock.advance(60_000);
    }

    assert.equal(caller.startLines[1], "SIP/2.0 408 Request Timeout");
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);
  });
});
