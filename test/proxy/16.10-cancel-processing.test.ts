import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SipEvents } from "../../src/api/events.ts";
import type { ProgrammingInterface } from "../../src/api/programming-interface.ts";
import type { Target } from "../../src/transport/target.ts";
import { ProxyHarness, responseTo } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function start(
  onRequest?: (oversip: ProgrammingInterface, events: unknown[]) => NonNullable<SipEvents["onRequest"]>,
  names: Readonly<Record<string, readonly Target[] | Promise<readonly Target[]>>> = {},
  ruri?: string,
) {
  const events: unknown[] = [];
  const harness = new ProxyHarness({
    names,
    onRequest:
      onRequest === undefined
        ? ({ SipProxy }) =>
            async (request) => {
              const { outcome } = await new SipProxy()
                .onCanceled(() => void events.push("canceled"))
                .onFailureResponse(() => void events.push("failure"))
                .onProvisionalResponse(() => void events.push("provisional"))
                .onSuccessResponse(() => void events.push("success"))
                .route(request);

              events.push(`outcome ${outcome}`);
            }
        : (oversip) => onRequest(oversip, events),
  });
  const caller = harness.peer({ remoteIp: "192.0.2.1" });

  harness.receive(caller, requestText("INVITE", ruri === undefined ? {} : { ruri }));

  return {
    harness,
    caller,
    events,
    callee: harness.flowTo("198.51.100.7", 5062),
    cancel: (extra: readonly string[] = []) =>
      harness.receive(caller, requestText("CANCEL", { extra, ...(ruri === undefined ? {} : { ruri }) })),
  };
}

describe("§16.10 CANCEL processing", () => {
  it("the INVITE is canceled downstream with the caller's Reason, and the callee's 487 goes up", async () => {
    const { harness, caller, callee, events, cancel } = start();

    harness.answer(callee, "180 Ringing");
    cancel(['Reason: SIP ;cause=200 ;text="Call completed elsewhere"', "Reason: Q.850;cause=26"]);

    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 Cancelled");

    const sent = harness.lastRequest(callee);

    assert.equal(sent.method, "CANCEL");
    assert.equal(sent.viaCount, 1);
    assert.deepEqual(sent.headerAll("Reason"), [
      'SIP ;cause=200 ;text="Call completed elsewhere"',
      "Q.850;cause=26",
    ]);

    harness.receive(callee, responseTo(callee.sent[0] ?? "", "183 Session Progress", [], "callee"));
    assert.equal(caller.startLines.at(-1), "SIP/2.0 183 Session Progress");
    harness.receive(callee, responseTo(callee.sent[0] ?? "", "487 Request Terminated", [], "callee"));
    await turn();

    assert.equal(caller.startLines.at(-1), "SIP/2.0 487 Request Terminated");
    assert.deepEqual(events, ["provisional", "canceled", "outcome canceled"]);
  });

  it("before a provisional response the CANCEL waits for one", () => {
    const { harness, callee, cancel } = start();

    cancel();
    assert.equal(callee.sent.length, 1);
    harness.answer(callee, "100 Trying");
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);
  });

  it("a 200 that crosses the CANCEL goes up", async () => {
    const { harness, caller, callee, events, cancel } = start();

    harness.answer(callee, "180 Ringing");
    cancel();
    harness.receive(callee, responseTo(callee.sent[0] ?? "", "200 OK", [], "callee"));
    await turn();

    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
    assert.deepEqual(events, ["provisional", "canceled", "success", "outcome response"]);
  });

  it("a callee that never answers the CANCEL: the caller gets 487, and no other target is tried", async () => {
    const names: Record<string, readonly Target[]> = {
      "two.example.org": [
        { transport: "udp", ip: "198.51.100.7", ipType: "ipv4", port: 5062 },
        { transport: "udp", ip: "198.51.100.8", ipType: "ipv4", port: 5062 },
      ],
    };
    const { harness, caller, cancel, events } = start(undefined, names, "sip:bob@two.example.org");

    cancel();
    harness.clock.advance(64_000);
    await turn();

    assert.equal(caller.startLines.includes("SIP/2.0 487 Request Terminated"), true);
    assert.equal(harness.flowTo("198.51.100.8", 5062).sent.length, 0);
    assert.deepEqual(events, ["canceled", "outcome canceled"]);
  });

  it("while DNS is asked: the INVITE never goes out, and the caller gets 487", async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Target[]>();
    const { caller, callee, cancel, events } = start(
      undefined,
      { "slow.example.org": promise },
      "sip:bob@slow.example.org",
    );

    cancel();
    assert.equal(caller.startLines.at(-1), "SIP/2.0 487 Request Terminated");
    resolve([{ transport: "udp", ip: "198.51.100.7", ipType: "ipv4", port: 5062 }]);
    await turn();

    assert.deepEqual(callee.sent, []);
    assert.deepEqual(events, ["canceled", "outcome canceled"]);
  });

  it("while onTarget waits: likewise", async () => {
    const { caller, callee, cancel } = start(({ SipProxy }) => async (request) => {
      await new SipProxy().onTarget(turn).route(request);
    });

    cancel();
    assert.equal(caller.startLines.at(-1), "SIP/2.0 487 Request Terminated");
    await turn();
    await turn();
    assert.deepEqual(callee.sent, []);
  });

  it("while the user's code holds the request: 487, the signal aborts, and a later route is over at once", async () => {
    const { caller, callee, cancel, events } = start(({ SipProxy }, log) => async (request) => {
      request.createTransaction();
      request.signal.addEventListener("abort", () => log.push("aborted"));
      await turn();
      log.push(
        await new SipProxy().onCanceled(() => void log.push("canceled")).route(request),
        request.reply(200),
      );
    });

    cancel();
    assert.deepEqual(caller.startLines.slice(-2), [
      "SIP/2.0 200 Cancelled",
      "SIP/2.0 487 Request Terminated",
    ]);
    await turn();
    await turn();

    assert.deepEqual(callee.sent, []);
    assert.deepEqual(events, ["aborted", "canceled", { outcome: "canceled" }, false]);
  });

  it("between the tries of serial forking: 487, and the next try is not made", async () => {
    const { harness, caller, callee, cancel, events } = start(({ SipProxy }, log) => async (request) => {
      const proxy = new SipProxy().onFailureResponse(() => proxy.dropResponse());

      await proxy.route(request);
      await turn();
      log.push((await new SipProxy().route(request, { host: "203.0.113.8" })).outcome);
    });

    harness.answer(callee, "486 Busy Here");
    cancel();
    assert.equal(caller.startLines.at(-1), "SIP/2.0 487 Request Terminated");
    await turn();
    await turn();

    assert.deepEqual(events, ["canceled"]);
    assert.equal(harness.flowTo("203.0.113.8", 5060).sent.length, 0);
  });

  it("while a 200 is with onSuccessResponse it comes too late: the 200 goes up, and no 487 before it", async () => {
    const { harness, caller, callee, cancel, events } = start(({ SipProxy }, log) => async (request) => {
      request.signal.addEventListener("abort", () => log.push("aborted"));

      const proxy = new SipProxy().onCanceled(() => void log.push("canceled")).onSuccessResponse(turn);

      log.push((await proxy.route(request)).outcome);
    });

    harness.answer(callee, "200 OK");
    cancel();
    await turn();
    await turn();

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 200 Cancelled", "SIP/2.0 200 OK"]);
    assert.deepEqual(events, ["response"]);
  });

  it("while a 200 is with onSuccessResponse, which drops it: the caller gets 487, and the next try is not made", async () => {
    const { harness, caller, callee, cancel, events } = start(({ SipProxy }, log) => async (request) => {
      const proxy = new SipProxy().onSuccessResponse(async () => {
        await turn();
        proxy.dropResponse();
      });

      await proxy.route(request);
      log.push((await new SipProxy().route(request, { host: "203.0.113.8" })).outcome);
    });

    harness.answer(callee, "200 OK");
    cancel();
    await turn();
    await turn();

    assert.equal(caller.startLines.at(-1), "SIP/2.0 487 Request Terminated");
    assert.deepEqual(events, ["canceled"]);
    assert.equal(harness.flowTo("203.0.113.8", 5060).sent.length, 0);
  });

  it("after the final response it changes nothing", () => {
    const { harness, caller, callee, cancel, events } = start();

    harness.answer(callee, "200 OK");
    cancel();

    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 Cancelled");
    assert.deepEqual(events, ["success"]);
  });
});
