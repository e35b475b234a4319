import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IncomingRequest } from "../../../src/api/incoming-request.ts";
import type { ProgrammingInterface } from "../../../src/api/programming-interface.ts";
import { ProxyHarness } from "../../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../../support/request-text.ts";

/** Delivers a request and runs `inspect` on it as the user's code. */
function withRequest(
  method: string,
  text: RequestTextOptions,
  inspect: (request: IncomingRequest, oversip: ProgrammingInterface) => unknown,
) {
  let failure: unknown;
  const harness = new ProxyHarness({
    onRequest: (oversip) => (request) => {
      try {
        inspect(request, oversip);
      } catch (error) {
        failure = error;
      }
    },
  });
  const caller = harness.peer({ remoteIp: "192.0.2.1", remotePort: 33_000 });

  harness.receive(caller, requestText(method, text));

  if (failure !== undefined) {
    throw failure;
  }

  return { harness, caller };
}

describe("SipRequest", () => {
  it("says where it came from", () => {
    withRequest("MESSAGE", {}, (request) => {
      assert.equal(request.transport, "udp");
      assert.equal(request.sourceIp, "192.0.2.1");
      assert.equal(request.sourceIpType, "ipv4");
      assert.equal(request.sourcePort, 33_000);
      assert.equal(request.connection.remoteDescription, "192.0.2.1:33000");
      assert.equal(request.isUdp, true);
      assert.equal(request.isWebSocket, false);
      assert.equal(request.secure, false);
      assert.equal(request.closeConnection(), false);
    });
  });

  it("reply answers with the request's Via, From, To with a tag, Call-ID and CSeq, and extra headers", () => {
    const { harness, caller } = withRequest("MESSAGE", {}, (request) => {
      request.setHeader("From", "<sip:somebody@else.example>;tag=other");
      assert.equal(request.reply(404, "Nobody Here", ["X-Why: moved"], "text"), true);
    });
    const response = harness.lastResponse(caller);

    assert.equal(caller.startLines[0], "SIP/2.0 404 Nobody Here");
    assert.equal(response.header("From"), '"Alice" <sip:alice@example.org>;tag=caller');
    assert.equal(response.topVia.branch, "z9hG4bKone");
    assert.equal(response.header("X-Why"), "moved");
    assert.equal(response.bodyText, "text");
    assert.notEqual(response.toTag, undefined);
  });

  it("in a dialog, the To tag of a reply stays, once", () => {
    const { harness, caller } = withRequest("BYE", { toTag: "callee" }, (request) => request.reply(481));

    assert.equal(harness.lastResponse(caller).header("To"), "<sip:bob@example.com>;tag=callee");
  });

  it("a second final reply is refused with false, and logged", () => {
    const { harness, caller } = withRequest("MESSAGE", {}, (request) => {
      assert.equal(request.reply(200), true);
      assert.equal(request.reply(404), false);
    });

    assert.deepEqual(caller.startLines, ["SIP/2.0 200 OK"]);
    assert.match(harness.logger.textsOf("warn")[0] ?? "", /reply not sent/);
  });

  it("an ACK is never answered: reply is false and logged for debugging alone, replyFull and createTransaction say so", () => {
    const { harness, caller } = withRequest("ACK", { toTag: "x" }, (request) => {
      assert.equal(request.reply(200), false);
      assert.equal(request.createTransaction(), false);
    });

    assert.deepEqual(caller.sent, []);
    assert.deepEqual(harness.logger.textsOf("warn"), []);
    assert.ok(harness.logger.textsOf("debug").some((text) => /an ACK is never answered/.test(text)));
  });

  it("reply throws for what cannot be written", () => {
    withRequest("MESSAGE", {}, (request) => {
      assert.throws(() => request.reply(99), { code: "OVERSIP_ERR_RUNTIME" });
      assert.throws(() => request.reply(200, "OK\r\nX: y"), { code: "OVERSIP_ERR_HEADER_VALUE" });
      assert.throws(() => request.reply(200, "OK", ["no colon"]), { code: "OVERSIP_ERR_HEADER_VALUE" });
      assert.throws(() => request.checkMaxForwards(256), TypeError);
      assert.throws(() => request.checkMaxForwards(1.5), TypeError);
    });
  });

  it("createTransaction is true once, and sends 100 to an INVITE", () => {
    const { caller } = withRequest("INVITE", {}, (request) => {
      assert.equal(request.createTransaction(), true);
      assert.equal(request.createTransaction(), false);
    });

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
  });

  it("tvars belong to the transaction, cvars to the peer, neither has a prototype", () => {
    const seen: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest: () => (request) => {
        seen.push(request.tvars["n"], request.cvars["n"], "toString" in request.tvars);
        request.tvars["n"] = 1;
        request.cvars["n"] = 2;
      },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("MESSAGE"));
    harness.receive(caller, requestText("MESSAGE", { branch: "z9hG4bKtwo", cseq: 2 }));
    assert.deepEqual(seen, [undefined, undefined, false, undefined, 2, false]);
  });

  it("destinationMyself tells by address, port and domain, anew when the Request-URI is changed", () => {
    withRequest("MESSAGE", { ruri: "sip:bob@edge.example.net" }, (request) => {
      assert.equal(request.destinationMyself(), true);
      request.ruri = "sip:bob@198.51.100.7";
      assert.equal(request.destinationMyself(), false);
      request.ruri = "sip:192.0.2.100:5060";
      assert.equal(request.destinationMyself(), true);
      request.ruri.port = 5999;
      assert.equal(request.destinationMyself(), false);
      request.ruri = "tel:+15551234";
      assert.equal(request.destinationMyself(), false);
    });
  });

  it("the signal aborts when the transaction ends", () => {
    let signal: AbortSignal | undefined;

    withRequest("MESSAGE", {}, (request) => {
      signal = request.signal;
      assert.equal(signal.aborted, false);
    });
    assert.equal(signal?.aborted, true);
  });

  it("the signal aborts when what is left of an answered transaction ends, whenever it was asked for", () => {
    const signals: AbortSignal[] = [];
    const keep = (request: IncomingRequest, isAskedBefore: boolean) => {
      request.createTransaction();
      assert.equal(isAskedBefore && request.signal.aborted, false);
      request.reply(200);
      signals.push(request.signal);
    };
    const harnesses = [true, false].map(
      (isAskedBefore) => withRequest("MESSAGE", {}, (request) => keep(request, isAskedBefore)).harness,
    );
    const aborted = () => signals.map((signal) => signal.aborted);

    for (const { clock } of harnesses) {
      clock.advance(31_000);
    }

    assert.deepEqual(aborted(), [false, false]);

    for (const { clock } of harnesses) {
      clock.advance(10_000);
    }

    assert.deepEqual(aborted(), [true, true]);
  });

  it("replyFull sends another response's status, header fields and body as its own", () => {
    const { harness, caller } = withRequest("MESSAGE", {}, (request) => {
      const other = harness0.parse(
        "SIP/2.0 202 Accepted\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKz\nFrom: <sip:x@y>;tag=1\nTo: <sip:z@y>\nCall-ID: other\nCSeq: 9 MESSAGE\nX-Other: yes\nContent-Length: 2\n\nok",
      );

      assert.equal(request.replyFull(other as never), true);
      assert.equal(request.replyFull(other as never), false);
    });
    const response = harness.lastResponse(caller);

    assert.equal(response.statusCode, 202);
    assert.equal(response.callId, "call-1");
    assert.equal(response.cseq, 1);
    assert.equal(response.topVia.branch, "z9hG4bKone");
    assert.equal(response.viaCount, 1);
    assert.equal(response.header("X-Other"), "yes");
    assert.equal(response.bodyText, "ok");
    assert.notEqual(response.toTag, undefined);
  });
});

const harness0 = new ProxyHarness();
