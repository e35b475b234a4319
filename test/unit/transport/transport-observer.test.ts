/** Who is told of messages that are sent: one, several, or nobody. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import {
  allObservers,
  observeSent,
  type TransportObserver,
} from "../../../src/transport/transport-observer.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { requestText } from "../../support/request-text.ts";

function recording(events: string[], name: string): TransportObserver {
  return {
    messageReceived: () => events.push(`${name} received`),
    failureReceived: () => events.push(`${name} failure`),
    messageSent: () => events.push(`${name} sent`),
    responseSent: () => events.push(`${name} response`),
  };
}

describe("observers of the transport layer", () => {
  const flow = new MemoryFlow();

  it("are told each, in their order, of everything", () => {
    const events: string[] = [];
    const both = allObservers([recording(events, "a"), recording(events, "b")]);
    const request = new MessageParser().parseDatagram(Buffer.from(requestText("BYE")));

    assert.ok(request instanceof SipRequest);
    both?.messageReceived(request, flow);
    both?.failureReceived(new ParseFailure({ disposition: "drop", message: "", rule: "", offset: 0 }), flow);
    both?.responseSent(buildResponse(request, { statusCode: 200 }), flow);
    observeSent(both, request.toBytes(), flow);
    assert.deepEqual(
      events,
      ["received", "failure", "response", "sent"].flatMap((event) => [`a ${event}`, `b ${event}`]),
    );
  });

  it("are nobody where there is none, and the one itself where there is one", () => {
    const one = recording([], "a");

    assert.equal(allObservers([]), undefined);
    assert.equal(allObservers([one]), one);
    observeSent(undefined, Buffer.from("BYE"), flow);
  });

  it("are not told of keep-alives (RFC 5626 section 4.4.1)", () => {
    const events: string[] = [];

    for (const keepAlive of ["\r\n", "\r\n\r\n"]) {
      observeSent(recording(events, "a"), Buffer.from(keepAlive), flow);
    }

    assert.deepEqual(events, []);
  });
});
