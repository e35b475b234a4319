/** What finished transactions keep, and that it is enough for all that may still come. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { buildResponse } from "../../../src/message/response-builder.ts";
import type { BaseServerTransaction } from "../../../src/transaction/base-server-transaction.ts";
import type { ServerMessages } from "../../../src/transaction/server-messages.ts";
import {
  ClientScript,
  OWN_VIA,
  parseRequest,
  parseResponse,
  ServerScript,
} from "../../support/transaction-script.ts";

const LARGE_BODY = "x".repeat(30_000);
const LARGE = { body: LARGE_BODY, replace: { "Content-Length": "Content-Length: 30000" } };

/** Bytes of heap that are in use. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");

  const collectGarbage: () => void = runInNewContext("gc");

  collectGarbage();

  return process.memoryUsage().heapUsed;
}

/** Characters of all texts that the lines of a message keep alive. */
function keptCharacters(message: {
  readonly text: string;
  readonly lines: readonly { source: string }[];
}): number {
  const texts = new Set([message.text, ...message.lines.map(({ source }) => source)]);

  return [...texts].reduce((sum, text) => sum + text.length, 0);
}

describe("a finished server transaction", () => {
  for (const method of ["INVITE", "MESSAGE"]) {
    it(`repeats the failure response to ${method} byte for byte, and keeps nothing of the request's body`, () => {
      const script = new ServerScript("OPTIONS");
      const own = {
        ...LARGE,
        replace: { ...LARGE.replace, Via: "Via: SIP/2.0/UDP client.example.org;branch=z9hG4bKown" },
      };

      script.receive(method, own);

      const transaction = script.transactions[1];

      assert.ok(transaction !== undefined);
      transaction.sendResponse(
        buildResponse(transaction.request, {
          statusCode: 486,
          toTag: "own",
          extraHeaders: ["X-Odd: 1"],
          body: "y",
        }),
      );

      const sent = script.flow.sent.at(-1);
      const { messages } = transaction as unknown as BaseServerTransaction & { messages: ServerMessages };
      const { request, lastResponse } = messages;

      assert.match(sent ?? "", /^SIP\/2\.0 486 .*\r\nX-Odd: 1\r\n/s);
      assert.ok(keptCharacters(request) < 1000);
      assert.ok(lastResponse !== undefined && keptCharacters(lastResponse) < 1500);
      assert.equal(request.callId, transaction.request.callId);
      script.takeWire();
      script.receive(method, own);
      assert.equal(script.flow.sent.at(-1), sent);
      assert.equal(script.layer.activeTransactionCount, 2);
    });
  }

  for (const method of ["MESSAGE", "INVITE", "AMETHODTHATNOBODYKNOWS"]) {
    it(`keeps no memory of what it received, after ${method}`, () => {
      const script = new ServerScript("OPTIONS");
      const count = 200;
      const before = usedBytes();

      for (let i = 0; i < count; i++) {
        const Via = `Via: SIP/2.0/UDP client.example.org;branch=z9hG4bKof-its-own-${i}`;

        script.receive(method, { ...LARGE, replace: { ...LARGE.replace, Via } });

        const transaction = script.transactions.pop();

        assert.ok(transaction !== undefined);
        transaction.makeStateful();
        transaction.sendResponse(buildResponse(transaction.request, { statusCode: 486, toTag: "own" }));
        script.takeWire();
        script.flow.sent.length = 0;
        script.flow.errorCallbacks.length = 0;
        script.responseSends.length = 0;
      }

      assert.equal(script.layer.finishedTransactionCount, count);
      assert.ok(usedBytes() - before < (count * LARGE_BODY.length) / 2);
    });
  }

  it("has the same To tag as before", () => {
    const script = new ServerScript("MESSAGE");
    const other = new ServerScript("MESSAGE");
    const { toTag } = other.transaction;

    script.send(200);
    assert.equal(script.transaction.toTag, toTag);
  });
});

describe("a finished client transaction", () => {
  it("still knows its responses from others, and repeats its ACK", () => {
    const script = new ClientScript("INVITE");

    script.respond(486);

    const ack = script.flow.sent.at(-1);

    script.takeWire();
    script.respond(486, { replace: { "Call-ID": "Call-ID: another" } });
    assert.deepEqual(script.takeWire(), []);
    script.respond(486);
    assert.equal(script.flow.sent.at(-1), ack);
    assert.match(ack ?? "", /^ACK /);
  });

  for (const [method, statusCode, isHeld] of [
    ["MESSAGE", 200, false],
    ["INVITE", 486, false],
    // RFC 6026 section 8.4: more 2xx may come.
    ["INVITE", 200, true],
  ] as const) {
    it(`${isHeld ? "holds" : "lets go of"} a user that ignores the end, after ${statusCode} to ${method}`, () => {
      const script = new ClientScript("MESSAGE");
      const told: string[] = [];
      const user = {
        ignoresEnd: true,
        receiveResponse: () => void told.push("response"),
        transactionTimedOut: () => undefined,
        transportFailed: () => undefined,
        transactionTerminated: () => void told.push("terminated"),
      };
      const transaction = script.layer.sendRequest(
        parseRequest(method, { replace: { Via: `Via: ${OWN_VIA}2` } }),
        script.flow,
        user,
      );

      script.layer.receiveResponse(
        parseResponse(statusCode, method, { replace: { Via: `Via: ${OWN_VIA}2` } }),
        script.flow,
      );
      assert.deepEqual(told, ["response"]);
      assert.equal((transaction as unknown as { user: unknown }).user === user, isHeld);
      script.advance(60_000);
      assert.deepEqual(told, isHeld ? ["response", "terminated"] : ["response"]);
    });
  }
});
