/** RFC 3261 section 17.1.2, figure 6: a test for each arrow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import { ClientScript } from "../support/transaction-script.ts";

const RELIABLE = { transport: "wss" } as const;
const MESSAGE = "MESSAGE sip:bob@example.com SIP/2.0";
const lost = new TransportError("the peer is gone", "connection");

/** When the request was sent within the next 32 s, in milliseconds from now. */
function sendTimes(script: ClientScript): number[] {
  const times: number[] = [];

  script.takeWire();

  for (let time = 100; time <= 32_000; time += 100) {
    script.advance(100);
    times.push(...script.takeWire().map(() => time));
  }

  return times;
}

describe("non-INVITE client transaction (RFC 3261 section 17.1.2)", () => {
  it("17.1.2.2 Trying: the request is sent, and repeated by Timer E at T1, doubled up to T2", () => {
    const script = new ClientScript("MESSAGE");

    assert.deepEqual(script.takeWire(), [MESSAGE]);
    assert.deepEqual(
      sendTimes(script),
      [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    );
  });

  it("17.1.2.2 Trying: over a reliable transport the request is sent once", () => {
    assert.deepEqual(sendTimes(new ClientScript("MESSAGE", RELIABLE)), []);
  });

  it("17.1.2.2 Trying: no final response within 64*T1 (Timer F) is told to the user, and ends it", () => {
    const script = new ClientScript("MESSAGE");

    script.advance(31_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["timed out", "terminated"]);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.1.2.2 Trying: a provisional response is passed up; the request is repeated on, every T2", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(100);
    assert.deepEqual(script.takeTold(), ["100"]);
    assert.deepEqual(sendTimes(script), [500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500]);
    assert.deepEqual(script.takeTold(), ["timed out", "terminated"]);
  });

  it("17.1.2.2 Proceeding: further provisional responses are passed up", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(100);
    script.respond(183);
    assert.deepEqual(script.takeTold(), ["100", "183"]);
  });

  it("17.1.2.2 Proceeding: Timer F runs on", () => {
    const script = new ClientScript("MESSAGE", RELIABLE, { timeoutMs: 6_000 });

    script.advance(5_000);
    script.respond(100);
    script.advance(1_000);
    assert.deepEqual(script.takeTold(), ["100", "timed out", "terminated"]);
  });

  it("17.1.2.2 Trying and Proceeding: a final response is passed up and moves to Completed for T4 (Timer K)", () => {
    for (const provisional of [undefined, 100]) {
      const script = new ClientScript("MESSAGE");

      if (provisional !== undefined) {
        script.respond(provisional);
      }

      script.takeTold();
      script.takeWire();
      script.respond(200);
      assert.deepEqual(script.takeTold(), ["200"]);
      assert.equal(script.clock.pendingCount, 1);
      script.advance(4_999);
      assert.deepEqual(script.takeTold(), []);
      script.advance(1);
      assert.deepEqual(script.takeTold(), ["terminated"]);
      assert.deepEqual(script.takeWire(), []);
      assert.equal(script.clock.pendingCount, 0);
    }
  });

  it("17.1.2.2 Completed: over a reliable transport Timer K is zero and it ends in the same turn", () => {
    const script = new ClientScript("MESSAGE", RELIABLE);

    script.respond(404);
    assert.deepEqual(script.takeTold(), ["404", "terminated"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.1.2.2 Completed: further responses are absorbed", () => {
    const script = new ClientScript("MESSAGE");

    script.respond(200);
    script.respond(200);
    script.respond(100);
    assert.deepEqual(script.takeTold(), ["200"]);
    assert.equal(script.layer.strayResponseCount, 0);
  });

  it("17.1.2.2 Trying and Proceeding: a transport error is told to the user, and ends it", () => {
    for (const provisional of [false, true]) {
      const script = new ClientScript("MESSAGE");

      if (provisional) {
        script.respond(100);
        script.takeTold();
      }

      script.flow.failLastSend(lost);
      assert.deepEqual(script.takeTold(), ["failed: connection", "terminated"]);
      assert.equal(script.clock.pendingCount, 0);
    }
  });

  it("9.1: only an INVITE can be canceled", () => {
    const script = new ClientScript("MESSAGE", RELIABLE);

    script.respond(100);
    script.transaction.cancel();
    assert.deepEqual(script.takeWire(), [MESSAGE]);
  });
});
