/** RFC 3261 section 17.2.1, figure 7, as amended by RFC 6026 section 7.1: a test for each arrow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import { ServerScript } from "../support/transaction-script.ts";

const RELIABLE = { transport: "tcp" } as const;
const lost = new TransportError("the peer is gone", "connection");

function completed(flowOptions = {}): ServerScript {
  const script = new ServerScript("INVITE", flowOptions);

  script.send(486, "Busy Here");
  script.takeWire();

  return script;
}

function accepted(): ServerScript {
  const script = new ServerScript("INVITE");

  script.send(200, "OK");
  script.takeWire();

  return script;
}

describe("INVITE server transaction (RFC 3261 section 17.2.1)", () => {
  it("17.2.1: constructed, it enters Proceeding and sends 100", () => {
    const script = new ServerScript("INVITE");

    assert.deepEqual(script.flow.startLines, ["SIP/2.0 100 Trying"]);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
    assert.equal(script.clock.pendingCount, 1);
  });

  it("17.2.1 Proceeding: a retransmitted INVITE gets the last provisional response again", () => {
    const script = new ServerScript("INVITE");

    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
    script.send(180, "Ringing");
    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 180 Ringing", "SIP/2.0 180 Ringing"]);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("17.2.1 Proceeding: each provisional response of the user is sent", () => {
    const script = new ServerScript("INVITE");

    assert.ok(script.send(180, "Ringing"));
    assert.ok(script.send(183, "Session Progress"));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 180 Ringing", "SIP/2.0 183 Session Progress"]);
  });

  it("17.2.1 Proceeding: an ACK is ignored", () => {
    const script = new ServerScript("INVITE");

    script.ack();
    assert.ok(script.send(180));
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("RFC 6026 section 7.1 Proceeding: a 2xx is sent and moves to Accepted for 64*T1 (Timer L)", () => {
    const script = new ServerScript("INVITE");

    assert.ok(script.send(200, "OK"));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK"]);
    script.advance(31_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.deepEqual(script.takeWire(), []);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.2.1 Proceeding: a 300-699 is sent and moves to Completed, where Timer G repeats it from T1 up to T2", () => {
    const script = new ServerScript("INVITE");

    assert.ok(script.send(486, "Busy Here"));

    const sentAt = [0];

    script.takeWire();

    for (let time = 100; time <= 16_000; time += 100) {
      script.advance(100);

      for (const line of script.takeWire()) {
        assert.equal(line, "SIP/2.0 486 Busy Here");
        sentAt.push(time);
      }
    }

    assert.deepEqual(sentAt, [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500]);
  });

  it("17.2.1: over a reliable transport Timer G does not run", () => {
    const script = completed(RELIABLE);

    script.advance(31_999);
    assert.deepEqual(script.takeWire(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
  });

  it("17.2.1 Completed: a retransmitted INVITE gets the final response again", () => {
    const script = completed();

    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 486 Busy Here"]);
  });

  it("17.2.1 Completed: ACK moves to Confirmed and stops G and H; I ends it after T4", () => {
    const script = completed();

    script.ack();
    assert.equal(script.clock.pendingCount, 1);
    script.advance(4_999);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.clock.pendingCount, 0);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("17.2.1 Completed: over a reliable transport Timer I is zero and ACK ends it in the same turn", () => {
    const script = completed(RELIABLE);

    script.ack();
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.2.1 Completed: no ACK within 64*T1 (Timer H) ends it", () => {
    const script = completed();

    script.advance(31_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.clock.pendingCount, 0);
    assert.deepEqual(script.logTexts("notice"), ["no ACK came for a final response"]);
  });

  it("17.2.1 Completed: further responses of the user are refused", () => {
    const script = completed();

    assert.equal(script.send(180), false);
    assert.equal(script.send(200), false);
    assert.equal(script.send(603), false);
    assert.deepEqual(script.takeWire(), []);
    assert.equal(script.transaction.finalStatusCode, 486);
  });

  it("17.2.1 Confirmed: retransmitted INVITEs and ACKs are absorbed", () => {
    const script = completed();

    script.ack();
    script.ack();
    script.retransmit();
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
    assert.equal(script.send(200), false);
  });

  it("RFC 6026 section 7.1 Accepted: a retransmitted INVITE is absorbed without a response", () => {
    const script = accepted();

    script.retransmit();
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("RFC 6026 section 7.1 Accepted: further 2xx of the user are sent", () => {
    const script = accepted();

    assert.ok(script.send(200, "OK"));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK"]);
  });

  it("RFC 6026 section 7.1 Accepted: responses that are no 2xx are refused", () => {
    const script = accepted();

    assert.equal(script.send(180), false);
    assert.equal(script.send(486), false);
    assert.deepEqual(script.takeWire(), []);
  });

  it("RFC 6026 section 7.1 Accepted: an ACK is passed to the user", () => {
    const script = accepted();

    script.ack();
    assert.deepEqual(script.receivedByUser, ["INVITE", "ACK"]);
  });

  for (const [name, script] of [
    ["Proceeding", new ServerScript("INVITE")],
    ["Completed", completed()],
    ["Accepted", accepted()],
  ] as const) {
    it(`RFC 6026 section 7.1 ${name}: a transport error is told and changes no state`, () => {
      script.failLastSend(lost);
      assert.deepEqual(script.logTexts("notice"), ["a response could not be sent"]);
      assert.deepEqual(script.takeTold(), []);
      assert.equal(script.layer.activeTransactionCount, 1);
    });
  }

  it("17.2.1 Terminated: nothing is sent any more", () => {
    const script = completed(RELIABLE);

    script.ack();
    assert.equal(script.send(200), false);
    assert.equal(script.transaction.makeStateful(), false);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.takeTold(), ["terminated"]);
  });
});
