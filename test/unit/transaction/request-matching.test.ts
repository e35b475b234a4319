import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { LayerScript } from "../../support/transaction-script.ts";

function via(text: string) {
  return { replace: { Via: `Via: SIP/2.0/UDP ${text}` } };
}

const BASE = "client.example.org:5062;branch=z9hG4bKbase";

/** Lines of an INVITE without the branch of RFC 3261 (RFC 4475 section 3.4.1). */
const OLD = {
  Via: "Via: SIP/2.0/UDP old.example.org",
  From: "From: <sip:alice@example.org>",
};

describe("matching requests to server transactions (RFC 3261 section 17.2.3)", () => {
  it("the same branch, sent-by and method: a retransmission, which does not reach the user", () => {
    const script = new LayerScript();

    script.receive("OPTIONS", via(BASE));
    script.receive("OPTIONS", via(BASE));
    script.receive("OPTIONS", via("CLIENT.example.org:5062;received=192.0.2.1;branch=z9hG4bKbase"));
    assert.deepEqual(script.receivedByUser, ["OPTIONS"]);
    assert.equal(script.layer.activeTransactionCount, 1);
  });

  it("another branch, sent-by host, sent-by port or method: another transaction", () => {
    const script = new LayerScript();

    script.receive("OPTIONS", via(BASE));
    script.receive("OPTIONS", via("client.example.org:5062;branch=z9hG4bKother"));
    script.receive("OPTIONS", via("another.example.org:5062;branch=z9hG4bKbase"));
    script.receive("OPTIONS", via("client.example.org:5063;branch=z9hG4bKbase"));
    script.receive("OPTIONS", via("client.example.org;branch=z9hG4bKbase"));
    script.receive("INFO", via(BASE));
    assert.equal(script.layer.activeTransactionCount, 6);
    assert.equal(script.receivedByUser.length, 6);
  });

  it("a method of the wire that is a name of every object is a method like any other", () => {
    const script = new LayerScript();

    script.receive("__proto__", via(BASE));
    script.receive("constructor", via(BASE));
    assert.deepEqual(script.receivedByUser, ["__proto__", "constructor"]);
  });

  it("responses to a retransmission from another address go where those to the request went", () => {
    const script = new LayerScript();
    const moved = new MemoryFlow({ remoteIp: "198.51.100.7" });

    script.onRequest = (transaction) => transaction.makeStateful();
    script.receive("INVITE");
    script.receive("INVITE", {}, moved);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying", "SIP/2.0 100 Trying"]);
    assert.deepEqual(moved.sent, []);
  });

  it("without the cookie: Request-URI, Call-ID, From tag, CSeq and top Via tell a retransmission", () => {
    const script = new LayerScript();

    script.receive("INVITE", { replace: OLD });
    script.receive("INVITE", { replace: OLD });
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
    script.receive("INVITE", { replace: { ...OLD, CSeq: "CSeq: 2 INVITE" } });
    script.receive("INVITE", { replace: { ...OLD, "Call-ID": "Call-ID: other@client.example.org" } });
    script.receive("INVITE", { replace: { ...OLD, From: "From: <sip:alice@example.org>;tag=2" } });
    script.receive("INVITE", { replace: { ...OLD, Via: "Via: SIP/2.0/UDP old.example.org:5070" } });
    script.receive("INVITE", { replace: OLD, startLine: "INVITE sip:carol@example.com SIP/2.0" });
    assert.equal(script.layer.activeTransactionCount, 6);
  });

  it("without the cookie: the ACK of a failure response is absorbed, the CANCEL finds its INVITE", () => {
    const script = new LayerScript();

    script.onRequest = (transaction) => transaction.makeStateful();
    script.receive("INVITE", { replace: OLD });
    script.receive("CANCEL", { replace: OLD });
    assert.deepEqual(script.takeWire(), ["SIP/2.0 100 Trying", "SIP/2.0 200 Cancelled"]);
    script.receive("ACK", { replace: { ...OLD, To: "To: <sip:bob@example.com>;tag=callee" } });
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("a branch that is nothing but the cookie counts as none (RFC 4475 section 3.2.1)", () => {
    const script = new LayerScript();

    script.receive("OPTIONS", via("192.0.2.1;branch=z9hG4bK"));
    script.receive("OPTIONS", {
      replace: { Via: "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", CSeq: "CSeq: 2 OPTIONS" },
    });
    assert.equal(script.layer.activeTransactionCount, 2);
  });
});
