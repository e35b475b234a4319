/** ACK as it comes (RFC 3261 section 17.2.1) and as it is sent (section 17.1.1.3). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { ClientScript, LayerScript, OWN_VIA, ServerScript } from "../../support/transaction-script.ts";

/** Answers statelessly, as the user's code would; returns the To line of the answer. */
function refuse(script: LayerScript): string {
  script.onRequest = (transaction) => {
    transaction.sendResponse(
      buildResponse(transaction.request, { statusCode: 403, toTag: transaction.toTag }),
    );
    transaction.userCodeDone();
  };
  script.receive("INVITE");

  return /^To: .*$/m.exec(script.flow.sent.at(-1) ?? "")?.[0].trimEnd() ?? "";
}

describe("ACK received", () => {
  it("of a failure response without state is recognised by its To tag and absorbed", () => {
    const script = new LayerScript();
    const To = refuse(script);

    assert.match(To, /;tag=o1-/);
    script.receive("ACK", { replace: { To } });
    script.receive("ACK", { replace: { To } });
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
    assert.equal(script.flow.sent.length, 1);
    assert.equal(script.layer.activeTransactionCount, 0);
  });

  it("of a failure response that the server sent while the user's code runs on is absorbed", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    script.receive("ACK");
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("whose To tag was made up, or belongs to another request, is passed up", () => {
    const script = new LayerScript();
    const To = refuse(script);
    const strays = [
      { To: "To: <sip:bob@example.com>;tag=o1-AAAAAAAAAAAAAAAA" },
      { To: "To: <sip:bob@example.com>;tag=o1-" },
      { To: "To: <sip:bob@example.com>" },
      { To, CSeq: "CSeq: 2 ACK" },
      { To, "Call-ID": "Call-ID: other@client.example.org" },
      { To, From: "From: <sip:alice@example.org>;tag=from2" },
      { To, Via: "Via: SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKother" },
    ];

    for (const replace of strays) {
      script.receive("ACK", { replace });
    }

    assert.deepEqual(script.receivedByUser, ["INVITE", ...strays.map(() => "ACK")]);
  });

  it("of a 2xx, which has a branch of its own, is passed up", () => {
    const script = new ServerScript("INVITE");

    script.send(200);
    script.receive("ACK", {
      replace: {
        Via: "Via: SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKack",
        To: "To: <sip:bob@example.com>;tag=callee",
      },
    });
    assert.deepEqual(script.receivedByUser, ["INVITE", "ACK"]);
  });

  it("is never answered and begins no transaction", () => {
    const script = new LayerScript({}, { maxTransactions: 0 });

    script.receive("ACK");
    assert.deepEqual(script.receivedByUser, ["ACK"]);
    assert.deepEqual(script.flow.sent, []);
    assert.equal(script.layer.activeTransactionCount, 0);
  });
});

describe("ACK sent (RFC 3261 section 17.1.1.3)", () => {
  it("is made of the request as it was sent, with the To of the response", () => {
    const script = new ClientScript("INVITE", { transport: "tcp" }, undefined, {
      startLine: "INVITE sip:bob@192.0.2.4;transport=tcp SIP/2.0",
      replace: {
        Via: [`Via: ${OWN_VIA}`, "Via: SIP/2.0/UDP client.example.org;branch=z9hG4bKbelow"],
        CSeq: "CSeq: 4711 INVITE",
        "Max-Forwards": [],
      },
      extra: ["Route: <sip:first.example.com;lr>", "Contact: <sip:alice@client.example.org>"],
    });

    script.respond(486, {
      replace: { CSeq: "CSeq: 4711 INVITE", To: "t: Bob <sip:bob@example.com>;tag=busy" },
    });
    assert.equal(
      script.flow.sent.at(-1),
      [
        "ACK sip:bob@192.0.2.4;transport=tcp SIP/2.0",
        `Via: ${OWN_VIA}`,
        "Max-Forwards: 70",
        "From: <sip:alice@example.org>;tag=from1",
        "t: Bob <sip:bob@example.com>;tag=busy",
        "Call-ID: base@client.example.org",
        "CSeq: 4711 ACK",
        "Route: <sip:first.example.com;lr>",
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("is not sent for a 2xx", () => {
    const script = new ClientScript("INVITE");

    script.respond(200);
    assert.equal(script.flow.sent.length, 1);
  });
});
