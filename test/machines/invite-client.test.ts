/** RFC 3261 section 17.1.1, figure 5, as amended by RFC 6026 section 7.2, and section 9.1: a test for each arrow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import { ClientScript } from "../support/transaction-script.ts";

const RELIABLE = { transport: "tcp" } as const;
const INVITE = "INVITE sip:bob@example.com SIP/2.0";
const ACK = "ACK sip:bob@example.com SIP/2.0";
const CANCEL = "CANCEL sip:bob@example.com SIP/2.0";
const lost = new TransportError("the peer is gone", "connection");

/** In the state that this response leads to. */
function answered(statusCode: number, flowOptions = {}): ClientScript {
  const script = new ClientScript("INVITE", flowOptions);

  script.respond(statusCode);
  script.takeWire();
  script.takeTold();

  return script;
}

describe("INVITE client transaction (RFC 3261 section 17.1.1)", () => {
  it("17.1.1.2 Calling: the request is sent, and repeated by Timer A at T1, then doubled each time", () => {
    const script = new ClientScript("INVITE");
    const sentAt: number[] = [];

    assert.deepEqual(script.takeWire(), [INVITE]);

    for (let time = 100; time < 32_000; time += 100) {
      script.advance(100);
      sentAt.push(...script.takeWire().map(() => time));
    }

    assert.deepEqual(sentAt, [500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert.equal(new Set(script.flow.sent).size, 1);
  });

  it("17.1.1.2 Calling: over a reliable transport the request is sent once", () => {
    const script = new ClientScript("INVITE", RELIABLE);

    script.advance(31_999);
    assert.deepEqual(script.takeWire(), [INVITE]);
  });

  it("17.1.1.2 Calling: no response within 64*T1 (Timer B) is told to the user, and ends it", () => {
    const script = new ClientScript("INVITE");

    script.advance(31_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["timed out", "terminated"]);
    assert.ok(script.transaction.isTerminated);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.1.1.2 Calling: Timer B is as long as its user wants", () => {
    const script = new ClientScript("INVITE", {}, { timeoutMs: 6_000 });

    script.advance(5_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["timed out", "terminated"]);
  });

  it("17.1.1.2 Calling: a transport error is told to the user, and ends it", () => {
    const script = new ClientScript("INVITE");

    script.flow.failLastSend(lost);
    assert.deepEqual(script.takeTold(), ["failed: connection", "terminated"]);
    assert.equal(script.clock.pendingCount, 0);
    script.respond(200);
    assert.deepEqual(script.takeTold(), []);
  });

  it("17.1.1.2 Calling: a provisional response is passed up and moves to Proceeding, without Timers A and B", () => {
    const script = new ClientScript("INVITE");

    script.respond(100);
    assert.deepEqual(script.takeTold(), ["100"]);
    assert.equal(script.transaction.lastStatusCode, 100);
    assert.deepEqual(script.takeWire(), [INVITE]);
    assert.equal(script.clock.pendingCount, 0);
    script.advance(3_600_000);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.takeTold(), []);
  });

  it("17.1.1.2 Proceeding: further provisional responses are passed up", () => {
    const script = answered(100);

    script.respond(180);
    script.respond(183);
    assert.deepEqual(script.takeTold(), ["180", "183"]);
  });

  for (const [name, script] of [
    ["Calling", new ClientScript("INVITE")],
    ["Proceeding", answered(180)],
  ] as const) {
    it(`RFC 6026 section 7.2 ${name}: a 2xx is passed up and moves to Accepted for 64*T1 (Timer M)`, () => {
      script.takeWire();
      script.respond(200);
      assert.deepEqual(script.takeTold(), ["200"]);
      assert.deepEqual(script.takeWire(), []);
      script.advance(31_999);
      assert.deepEqual(script.takeTold(), []);
      script.advance(1);
      assert.deepEqual(script.takeTold(), ["terminated"]);
      assert.equal(script.clock.pendingCount, 0);
    });
  }

  for (const [name, script] of [
    ["Calling", new ClientScript("INVITE")],
    ["Proceeding", answered(180)],
  ] as const) {
    it(`17.1.1.2 ${name}: a 300-699 is acknowledged and passed up, and moves to Completed for 32 s (Timer D)`, () => {
      script.takeWire();
      script.respond(486);
      assert.deepEqual(script.takeTold(), ["486"]);
      assert.deepEqual(script.takeWire(), [ACK]);
      script.advance(31_999);
      assert.deepEqual(script.takeTold(), []);
      script.advance(1);
      assert.deepEqual(script.takeTold(), ["terminated"]);
      assert.deepEqual(script.takeWire(), []);
      assert.equal(script.clock.pendingCount, 0);
    });
  }

  it("17.1.1.2 Completed: over a reliable transport Timer D is zero and it ends in the same turn", () => {
    const script = new ClientScript("INVITE", RELIABLE);

    script.respond(486);
    assert.deepEqual(script.takeTold(), ["486", "terminated"]);
    assert.deepEqual(script.takeWire(), [INVITE, ACK]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.1.1.2 Completed: a repeated final response gets the ACK again and is not passed up", () => {
    const script = answered(486);

    script.respond(486);
    assert.deepEqual(script.takeWire(), [ACK]);
    assert.deepEqual(script.takeTold(), []);
  });

  it("17.1.1.2 Completed: provisional responses and 2xx are absorbed", () => {
    const script = answered(486);

    script.respond(180);
    script.respond(200);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.takeTold(), []);
  });

  it("17.1.1.2 Completed: an ACK that cannot be sent ends it; the user has its response already", () => {
    const script = answered(486);

    script.flow.failLastSend(lost);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("RFC 6026 section 7.2 Accepted: every further 2xx is passed up, anything else is not", () => {
    const script = answered(200);

    script.respond(200);
    script.respond(202, { replace: { To: "To: <sip:bob@example.com>;tag=another-branch" } });
    script.respond(180);
    script.respond(486);
    assert.deepEqual(script.takeTold(), ["200", "202"]);
    assert.deepEqual(script.takeWire(), []);
  });

  it("RFC 6026 section 7.2 Accepted: it outlives the loss of the connection", () => {
    const script = answered(200, RELIABLE);

    script.layer.flowClosed(script.flow);
    script.respond(200);
    assert.deepEqual(script.takeTold(), ["200"]);
  });

  it("9.1 Calling: a CANCEL waits for a provisional response", () => {
    const script = new ClientScript("INVITE", RELIABLE);

    script.takeWire();
    script.transaction.cancel();
    script.advance(10_000);
    assert.deepEqual(script.takeWire(), []);
    script.respond(180);
    assert.deepEqual(script.takeWire(), [CANCEL]);
    assert.deepEqual(script.takeTold(), ["180"]);
  });

  it("9.1 Calling: a held CANCEL is not sent after a final response", () => {
    const script = new ClientScript("INVITE", RELIABLE);

    script.transaction.cancel();
    script.respond(200);
    script.advance(1_000);
    assert.deepEqual(script.takeWire(), [INVITE]);
  });

  it("9.1 Proceeding: a CANCEL is sent at once, and once", () => {
    const script = answered(180, RELIABLE);

    script.transaction.cancel();
    script.transaction.cancel();
    script.respond(183);
    assert.deepEqual(script.takeWire(), [CANCEL]);
  });

  it("9.1 Proceeding: without a final response 64*T1 after the CANCEL it times out", () => {
    const script = answered(180);

    script.advance(60_000);
    script.transaction.cancel();
    script.advance(31_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["timed out", "terminated"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("9.1 Proceeding: the 487 is acknowledged and passed up however late it comes", () => {
    const script = answered(180, RELIABLE);

    script.transaction.cancel();
    script.advance(31_000);
    script.takeWire();
    script.respond(487);
    assert.deepEqual(script.takeTold(), ["487", "terminated"]);
    assert.deepEqual(script.takeWire(), [ACK]);
    script.advance(60_000);
    assert.deepEqual(script.takeTold(), []);
  });

  it("9.1: CANCEL has no effect after a final response", () => {
    for (const statusCode of [200, 486]) {
      const script = answered(statusCode);

      script.transaction.cancel();
      script.advance(1_000);
      assert.deepEqual(script.takeWire(), []);
    }
  });
});
