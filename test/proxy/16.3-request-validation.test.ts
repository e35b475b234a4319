import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

function makeHarness(options: ConstructorParameters<typeof ProxyHarness>[0] = {}) {
  const harness = new ProxyHarness(options);

  return {
    harness,
    caller: harness.peer({ remoteIp: "192.0.2.1" }),
    callee: harness.flowTo("198.51.100.7", 5062),
  };
}

describe("§16.3 request validation", () => {
  it("while loading, a request gets 500 with Retry-After: 5, and an ACK nothing", () => {
    const { harness, caller, callee } = makeHarness();

    harness.status = "loading";
    harness.receive(caller, requestText("OPTIONS"));
    harness.receive(caller, requestText("ACK", { branch: "z9hG4bKtwo", toTag: "x" }));

    assert.deepEqual(caller.startLines, ["SIP/2.0 500 Server Still Loading"]);
    assert.equal(harness.lastResponse(caller).header("Retry-After"), "5");
    assert.deepEqual(callee.sent, []);
  });

  it("while stopping, a new request gets 500, and the ACK of a call under way still passes", () => {
    const { harness, caller, callee } = makeHarness();

    harness.status = "terminating";
    harness.receive(caller, requestText("INVITE"));
    harness.receive(caller, requestText("ACK", { branch: "z9hG4bKtwo", toTag: "x", callId: "call-2" }));

    assert.deepEqual(caller.startLines, ["SIP/2.0 500 Server is Being Stopped"]);
    assert.match(callee.startLines[0] ?? "", /^ACK /);
  });

  it("step 4: a request that comes back unchanged is answered 482 (RFC 5393: whatever Via it is found in)", () => {
    const { harness, caller, callee } = makeHarness();
    const other = harness.peer({ remoteIp: "203.0.113.9" });

    harness.receive(caller, requestText("INVITE"));

    const returned = (callee.sent[0] ?? "").replace(
      "Via: SIP/2.0/UDP 192.0.2.100",
      "Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKother\r\nVia: SIP/2.0/UDP 192.0.2.100",
    );

    harness.receive(other, returned);
    assert.deepEqual(other.startLines, ["SIP/2.0 482 Loop Detected"]);
  });

  it("step 4: a spiral, which comes back with another Request-URI, passes", () => {
    const { harness, caller, callee } = makeHarness();
    const other = harness.peer({ remoteIp: "203.0.113.9" });

    harness.receive(caller, requestText("INVITE"));

    const spiraled = (callee.sent[0] ?? "")
      .replace("sip:bob@198.51.100.7:5062", "sip:carol@198.51.100.7:5062")
      .replace(
        "Via: SIP/2.0/UDP 192.0.2.100",
        "Via: SIP/2.0/UDP 203.0.113.9;branch=z9hG4bKother\r\nVia: SIP/2.0/UDP 192.0.2.100",
      );

    harness.receive(other, spiraled);
    assert.deepEqual(other.startLines, ["SIP/2.0 100 Trying"]);
    assert.match(callee.startLines[1] ?? "", /^INVITE sip:carol/);
  });

  it("step 4: another node with the same secret does not take our branch for its own", () => {
    const first = makeHarness();
    const second = makeHarness();

    first.harness.receive(first.caller, requestText("INVITE"));
    second.harness.receive(second.caller, first.callee.sent[0] ?? "");

    assert.deepEqual(second.caller.startLines, ["SIP/2.0 100 Trying"]);
  });

  it("step 5: Proxy-Require that is not understood is answered 420 with Unsupported", () => {
    const { harness, caller, callee } = makeHarness();

    harness.receive(caller, requestText("INVITE", { extra: ["Proxy-Require: path, nonsense, other"] }));

    assert.deepEqual(caller.startLines, ["SIP/2.0 420 Bad Extension"]);
    assert.equal(harness.lastResponse(caller).header("Unsupported"), "nonsense");
    assert.deepEqual(harness.lastResponse(caller).headerAll("Unsupported"), ["nonsense", "other"]);
    assert.deepEqual(callee.sent, []);
  });

  it("step 3: Max-Forwards 0 is answered 483, and nothing is forwarded", () => {
    const { harness, caller, callee } = makeHarness();

    harness.receive(caller, requestText("INVITE", { maxForwards: 0 }));

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 483 Too Many Hops"]);
    assert.deepEqual(callee.sent, []);
  });

  it("step 3: checkMaxForwards at 0 answers 483 and returns false; else it lowers what is too much", () => {
    const answers: boolean[] = [];
    const { harness, caller, callee } = makeHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          answers.push(request.checkMaxForwards(10));

          if (answers.at(-1)) {
            new SipProxy().route(request);
          }
        },
    });

    harness.receive(caller, requestText("OPTIONS", { maxForwards: 0, branch: "z9hG4bKa" }));
    harness.receive(caller, requestText("OPTIONS", { maxForwards: 70, branch: "z9hG4bKb", cseq: 2 }));
    harness.receive(caller, requestText("OPTIONS", { maxForwards: 5, branch: "z9hG4bKc", cseq: 3 }));
    harness.receive(caller, requestText("OPTIONS", { maxForwards: undefined, branch: "z9hG4bKd", cseq: 4 }));

    assert.deepEqual(answers, [false, true, true, true]);
    assert.deepEqual(
      callee.sent.map((text) => /^Max-Forwards: (\d+)/m.exec(text)?.[1]),
      ["10", "4", "10"],
    );
  });

  it("RFC 5393 §5.3.3: Max-Breadth 0 is answered 440", () => {
    const { harness, caller, callee } = makeHarness();

    harness.receive(caller, requestText("MESSAGE", { extra: ["Max-Breadth: 0"] }));

    assert.deepEqual(caller.startLines, ["SIP/2.0 440 Max-Breadth Exceeded"]);
    assert.deepEqual(callee.sent, []);
  });

  it("what onRequest throws is logged and answered 500 without a detail", () => {
    const { harness, caller } = makeHarness({
      onRequest: () => () => {
        throw new Error("password is 1234");
      },
    });

    harness.receive(caller, requestText("INVITE"));

    assert.deepEqual(caller.startLines, ["SIP/2.0 500 Internal Error"]);
    assert.doesNotMatch(caller.sent[0] ?? "", /1234/);
    assert.deepEqual(harness.logger.textsOf("error"), ["password is 1234"]);
  });

  it("what onRequest rejects with is answered likewise, and pending requests downstream are canceled", async () => {
    const { harness, caller, callee } = makeHarness({
      onRequest:
        ({ SipProxy }) =>
        async (request) => {
          new SipProxy().route(request);
          await Promise.resolve();

          throw new Error("late");
        },
    });

    harness.receive(caller, requestText("INVITE"));
    harness.answer(callee, "180 Ringing");
    await new Promise((resolve) => setImmediate(resolve));

    assert.equal(caller.startLines.at(-1), "SIP/2.0 500 Internal Error");
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);
  });
});
