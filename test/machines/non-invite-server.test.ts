/** RFC 3261 section 17.2.2, figure 8, as amended by RFC 4320: a test for each arrow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import { ServerScript } from "../support/transaction-script.ts";

const RELIABLE = { transport: "tls" } as const;
const lost = new TransportError("the peer is gone", "connection");

/** After the 100 of RFC 4320 section 4.1. */
function proceeding(): ServerScript {
  const script = new ServerScript("MESSAGE");

  script.advance(5_000);
  script.takeWire();

  return script;
}

function completed(): ServerScript {
  const script = new ServerScript("MESSAGE");

  script.send(200, "OK");
  script.takeWire();

  return script;
}

describe("non-INVITE server transaction (RFC 3261 section 17.2.2)", () => {
  it("17.2.2: constructed, it enters Trying, passes the request up and sends nothing", () => {
    const script = new ServerScript("MESSAGE");

    assert.deepEqual(script.receivedByUser, ["MESSAGE"]);
    assert.deepEqual(script.flow.sent, []);
  });

  it("17.2.2 Trying: a retransmission is discarded", () => {
    const script = new ServerScript("MESSAGE");

    script.retransmit();
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.receivedByUser, ["MESSAGE"]);
  });

  it("RFC 4320 section 4.1 Trying: without any response, 100 is sent when the client's Timer E has reached T2", () => {
    const script = new ServerScript("MESSAGE");

    script.advance(4_999);
    assert.deepEqual(script.takeWire(), []);
    script.advance(1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
    script.advance(20_000);
    assert.deepEqual(script.takeWire(), []);
  });

  it("RFC 4320 section 4.1: no other provisional response than 100 is sent", () => {
    const trying = new ServerScript("MESSAGE");
    const later = proceeding();

    assert.equal(trying.send(180), false);
    assert.equal(later.send(183), false);
    assert.deepEqual(trying.takeWire(), []);
    assert.deepEqual(later.takeWire(), []);
  });

  it("RFC 4320 section 4.1: 100 is refused before its time over an unreliable transport only", () => {
    const unreliable = new ServerScript("MESSAGE");
    const reliable = new ServerScript("MESSAGE", RELIABLE);

    assert.equal(unreliable.send(100), false);
    assert.ok(reliable.send(100));
    assert.deepEqual(unreliable.takeWire(), []);
    assert.deepEqual(reliable.takeWire(), ["SIP/2.0 100 Text"]);
    unreliable.advance(5_000);
    assert.ok(unreliable.send(100));
  });

  it("17.2.2 Trying: a final response is sent and moves to Completed", () => {
    const script = new ServerScript("MESSAGE");

    assert.ok(script.send(404, "Not Found"));
    assert.equal(script.clock.pendingCount, 1);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 404 Not Found"]);
    assert.equal(script.transaction.finalStatusCode, 404);
    script.advance(10_000);
    assert.deepEqual(script.takeWire(), []);
  });

  it("17.2.2 Proceeding: a retransmission gets the last provisional response again", () => {
    const script = proceeding();

    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying"]);
  });

  it("17.2.2 Proceeding: a further 100 is sent", () => {
    const script = proceeding();

    assert.ok(script.send(100));
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Text"]);
  });

  it("17.2.2 Proceeding: a final response is sent and moves to Completed", () => {
    const script = proceeding();

    assert.ok(script.send(200, "OK"));
    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
  });

  it("17.2.2 Completed: a retransmission gets the final response again until Timer J (64*T1)", () => {
    const script = completed();

    script.advance(31_999);
    script.retransmit();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 OK"]);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
    assert.deepEqual(script.receivedByUser, ["MESSAGE"]);
  });

  it("17.2.2 Completed: over a reliable transport Timer J is zero and it ends in the same turn", () => {
    const script = new ServerScript("MESSAGE", RELIABLE);

    assert.ok(script.send(200));
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("17.2.2 Completed: further responses of the user are discarded", () => {
    const script = completed();

    assert.equal(script.send(500), false);
    assert.equal(script.send(100), false);
    assert.deepEqual(script.takeWire(), []);
    assert.equal(script.transaction.finalStatusCode, 200);
  });

  it("RFC 4320 section 4.2: a 408 is never sent; retransmissions stay unanswered", () => {
    for (const script of [new ServerScript("MESSAGE"), proceeding()]) {
      assert.ok(script.send(408));
      assert.equal(script.clock.pendingCount, 1);
      script.retransmit();
      assert.deepEqual(script.takeWire(), []);
      assert.equal(script.transaction.finalStatusCode, 408);
      assert.equal(script.send(200), false);
      script.advance(32_000);
      assert.deepEqual(script.takeTold(), ["terminated"]);
      assert.deepEqual(script.logTexts("warn"), []);
    }
  });

  it("RFC 4320 section 4.2: without a final response it ends silently after 64*T1; a late answer is dropped", () => {
    const script = proceeding();

    script.advance(26_999);
    assert.deepEqual(script.takeTold(), []);
    script.advance(1);
    assert.deepEqual(script.takeTold(), ["terminated"]);
    assert.equal(script.send(200), false);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.logTexts("warn"), ["a request was left without an answer"]);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("RFC 6026 section 7.1: a transport error is told and changes no state", () => {
    for (const script of [proceeding(), completed()]) {
      script.failLastSend(lost);
      assert.deepEqual(script.logTexts("notice"), ["a response could not be sent"]);
      assert.deepEqual(script.takeTold(), []);
      script.retransmit();
      assert.equal(script.takeWire().length, 1);
    }
  });
});
