import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemoryFlow } from "../support/memory-flow.ts";
import { ProxyHarness, responseTo } from "../support/proxy-harness.ts";
import { startUac, turn } from "../support/uac-start.ts";

const CONTACT = "Contact: <sip:bob@198.51.100.7:5062>";

const methodsOf = (flow: MemoryFlow): string[] => flow.startLines.map((line) => line.split(" ")[0] ?? "");

/** Answers the INVITE, whatever was sent after it. */
function answerInvite(
  harness: ProxyHarness,
  callee: MemoryFlow,
  status: string,
  extra: readonly string[] = [CONTACT],
  toTag = "callee",
): void {
  const invite = callee.sent.find((text) => text.startsWith("INVITE")) ?? "";

  harness.receive(callee, responseTo(invite, status, extra, toTag));
}

describe("Uac: RFC 3261 §13.2 INVITE", () => {
  it("§13.2.2.4 acknowledges the 2xx: Request-URI is its Contact, To its To, CSeq the INVITE's number", async () => {
    const { callee, harness, events, result, request } = startUac(
      {},
      { extraHeaders: ["Authorization: Digest a=b"] },
    );

    answerInvite(harness, callee, "180 Ringing", []);
    answerInvite(harness, callee, "200 OK", ["Contact: <sip:bob@198.51.100.7:5062;x=y?Subject=no>;q=1"]);

    const ack = harness.lastRequest(callee);
    const invite = harness.parse(callee.sent[0] ?? "");

    assert.deepEqual(methodsOf(callee), ["INVITE", "ACK"]);
    assert.equal(ack.requestUriText, "sip:bob@198.51.100.7:5062;x=y");
    assert.equal(ack.header("To"), "<sip:bob@198.51.100.7>;tag=callee");
    assert.equal(ack.header("From"), request.header("From"));
    assert.equal(ack.header("Call-ID"), "call-1");
    assert.equal(ack.header("CSeq"), "7 ACK");
    assert.equal(ack.header("Authorization"), "Digest a=b");
    assert.equal(ack.maxForwards, 70);
    assert.equal(ack.viaCount, 1);
    // Section 8.1.1.7: the ACK of a 2xx is a transaction of its own.
    assert.notEqual(ack.topVia.branch, invite.topVia.branch);
    assert.equal((await result).outcome, "response");
    assert.deepEqual(events, ["target udp 198.51.100.7 5062", "provisional 180", "success 200 callee"]);
  });

  it("§12.1.2, §12.2.1.1 the ACK follows the Record-Route in reverse order", () => {
    const { callee, harness } = startUac();

    answerInvite(harness, callee, "200 OK", [
      CONTACT,
      "Record-Route: <sip:203.0.113.1;lr>, <sip:203.0.113.2;lr>",
      "Record-Route: <sip:203.0.113.3:5070;lr>",
    ]);

    const ack = harness.lastRequest(harness.flowTo("203.0.113.3", 5070));

    assert.equal(ack.requestUriText, "sip:bob@198.51.100.7:5062");
    assert.deepEqual(ack.headerAll("Route"), [
      "<sip:203.0.113.3:5070;lr>",
      "<sip:203.0.113.2;lr>",
      "<sip:203.0.113.1;lr>",
    ]);
  });

  it("§12.2.1.1 a strict router at the top gets itself as Request-URI", () => {
    const { callee, harness } = startUac();

    answerInvite(harness, callee, "200 OK", [CONTACT, "Record-Route: <sip:203.0.113.1>"]);

    const ack = harness.lastRequest(harness.flowTo("203.0.113.1", 5060));

    assert.equal(ack.requestUriText, "sip:203.0.113.1");
    assert.deepEqual(ack.headerAll("Route"), ["<sip:bob@198.51.100.7:5062>"]);
  });

  it("§13.2.2.4 a repeated 2xx is acknowledged again with the same ACK, and told nobody", () => {
    const { callee, harness, events } = startUac();

    answerInvite(harness, callee, "200 OK");
    answerInvite(harness, callee, "200 OK");

    assert.deepEqual(methodsOf(callee), ["INVITE", "ACK", "ACK"]);
    assert.equal(callee.sent[1], callee.sent[2]);
    assert.equal(events.filter((event) => event.startsWith("success")).length, 1);
  });

  it("§13.2.2.4 each callee of a forked INVITE is acknowledged and told, up to a limit", () => {
    const { callee, harness, events } = startUac();

    for (let i = 1; i <= 20; i++) {
      answerInvite(harness, callee, "200 OK", [CONTACT], `callee${i}`);
    }

    assert.deepEqual(events.slice(1, 3), ["success 200 callee1", "success 200 callee2"]);
    // SECURITY: not more than 16.
    assert.equal(methodsOf(callee).filter((method) => method === "ACK").length, 16);
    assert.equal(events.length, 17);
  });

  it("the ACK does not wait for the user's callbacks", () => {
    const { callee, harness, uac } = startUac();

    uac.onProvisionalResponse(() => new Promise(() => undefined));
    answerInvite(harness, callee, "180 Ringing");
    answerInvite(harness, callee, "200 OK");
    assert.deepEqual(methodsOf(callee), ["INVITE", "ACK"]);
  });

  it("§17.1.1.3 the transaction acknowledges a failure, with the branch of the INVITE", async () => {
    const { callee, harness, events, result } = startUac();

    answerInvite(harness, callee, "486 Busy Here", []);

    const ack = harness.lastRequest(callee);

    assert.equal(ack.method, "ACK");
    assert.equal(ack.topVia.branch, harness.parse(callee.sent[0] ?? "").topVia.branch);
    assert.equal((await result).outcome, "response");
    assert.equal(events.at(-1), "failure 486");
  });

  it("INTEROP: with a destination of the user's code, or a flow, the ACK takes the same way unless there is a Record-Route", () => {
    const natted = ["Contact: <sip:bob@10.0.0.1:5060>"];
    const chosen = startUac(
      { ruri: "sip:bob@example.com" },
      { destination: { host: "198.51.100.7", port: 5062 } },
    );

    answerInvite(chosen.harness, chosen.callee, "200 OK", natted);
    assert.deepEqual(methodsOf(chosen.callee), ["INVITE", "ACK"]);

    const recorded = startUac({}, { destination: { host: "198.51.100.7", port: 5062 } });

    answerInvite(recorded.harness, recorded.callee, "200 OK", [
      ...natted,
      "Record-Route: <sip:203.0.113.1;lr>",
    ]);
    assert.deepEqual(methodsOf(recorded.harness.flowTo("203.0.113.1", 5060)), ["ACK"]);

    const harness = new ProxyHarness();
    const { Uac, UacRequest } = harness.oversip;
    const client = harness.peer({ transport: "ws", remoteIp: "203.0.113.50", remotePort: 40_000 });
    const route = harness.environment.ownRoutes.valueFor(client.listeningPoint, {
      flowToken: client.flowToken,
    });

    new Uac().route(
      new UacRequest({ method: "INVITE", ruri: "sip:web@browser.invalid" }, [`Route: ${route}`]),
    );
    answerInvite(harness, client, "200 OK", ["Contact: <sip:web@browser.invalid;transport=ws>"]);
    assert.deepEqual(client.startLines, [
      "INVITE sip:web@browser.invalid SIP/2.0",
      "ACK sip:web@browser.invalid;transport=ws SIP/2.0",
    ]);
  });

  it("SECURITY: a 2xx that cannot be acknowledged is logged, and throws nothing past the transaction", async () => {
    for (const extra of [
      ["Contact: <sip:bob@nowhere.example>"],
      ["Contact: <tel:+1234>", "Record-Route: <sip:nowhere.example;lr>"],
      ["Contact: *", "Record-Route: <tel:1>"],
      ["Contact: no address", "Record-Route: <no address"],
    ]) {
      const { callee, harness, result } = startUac();

      answerInvite(harness, callee, "200 OK", extra);
      answerInvite(harness, callee, "200 OK", extra);
      assert.equal((await result).outcome, "response");
      assert.deepEqual(harness.logger.textsOf("notice"), [
        "a 2xx to an INVITE of this server cannot be acknowledged",
      ]);
      assert.deepEqual(harness.logger.textsOf("crit"), []);
    }
  });

  it("INTEROP: a 2xx without Contact is acknowledged where the INVITE went", () => {
    const { callee, harness } = startUac();

    answerInvite(harness, callee, "200 OK", []);
    assert.equal(callee.startLines.at(-1), "ACK sip:bob@198.51.100.7:5062 SIP/2.0");
  });

  it("the ACK waits for DNS, and is sent once for all 2xx that came meanwhile", async () => {
    const { callee, harness } = startUac(
      {},
      {
        names: {
          "bob.example": Promise.resolve([
            { transport: "udp", ip: "203.0.113.9", ipType: "ipv4", port: 5060 },
          ]),
        },
      },
    );

    answerInvite(harness, callee, "200 OK", ["Contact: <sip:bob.example>"]);
    answerInvite(harness, callee, "200 OK", ["Contact: <sip:bob.example>"]);
    await turn();
    assert.deepEqual(methodsOf(harness.flowTo("203.0.113.9", 5060)), ["ACK"]);
    answerInvite(harness, callee, "200 OK", ["Contact: <sip:bob.example>"]);
    assert.deepEqual(methodsOf(harness.flowTo("203.0.113.9", 5060)), ["ACK", "ACK"]);
  });
});

describe("Uac: RFC 3261 §9.1 cancel", () => {
  it("after a 1xx sends CANCEL with the extra headers; the 487 ends it as canceled, without onFailureResponse", async () => {
    const { callee, harness, events, result, uac } = startUac();

    answerInvite(harness, callee, "180 Ringing", []);
    assert.equal(uac.cancel(["Reason: SIP;cause=480"]), true);
    assert.equal(uac.cancel(), false);

    const cancel = harness.lastRequest(callee);
    const invite = harness.parse(callee.sent[0] ?? "");

    assert.equal(cancel.method, "CANCEL");
    assert.equal(cancel.topVia.branch, invite.topVia.branch);
    assert.equal(cancel.header("CSeq"), "7 CANCEL");
    assert.equal(cancel.header("Reason"), "SIP;cause=480");

    answerInvite(harness, callee, "183 Too Late", []);
    answerInvite(harness, callee, "487 Request Terminated", []);
    assert.deepEqual(await result, { outcome: "canceled" });
    assert.deepEqual(events.slice(1), ["provisional 180", "canceled"]);
    assert.equal(uac.cancel(), false);
  });

  it("before any response holds the CANCEL back until there is one", () => {
    const { callee, harness, uac } = startUac();

    uac.cancel();
    assert.deepEqual(methodsOf(callee), ["INVITE"]);
    answerInvite(harness, callee, "100 Trying", []);
    assert.deepEqual(methodsOf(callee), ["INVITE", "CANCEL"]);
  });

  it("§15.1.1 a 2xx that crosses the CANCEL is acknowledged and the call hung up, once", async () => {
    const { callee, harness, events, result, uac } = startUac();

    answerInvite(harness, callee, "180 Ringing", []);
    uac.cancel();
    answerInvite(harness, callee, "200 OK");
    answerInvite(harness, callee, "200 OK");

    assert.deepEqual(methodsOf(callee), ["INVITE", "CANCEL", "ACK", "BYE", "ACK"]);

    const bye = harness.parse(callee.sent[3] ?? "");

    assert.equal(bye.header("CSeq"), "8 BYE");
    assert.equal(bye.toTag, "callee");
    assert.equal(bye.fromTag, "mine");
    assert.deepEqual(await result, { outcome: "canceled" });
    assert.deepEqual(events.slice(1), ["provisional 180", "canceled"]);
  });

  it("while targets are looked up, or onTarget waits, nothing is sent any more", async () => {
    const { harness, result, uac } = startUac(
      { ruri: "sip:bob@slow.example" },
      { names: { "slow.example": new Promise(() => undefined) } },
    );

    assert.equal(uac.cancel(), true);
    assert.deepEqual(await result, { outcome: "canceled" });
    assert.deepEqual(
      harness.transports.flows.flatMap((flow) => flow.sent),
      [],
    );
  });

  it("does nothing to another method, after the final response, or without a request", async () => {
    const other = startUac({ method: "MESSAGE" });

    assert.equal(other.uac.cancel(), false);
    other.harness.answer(other.callee, "200 OK");
    assert.equal((await other.result).outcome, "response");

    const answered = startUac();

    answered.uac.onSuccessResponse(() => new Promise(() => undefined));
    answerInvite(answered.harness, answered.callee, "200 OK");
    assert.equal(answered.uac.cancel(), false);
    assert.equal(new answered.harness.oversip.Uac().cancel(), false);
  });

  it("without an answer to the CANCEL it ends 64*T1 later", async () => {
    const { callee, harness, result, uac } = startUac();

    answerInvite(harness, callee, "180 Ringing", []);
    uac.cancel();
    harness.clock.advance(32_000);
    assert.deepEqual(await result, { outcome: "canceled" });
  });
});

describe("Uac: INVITE without a final response", () => {
  it("timer_B: no response at all is onError 408 client_timeout", async () => {
    const { harness, result, events } = startUac({}, { profile: { timerB: 6 } });

    harness.clock.advance(6000);
    assert.equal((await result).outcome, "error");
    assert.equal(events.at(-1), "error 408 Client Timeout client_timeout");
  });

  it("timer_C: onInviteTimeout, CANCEL, and the result invite_timeout; what is answered later is hung up", async () => {
    const { callee, harness, result, events } = startUac({}, { profile: { timerC: 60 } });

    answerInvite(harness, callee, "180 Ringing", []);
    harness.clock.advance(60_000);

    assert.deepEqual(await result, {
      outcome: "error",
      status: 408,
      reason: "INVITE Timeout",
      code: "invite_timeout",
    });
    assert.deepEqual(events.slice(1), ["provisional 180", "invite timeout"]);
    assert.deepEqual(methodsOf(callee), ["INVITE", "CANCEL"]);

    answerInvite(harness, callee, "200 OK");
    assert.deepEqual(methodsOf(callee).slice(2), ["ACK", "BYE"]);
    assert.equal(events.length, 3);
  });

  it("a provisional response starts timer_C again", () => {
    const { callee, harness, events } = startUac({}, { profile: { timerC: 60 } });

    answerInvite(harness, callee, "180 Ringing", []);
    harness.clock.advance(59_000);
    answerInvite(harness, callee, "183 Session Progress", []);
    harness.clock.advance(59_000);
    assert.equal(events.includes("invite timeout"), false);
  });

  it("SECURITY: provisional responses that wait for a callback are limited, the final one is not lost", async () => {
    const { callee, harness, uac, result, events } = startUac();
    let release: () => void = () => undefined;

    uac.onProvisionalResponse(() => new Promise<void>((resolve) => (release = resolve)));
    answerInvite(harness, callee, "180 Ringing", []);

    for (let i = 0; i < 100; i++) {
      answerInvite(harness, callee, "183 Session Progress", []);
    }

    answerInvite(harness, callee, "486 Busy Here", []);
    uac.clearOnProvisionalResponse();
    uac.onProvisionalResponse(() => void events.push("counted"));
    release();
    await result;
    assert.equal(events.filter((event) => event === "counted").length, 32);
    assert.equal(events.at(-1), "failure 486");
  });
});
