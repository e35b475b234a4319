import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { ClientScript, OWN_VIA, parseResponse } from "../../support/transaction-script.ts";

describe("matching responses to client transactions (RFC 3261 section 17.1.3)", () => {
  it("a response with another branch or CSeq method matches nothing: dropped, counted, told at debug", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(200, { replace: { Via: "Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKforeign" } });
    script.respond(200, { replace: { CSeq: "CSeq: 1 CANCEL" } });
    assert.deepEqual(script.takeTold(), []);
    assert.equal(script.layer.strayResponseCount, 2);
    assert.equal(script.logTexts("debug").length, 2);
    assert.deepEqual(script.receivedByUser, []);
  });

  it("a response whose sent-by, CSeq number or Call-ID is not the request's is dropped", () => {
    const script = new ClientScript("MESSAGE");

    for (const replace of [
      { Via: "Via: SIP/2.0/UDP 192.0.2.101:5060;branch=z9hG4bKown" },
      { Via: "Via: SIP/2.0/UDP 192.0.2.100:5070;branch=z9hG4bKown" },
      { CSeq: "CSeq: 2 MESSAGE" },
      { "Call-ID": "Call-ID: another@client.example.org" },
    ]) {
      script.respond(200, { replace });
    }

    assert.equal(script.layer.strayResponseCount, 4);
    assert.deepEqual(script.takeTold(), []);
    script.respond(200);
    assert.deepEqual(script.takeTold(), ["200"]);
  });

  it("a response over UDP to a request sent over a connection is dropped", () => {
    const script = new ClientScript("MESSAGE", { transport: "tls" });

    script.respond(200, {}, new MemoryFlow());
    assert.equal(script.layer.strayResponseCount, 1);
    script.respond(200, {}, new MemoryFlow({ transport: "tls", remotePort: 5071 }));
    assert.deepEqual(script.takeTold(), ["200", "terminated"]);
  });

  it("a response over a connection to a request sent over UDP is dropped", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(200, {}, new MemoryFlow({ transport: "tcp" }));
    assert.equal(script.layer.strayResponseCount, 1);
  });

  it("18.1.2: over UDP a response may come from another address", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(200, {}, new MemoryFlow({ remoteIp: "198.51.100.7" }));
    assert.deepEqual(script.takeTold(), ["200"]);
  });

  it("a response after the end of its transaction is dropped", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(200);
    script.advance(5_000);
    script.respond(200);
    assert.equal(script.layer.strayResponseCount, 1);
  });

  it("a response after its transaction was abandoned is dropped; its user is not told of the end", () => {
    const script = new ClientScript("INVITE");

    script.transaction.abandon();
    script.transaction.abandon();
    assert.ok(script.transaction.isTerminated);
    script.respond(200);
    script.advance(60_000);
    assert.deepEqual(script.takeTold(), []);
    assert.equal(script.layer.strayResponseCount, 1);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("a user that abandons its transaction while it is told of a response leaves no timer behind", () => {
    for (const statusCode of [180, 200, 486]) {
      const script = new ClientScript("INVITE");
      const second = parseSecond(script);

      script.layer.receiveResponse(
        parseResponse(statusCode, "INVITE", { replace: { Via: `Via: ${OWN_VIA}2` } }),
        script.flow,
      );
      assert.ok(second.isTerminated);
      script.transaction.abandon();
      assert.equal(script.clock.pendingCount, 0);
      assert.equal(script.layer.activeTransactionCount, 0);
    }
  });
});

/** A further INVITE, whose user abandons it at its first response. */
function parseSecond(script: ClientScript) {
  const request = script.request.clone();

  request.replaceHeaderTop("Via", `${OWN_VIA}2`);

  const second = script.layer.sendRequest(request, script.flow, {
    receiveResponse: () => second.abandon(),
    transactionTimedOut: () => assert.fail("timed out"),
    transportFailed: (error) => assert.fail(error),
    transactionTerminated: () => assert.fail("told of an end that it made itself"),
  });

  return second;
}
