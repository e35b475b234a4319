/** CANCEL as it comes (RFC 3261 section 9.2) and as it is sent (section 9.1). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buildResponse } from "../../../src/message/response-builder.ts";
import {
  ClientScript,
  LayerScript,
  OWN_VIA,
  parseRequest,
  parseResponse,
  ServerScript,
} from "../../support/transaction-script.ts";

describe("CANCEL received (RFC 3261 section 9.2)", () => {
  it("is answered 200 with the To tag of the INVITE's responses, and told once", () => {
    const script = new ServerScript("INVITE");

    script.receive("CANCEL");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 Cancelled"]);
    assert.deepEqual(script.takeTold(), ["canceled"]);
    assert.ok(script.transaction.isCanceled);
    assert.ok(script.flow.sent.at(-1)?.includes(`;tag=${script.transaction.toTag}\r\n`));
    assert.match(script.flow.sent.at(-1) ?? "", /\r\nCSeq: 1 CANCEL\r\n/);
    assert.deepEqual(script.receivedByUser, ["INVITE"]);
  });

  it("repeated, is answered the same again and told no more", () => {
    const script = new ServerScript("INVITE");

    script.receive("CANCEL");
    script.receive("CANCEL");
    assert.equal(script.flow.sent.at(-1), script.flow.sent.at(-2));
    assert.deepEqual(script.takeTold(), ["canceled"]);
    assert.equal(script.layer.activeTransactionCount, 1);
  });

  it("after a final response is answered 200 and has no effect", () => {
    for (const statusCode of [200, 486]) {
      const script = new ServerScript("INVITE");

      script.send(statusCode);
      script.takeWire();
      script.receive("CANCEL");
      assert.deepEqual(script.takeWire(), ["SIP/2.0 200 Cancelled"]);
      assert.deepEqual(script.takeTold(), []);
      assert.equal(script.transaction.isCanceled, false);
    }
  });

  it("while the user's code runs without state marks the transaction", () => {
    const script = new LayerScript();

    script.receive("INVITE");
    script.receive("CANCEL");
    assert.ok(script.transactions[0]?.isCanceled);
    assert.equal(script.transactions[0]?.isStateful, false);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 Cancelled"]);
  });

  it("while the user's code runs without state has the 487 repeated until its ACK comes", () => {
    const script = new LayerScript();

    script.onRequest = (transaction) => {
      transaction.user = {
        transactionCanceled: () => {
          transaction.sendResponse(buildResponse(transaction.request, { statusCode: 487, toTag: "callee" }));
        },
        transactionTerminated: () => {},
      };
    };
    script.receive("INVITE");
    script.receive("CANCEL");
    script.transactions[0]?.userCodeDone();
    assert.deepEqual(script.takeWire(), ["SIP/2.0 200 Cancelled", "SIP/2.0 487 Request Terminated"]);
    script.advance(500);
    assert.deepEqual(script.takeWire(), ["SIP/2.0 487 Request Terminated"]);
    script.receive("ACK", { replace: { To: "To: <sip:bob@example.com>;tag=callee" } });
    script.advance(5_000);
    assert.deepEqual(script.takeWire(), []);
    assert.equal(script.layer.activeTransactionCount, 0);
    assert.equal(script.clock.pendingCount, 0);
  });

  it("that matches nothing is answered 481, without state", () => {
    const script = new ServerScript("INVITE");

    script.receive("CANCEL", {
      replace: { Via: "Via: SIP/2.0/UDP client.example.org:5062;branch=z9hG4bKother" },
    });
    script.receive("CANCEL", {
      replace: { Via: "Via: SIP/2.0/UDP other.example.org:5062;branch=z9hG4bKbase" },
    });
    assert.deepEqual(script.takeWire(), [
      "SIP/2.0 481 Call/Transaction Does Not Exist",
      "SIP/2.0 481 Call/Transaction Does Not Exist",
    ]);
    assert.deepEqual(script.takeTold(), []);
    assert.equal(script.layer.activeTransactionCount, 1);
  });

  it("for another method than INVITE has no effect", () => {
    const script = new ServerScript("OPTIONS");

    script.receive("CANCEL");
    assert.deepEqual(script.takeWire(), ["SIP/2.0 481 Call/Transaction Does Not Exist"]);
    assert.equal(script.transaction.isCanceled, false);
  });
});

describe("CANCEL sent (RFC 3261 section 9.1)", () => {
  it("is made of the request as it was sent: one Via, Route, no Require, numeric CSeq", () => {
    const script = new ClientScript("INVITE", { transport: "tcp" }, undefined, {
      startLine: "INVITE sip:bob@192.0.2.4;transport=tcp SIP/2.0",
      replace: {
        Via: [`Via: ${OWN_VIA}, SIP/2.0/UDP client.example.org;branch=z9hG4bKbelow`],
        From: 'From: "A. L." <sip:rewritten@example.org>;tag=from1;x=y',
        CSeq: "CSeq: 4711 INVITE",
        "Max-Forwards": "Max-Forwards: 20",
      },
      extra: [
        "Route: <sip:first.example.com;lr>, <sip:second.example.com;lr>",
        "Require: 100rel",
        "Proxy-Require: sec-agree",
        "Contact: <sip:alice@client.example.org>",
        "Route: <sip:third.example.com;lr>",
      ],
    });

    script.respond(180, { replace: { CSeq: "CSeq: 4711 INVITE" } });
    script.transaction.cancel(['Reason: SIP ;cause=200;text="Call completed elsewhere"']);
    assert.equal(
      script.flow.sent.at(-1),
      [
        "CANCEL sip:bob@192.0.2.4;transport=tcp SIP/2.0",
        `Via: ${OWN_VIA}`,
        "Max-Forwards: 70",
        'From: "A. L." <sip:rewritten@example.org>;tag=from1;x=y',
        "To: <sip:bob@example.com>",
        "Call-ID: base@client.example.org",
        "CSeq: 4711 CANCEL",
        "Route: <sip:first.example.com;lr>, <sip:second.example.com;lr>",
        "Route: <sip:third.example.com;lr>",
        'Reason: SIP ;cause=200;text="Call completed elsewhere"',
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n"),
    );
  });

  it("has a transaction of its own: repeated over UDP until it is answered", () => {
    const script = new ClientScript("INVITE");

    script.respond(180);
    script.takeWire();
    script.transaction.cancel();
    script.advance(500);
    assert.equal(script.takeWire().length, 2);
    script.respond(200, { replace: { CSeq: "CSeq: 1 CANCEL" } });
    script.advance(10_000);
    assert.deepEqual(script.takeWire(), []);
    assert.deepEqual(script.takeTold(), ["180"]);
    assert.equal(script.layer.strayResponseCount, 0);
  });

  it("that is refused leaves the INVITE to wait for its own answer", () => {
    const script = new ClientScript("INVITE");

    script.respond(180);
    script.transaction.cancel();
    script.respond(481, { replace: { CSeq: "CSeq: 1 CANCEL" } });
    script.respond(200);
    assert.deepEqual(script.takeTold(), ["180", "200"]);
  });

  it("is sent without a header that cannot be written", () => {
    const script = new ClientScript("INVITE", { transport: "tcp" });

    script.respond(180);
    script.transaction.cancel(["Reason: SIP\r\nInjected: yes", "X-Good: yes"]);

    const cancel = script.flow.sent.at(-1) ?? "";

    assert.match(cancel, /^CANCEL /);
    assert.match(cancel, /\r\nX-Good: yes\r\n/);
    assert.doesNotMatch(cancel, /Reason|Injected/);
    assert.equal(script.logTexts("error").length, 1);
  });

  it("repeats what was edited in the request before it was sent", () => {
    const script = new LayerScript({ transport: "tcp" });
    const request = parseRequest("INVITE", { replace: { Via: `Via: ${OWN_VIA}` } });

    request.ruri = "sip:bob@192.0.2.4";
    request.from = "sip:anonymous@anonymous.invalid";
    request.to.displayName = "Bob";

    const transaction = script.layer.sendRequest(request, script.flow, {
      receiveResponse: () => transaction.cancel(),
      transactionTimedOut: () => {},
      transportFailed: () => {},
      transactionTerminated: () => {},
    });

    script.layer.receiveResponse(parseResponse(180, "INVITE"), script.flow);

    const [invite = "", cancel = ""] = script.flow.sent;

    for (const pattern of [/^From: .*$/m, /^To: .*$/m, /^\w+ (.*) SIP\/2\.0$/m]) {
      assert.equal(cancel.match(pattern)?.at(-1), invite.match(pattern)?.at(-1));
    }

    assert.match(cancel, /^CANCEL sip:bob@192\.0\.2\.4 SIP\/2\.0\r\n/);
    assert.match(cancel, /\r\nFrom: <sip:anonymous@anonymous\.invalid>;tag=from1\r\n/);
  });
});
