/** How much the transaction layer keeps, and how it ends. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";
import {
  ClientScript,
  LayerScript,
  OWN_VIA,
  parseRequest,
  parseResponse,
  ServerScript,
} from "../../support/transaction-script.ts";

function branch(number: number) {
  return { replace: { Via: `Via: SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKbase${number}` } };
}

describe("a full transaction layer (RFC 3261 section 21.5.4)", () => {
  it("answers new requests 503 with Retry-After, without state", () => {
    const script = new LayerScript({}, { maxTransactions: 2, retryAfterSeconds: 7 });

    for (let i = 0; i < 5; i++) {
      script.receive("INVITE", branch(i));
    }

    assert.equal(script.layer.activeTransactionCount, 2);
    assert.equal(script.receivedByUser.length, 2);
    assert.deepEqual(script.takeWire(), Array(3).fill("SIP/2.0 503 Service Unavailable"));
    assert.match(script.flow.sent[0] ?? "", /\r\nRetry-After: 7\r\n/);
  });

  it("absorbs the ACK of its 503", () => {
    const script = new LayerScript({}, { maxTransactions: 0 });

    script.receive("INVITE");

    const To = /^To: .*$/m.exec(script.flow.sent[0] ?? "")?.[0].trimEnd() ?? "";

    script.receive("ACK", { replace: { To } });
    assert.deepEqual(script.receivedByUser, []);
  });

  it("goes on with what it has: retransmissions, CANCEL, ACK of a 2xx", () => {
    const script = new ServerScript("INVITE", {}, { maxTransactions: 1 });

    script.retransmit();
    script.receive("CANCEL");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying", "SIP/2.0 200 Cancelled"]);
    script.receive("ACK", branch(1));
    assert.deepEqual(script.receivedByUser, ["INVITE", "ACK"]);
  });

  it("SECURITY: INVITEs with forged sources, which nobody acknowledges, do not flood the log", () => {
    const script = new LayerScript();

    script.onRequest = (transaction) => {
      transaction.makeStateful();
      transaction.sendResponse(buildResponse(transaction.request, { statusCode: 486 }));
      transaction.userCodeDone();
    };

    for (let i = 0; i < 200; i++) {
      script.receive("INVITE", branch(i));
    }

    script.advance(32_000);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.logTexts("notice").length, 50);
  });

  it("takes requests again when there is room, and logs at most once in ten seconds", () => {
    const script = new ServerScript("MESSAGE", {}, { maxTransactions: 1 });

    for (let i = 0; i < 100; i++) {
      script.receive("MESSAGE", branch(i));
    }

    assert.equal(script.logTexts("warn").length, 1);
    script.send(200);
    script.advance(10_000);
    script.takeWire();
    script.receive("MESSAGE", branch(1));
    assert.deepEqual(script.takeWire(), []);
    script.receive("MESSAGE", branch(2));
    assert.equal(script.logTexts("warn").length, 2);
  });

  it("does not count transactions that only wait for retransmissions", () => {
    for (const method of ["INVITE", "MESSAGE"]) {
      for (const statusCode of [200, 486]) {
        const script = new ServerScript(method, {}, { maxTransactions: 1 });

        script.send(statusCode);
        script.takeWire();
        script.receive(method, branch(1));
        assert.equal(script.receivedByUser.length, 2, `${method} ${statusCode}`);
        assert.equal(script.layer.activeTransactionCount, 2);
      }
    }
  });

  it("counts client transactions too, until they have their final response", () => {
    const script = new ClientScript("MESSAGE", {}, {}, {}, { maxTransactions: 1 });

    script.receive("INVITE", branch(1));
    assert.deepEqual(script.receivedByUser, []);
    script.respond(200);
    script.receive("INVITE", branch(2));
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });
});

describe("transactions of one address", () => {
  const from = (remoteIp: string): MemoryFlow => new MemoryFlow({ remoteIp });
  const receive = (script: LayerScript, flow: MemoryFlow, number: number): string | undefined => {
    script.layer.receiveRequest(parseRequest("MESSAGE", branch(number)), flow);

    return flow.sent.at(-1)?.split("\r\n")[0];
  };
  const REFUSED = "SIP/2.0 503 Service Unavailable";

  it("beyond the limit are answered 503 with Retry-After; those of others are not", () => {
    const script = new LayerScript({}, { maxTransactionsPerAddress: 2, retryAfterSeconds: 7 });
    const flow = from("192.0.2.66");

    assert.deepEqual(
      [1, 2, 3].map((number) => receive(script, flow, number)),
      [undefined, undefined, REFUSED],
    );
    assert.match(flow.sent[0] ?? "", /\r\nRetry-After: 7\r\n/);
    assert.equal(receive(script, from("192.0.2.67"), 4), undefined);
    assert.deepEqual(script.logTexts("warn"), [
      "too many transactions of one address: its requests are answered 503",
    ]);
  });

  it("are counted until their final response, or their end without one", () => {
    const script = new ServerScript("MESSAGE", {}, { maxTransactionsPerAddress: 1 });

    script.send(200);
    script.takeWire();
    script.receive("MESSAGE", branch(1));
    assert.equal(script.receivedByUser.length, 2);
    script.receive("MESSAGE", branch(2));
    assert.equal(script.receivedByUser.length, 2);
    // The second is given up without an answer (RFC 4320 section 4.2).
    script.advance(32_000);
    script.receive("MESSAGE", branch(3));
    assert.equal(script.receivedByUser.length, 3);
    script.layer.close();
    assert.equal(script.layer["pendingAnswers"].sizeOf("192.0.2.1"), 0);
  });

  it("of IPv6 are those of one /64", () => {
    const script = new LayerScript({}, { maxTransactionsPerAddress: 1 });

    assert.equal(receive(script, from("2001:db8::1"), 1), undefined);
    assert.equal(receive(script, from("2001:db8::ffff:1"), 2), REFUSED);
    assert.equal(receive(script, from("2001:db8:0:1::1"), 3), undefined);
  });

  it("are without limit at 0", () => {
    const script = new LayerScript({}, { maxTransactionsPerAddress: 0 });

    assert.deepEqual(
      [1, 2, 3].map((number) => receive(script, from("192.0.2.66"), number)),
      [undefined, undefined, undefined],
    );
    assert.equal(script.layer["pendingAnswers"]["byAddress"].size, 0);
  });
});

describe("finished transactions beyond their bound", () => {
  it("are ended early, the oldest first, and refuse nobody", () => {
    const script = new LayerScript({}, { maxFinishedTransactions: 128 });

    script.layer.setUser({
      receiveRequest: (transaction) => {
        transaction.makeStateful();
        transaction.sendResponse(
          buildResponse(transaction.request, { statusCode: 200, toTag: transaction.toTag }),
        );
      },
      receiveAck: () => undefined,
    });

    for (let i = 0; i < 1000; i++) {
      script.receive(i % 2 === 0 ? "INVITE" : "MESSAGE", branch(i));
      assert.ok(script.layer.activeTransactionCount <= 128);
    }

    assert.equal(script.takeWire().filter((line) => line === "SIP/2.0 200 OK").length, 1000);
    // The newest are there still: a retransmission is not a new request.
    script.receive("MESSAGE", branch(999));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK"]);
    assert.deepEqual(script.logTexts("debug"), [
      "too many finished transactions: the oldest are ended early",
    ]);
    script.layer.close();
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.layer.finishedTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("are ended early when their texts take more than a KiB for each that is allowed", () => {
    const script = new LayerScript({}, { maxFinishedTransactions: 128 });

    script.layer.setUser({
      receiveRequest: (transaction) => {
        const body = "x".repeat(transaction.request.callId === "short" ? 0 : 15 * 1024);

        transaction.makeStateful();
        transaction.sendResponse(buildResponse(transaction.request, { statusCode: 200, toTag: "a", body }));
      },
      receiveAck: () => undefined,
    });

    for (let i = 0; i < 100; i++) {
      const { replace } = branch(i);

      script.receive("MESSAGE", { replace: { ...replace, "Call-ID": "Call-ID: short" } });
    }

    assert.equal(script.layer.finishedTransactionCount, 100);

    for (let i = 100; i < 200; i++) {
      script.receive("MESSAGE", branch(i));
    }

    // Room is made before each, so that one more may be there.
    assert.ok(script.layer.finishedTransactionCount <= 9);
    script.takeWire();
    script.receive("MESSAGE", branch(199));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK"]);
    assert.equal(script.layer.finishedTransactionCount, script.layer.activeTransactionCount);
  });

  it("tell their users, as at the end of their last timer", () => {
    const script = new ClientScript("MESSAGE", {}, {}, {}, { maxFinishedTransactions: 1 });

    script.respond(200);
    assert.deepEqual(script.takeTold(), ["200"]);
    script.layer.setUser({
      receiveRequest: (transaction) => {
        transaction.makeStateful();
        transaction.sendResponse(buildResponse(transaction.request, { statusCode: 200 }));
      },
      receiveAck: () => undefined,
    });
    script.receive("MESSAGE", branch(1));
    assert.deepEqual(script.takeTold(), ["terminated"]);
  });
});

describe("a lost connection", () => {
  it("fails the requests that wait for a response over it, at once", () => {
    for (const method of ["INVITE", "MESSAGE"]) {
      const script = new ClientScript(method, { transport: "tls" });

      script.respond(100);
      script.layer.flowClosed(script.flow);
      assert.deepEqual(script.takeTold(), ["100", "failed: closed", "terminated"]);
      assert.equal(script.clock.pendingCount, 0);
      assert.equal(script.layer.activeTransactionCount, 0);
      script.layer.flowClosed(script.flow);
      assert.deepEqual(script.takeTold(), []);
    }
  });

  it("nothing is remembered of a connection over which nothing is waited for", () => {
    for (const statusCode of [200, 486]) {
      const script = new ClientScript("INVITE", { transport: "tls" });
      const { waitingByFlow } = script.layer["clientTransactions"] as unknown as {
        waitingByFlow: Map<unknown, unknown>;
      };

      assert.equal(waitingByFlow.size, 1);
      script.respond(statusCode);
      assert.equal(waitingByFlow.size, 0);
    }
  });

  it("fails each request that still waits, and those only", () => {
    const script = new ClientScript("MESSAGE", { transport: "tcp" });
    const failed: number[] = [];

    for (let i = 1; i <= 3; i++) {
      script.layer.sendRequest(
        parseRequest("MESSAGE", { replace: { Via: `Via: ${OWN_VIA}${i}` } }),
        script.flow,
        {
          receiveResponse: () => {},
          transactionTimedOut: () => {},
          transportFailed: () => failed.push(i),
          transactionTerminated: () => {},
        },
      );
    }

    script.layer.receiveResponse(
      parseResponse(200, "MESSAGE", { replace: { Via: `Via: ${OWN_VIA}2` } }),
      script.flow,
    );
    script.layer.flowClosed(script.flow);
    assert.deepEqual(failed, [1, 3]);
    assert.deepEqual(script.takeTold(), ["failed: closed", "terminated"]);
  });

  it("harms no request on another connection", () => {
    const script = new ClientScript("INVITE", { transport: "tls" });

    script.layer.flowClosed(new MemoryFlow({ transport: "tls" }));
    assert.deepEqual(script.takeTold(), []);
  });

  it("does not end a server transaction: its response may go over another one (section 18.2.2)", () => {
    const script = new ServerScript("INVITE", { transport: "tcp" });

    script.layer.flowClosed(script.flow);
    assert.ok(script.send(486));
  });
});

describe("the end of a transaction layer", () => {
  it("whenIdle resolves at once when nothing waits for a final response", async () => {
    await new LayerScript().layer.whenIdle();

    const answered = [new ServerScript("INVITE"), new ServerScript("MESSAGE")];

    for (const script of answered) {
      script.send(200);
      await script.layer.whenIdle();
    }

    for (const script of [new ClientScript("INVITE"), new ClientScript("MESSAGE")]) {
      script.respond(200);
      await script.layer.whenIdle();
    }
  });

  it("whenIdle does not take a second 2xx for another transaction's answer", async () => {
    const script = new ServerScript("INVITE");
    let isIdle = false;

    script.receive("INVITE", branch(1));
    script.send(200);
    script.send(200);
    script.layer.whenIdle().then(() => {
      isIdle = true;
    });
    await Promise.resolve();
    assert.equal(isIdle, false);
  });

  it("whenIdle waits for server and client transactions to get their final responses", async () => {
    const script = new ClientScript("INVITE");
    let isIdle = false;

    script.receive("INVITE");
    script.receive("REGISTER");

    const idle = script.layer.whenIdle().then(() => {
      isIdle = true;
    });

    script.respond(486);
    await Promise.resolve();
    assert.equal(isIdle, false);
    script.transactions[0]?.userCodeDone();
    await Promise.resolve();
    assert.equal(isIdle, false);
    script.advance(32_000);
    await idle;
    assert.ok(script.layer.activeTransactionCount <= 1);
  });

  it("whenIdle counts each transaction once", async () => {
    const script = new ClientScript("MESSAGE", { transport: "tcp" });
    let isIdle = false;

    script.receive("REGISTER");
    script.receive("REGISTER", branch(1));
    script.respond(200);
    script.transactions[0]?.sendResponse(parseResponse(200, "REGISTER"));
    script.transactions[0]?.userCodeDone();
    script.layer.whenIdle().then(() => {
      isIdle = true;
    });
    await Promise.resolve();
    assert.equal(isIdle, false);
    script.transactions[1]?.userCodeDone();
    await Promise.resolve();
    assert.ok(isIdle);
  });

  it("close forgets everything without telling anybody, and leaves no timer", async () => {
    const server = new ServerScript("INVITE");
    const client = new ClientScript("INVITE");

    for (const script of [server, client]) {
      script.layer.close();
      assert.deepEqual(script.takeTold(), []);
      assert.equal(script.layer.activeTransactionCount, 0);
      assert.equal(script.clock.pendingCount, 0);
      await script.layer.whenIdle();
    }

    server.receive("INVITE", branch(1));
    assert.deepEqual(server.receivedByUser, ["INVITE"]);
    client.layer.receiveResponse(parseResponse(200, "INVITE"), client.flow);
    assert.deepEqual(client.takeTold(), []);
  });

  it("a request sent after close fails, later than the call", async () => {
    const script = new LayerScript();
    const told: string[] = [];

    script.layer.close();

    const ended = new Promise<void>((resolve) => {
      script.layer.sendRequest(parseRequest("INVITE"), script.flow, {
        receiveResponse: () => told.push("response"),
        transactionTimedOut: () => told.push("timed out"),
        transportFailed: (error) => told.push(error.failure),
        transactionTerminated: resolve,
      });
    });

    assert.deepEqual(told, []);
    await ended;
    assert.deepEqual(told, ["closed"]);
    assert.deepEqual(script.flow.sent, []);
    assert.equal(script.clock.pendingCount, 0);
  });
});
