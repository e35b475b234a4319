/** Server transactions while the user's code runs, without state, and when it does what it should not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildResponse } from "../../../src/message/response-builder.ts";
import type { ServerTransaction } from "../../../src/transaction/server-transaction.ts";
import {
  LayerScript,
  OWN_VIA,
  parseRequest,
  parseResponse,
  ServerScript,
} from "../../support/transaction-script.ts";

function reply(transaction: ServerTransaction, statusCode: number): boolean {
  return transaction.sendResponse(
    buildResponse(transaction.request, { statusCode, toTag: transaction.toTag }),
  );
}

function only(script: LayerScript): ServerTransaction {
  const [transaction] = script.transactions;

  assert.ok(transaction !== undefined && script.transactions.length === 1);

  return transaction;
}

describe("server transaction while the user's code runs", () => {
  it("17.2.1: an INVITE whose code has sent nothing after 200 ms is answered 100, once", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    script.advance(199);
    assert.deepEqual(script.takeWire(), []);
    script.advance(1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
    assert.ok(only(script).makeStateful());
    script.advance(1_000);
    assert.deepEqual(script.takeWire(), []);
  });

  it("17.2.1: no 100 after another response", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    reply(only(script), 180);
    script.advance(1_000);
    assert.ok(only(script).makeStateful());
    assert.deepEqual(script.takeWire(), ["SIP/2.0 180 Ringing"]);
  });

  it("8.2.6.1: the 100 has no To tag, and the Timestamp of the request", () => {
    const script = new LayerScript();

    script.onRequest = (transaction) => transaction.makeStateful();
    script.receive("INVITE", { extra: ["Timestamp: 54.3"] });

    const [trying = ""] = script.flow.sent;

    assert.match(trying, /\r\nTo: <sip:bob@example\.com>\r\n/);
    assert.match(trying, /\r\nTimestamp: 54\.3\r\n/);
  });

  it("a retransmission is absorbed, and gets the last response again if there is one", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    script.receive("INVITE");
    assert.deepEqual(script.takeWire(), []);
    script.advance(200);
    script.receive("INVITE");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying", "SIP/2.0 100 Trying"]);
    reply(only(script), 403);
    script.receive("INVITE");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 403 Forbidden", "SIP/2.0 403 Forbidden"]);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("RFC 4320 section 4.1: another request whose code has sent nothing for 5 s is answered 100", () => {
    const script = new LayerScript();

    script.receive("REGISTER");
    script.advance(5_000);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
    assert.ok(only(script).makeStateful());
    script.receive("REGISTER");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
  });
});

describe("server transaction without state", () => {
  it("ends with the user's code and leaves no timer; the same request is then a new one", () => {
    for (const method of ["INVITE", "REGISTER"]) {
      const script = new LayerScript();

      script.onRequest = (transaction) => {
        assert.ok(reply(transaction, 403));
        transaction.userCodeDone();
      };
      script.receive(method);
      assert.deepEqual(script.takeWire(), ["SIP/2.0 403 Forbidden"]);
      assert.equal(script.layer.activeTransactionCount, 0);
      assert.equal(script.clock.pendingCount, 0);
      script.receive(method);
      assert.deepEqual(script.receivedByUser, [method, method]);
    }
  });

  it("ends with the user's code when that takes longer, too", () => {
    const script = new LayerScript();
    let ends = 0;

    script.onRequest = (transaction) => {
      transaction.user = { transactionCanceled: () => {}, transactionTerminated: () => ends++ };
    };
    script.receive("INVITE");
    script.advance(3_000);
    only(script).userCodeDone();
    only(script).userCodeDone();
    assert.equal(ends, 1);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
    assert.equal(reply(only(script), 200), false);
    assert.equal(only(script).makeStateful(), false);
  });

  it("sends one final response, and none after it", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    assert.ok(reply(only(script), 180));
    assert.ok(reply(only(script), 486));
    assert.equal(only(script).finalStatusCode, 486);
    assert.equal(reply(only(script), 200), false);
    assert.equal(reply(only(script), 180), false);
    assert.equal(only(script).makeStateful(), false);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 180 Ringing", "SIP/2.0 486 Busy Here"]);
  });

  it("is not repeated by Timer G", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    reply(only(script), 486);
    script.takeWire();
    script.advance(10_000);
    assert.deepEqual(script.takeWire(), []);
  });

  it("8.2.7: the same request gets the same To tag again, another one another, other secrets others", () => {
    const first = new LayerScript();
    const second = new LayerScript();
    const foreign = new LayerScript({}, { secret: Buffer.from("another secret") });

    for (const script of [first, second, foreign]) {
      script.receive("INVITE");
    }

    second.receive("INVITE", { replace: { "Call-ID": "Call-ID: other@client.example.org" } });

    const tag = only(first).toTag;

    assert.match(tag, /^o1-[\w-]{16}$/);
    assert.equal(only(second).toTag, tag);
    assert.notEqual(only(foreign).toTag, tag);
  });

  it("RFC 3581: `responsesToSourcePort` reaches the transport layer", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    reply(only(script), 180);
    only(script).responsesToSourcePort = true;
    reply(only(script), 486);
    assert.deepEqual(
      script.responseSends.map((send) => send.toSourcePort),
      [false, true],
    );
  });
});

describe("server transaction with state", () => {
  it("makeStateful is true once; the user's code may end afterwards", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    assert.ok(only(script).makeStateful());
    assert.equal(only(script).makeStateful(), false);
    only(script).userCodeDone();
    assert.equal(script.layer.activeTransactionCount, 1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
  });

  it("an INVITE that nobody answers is answered 408 after the guard time, which is longer than Timer C", () => {
    const script = new ServerScript("INVITE");

    script.advance(239_999);
    assert.deepEqual(script.takeWire(), []);
    script.advance(1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 408 Request Timeout"]);
    assert.equal(script.transaction.finalStatusCode, 408);
    assert.deepEqual(script.takeTold(), []);
    assert.deepEqual(script.logTexts("warn"), ["a request was left without an answer"]);
    script.advance(32_000);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("the guard begins again with each provisional response", () => {
    const script = new ServerScript("INVITE", {}, { inviteGuardMs: 10_000 });

    for (let i = 0; i < 5; i++) {
      script.advance(9_000);
      script.send(180);
    }

    script.takeWire();
    script.advance(9_999);
    assert.deepEqual(script.takeWire(), []);
    script.advance(1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 408 Request Timeout"]);
  });

  it("code that never ends does not keep its transaction forever", () => {
    for (const [method, statusCodes] of [
      ["INVITE", []],
      ["INVITE", [200]],
      ["REGISTER", []],
      ["REGISTER", [200]],
    ] as const) {
      const script = new LayerScript();

      script.receive(method);

      for (const statusCode of statusCodes) {
        reply(only(script), statusCode);
      }

      script.advance(240_000);
      assert.equal(script.layer.activeTransactionCount, 0);
      assert.equal(script.clock.pendingCount, 0);
      assert.deepEqual(script.logTexts("warn"), [
        statusCodes.length === 0
          ? "a request was left without an answer"
          : "code over an answered request has not ended",
      ]);
    }
  });
});

describe("errors in the user's methods", () => {
  it("of a client transaction's user: logged at crit; the transaction goes its way", () => {
    const fail = (): never => {
      throw new Error("a fault of the user");
    };
    const user = {
      receiveResponse: fail,
      transactionTimedOut: fail,
      transportFailed: fail,
      transactionTerminated: fail,
    };
    const script = new LayerScript({ transport: "tcp" });
    const send = (number: number) =>
      script.layer.sendRequest(
        parseRequest("MESSAGE", { replace: { Via: `Via: ${OWN_VIA}${number}` } }),
        script.flow,
        user,
      );

    send(1);
    script.layer.receiveResponse(
      parseResponse(200, "MESSAGE", { replace: { Via: `Via: ${OWN_VIA}1` } }),
      script.flow,
    );
    assert.equal(script.logTexts("crit").length, 2);
    send(2);
    script.layer.flowClosed(script.flow);
    assert.equal(script.logTexts("crit").length, 4);
    send(3);
    script.advance(32_000);
    assert.deepEqual(script.logTexts("crit"), Array(6).fill("a fault of the user"));
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("of receiveRequest: logged at crit with their stack, answered 500", () => {
    const script = new LayerScript();

    script.onRequest = () => {
      throw new Error("a fault of the user");
    };
    script.receive("INVITE");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 500 Internal Error"]);
    assert.deepEqual(script.logTexts("crit"), ["a fault of the user"]);
    assert.ok(!script.flow.sent.join().includes("fault"));
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("of the others: logged at crit, and nothing else is harmed", () => {
    const script = new ServerScript("INVITE");
    const fail = (): never => {
      throw new Error("a fault of the user");
    };

    script.transaction.user = { transactionCanceled: fail, transactionTerminated: fail };
    script.receive("CANCEL");
    script.send(200);
    script.advance(32_000);
    assert.deepEqual(script.logTexts("crit"), ["a fault of the user", "a fault of the user"]);
    assert.equal(script.layer.activeTransactionCount, 0);

    script.layer.setUser({ receiveRequest: fail, receiveAck: fail });
    script.receive("ACK", { replace: { Via: "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKack" } });
    assert.equal(script.logTexts("crit").length, 3);
  });
});
