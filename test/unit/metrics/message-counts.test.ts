/** Messages counted by direction, transport, method and class, however many methods a peer invents. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { buildResponse } from "../../../src/message/response-builder.ts";
import { SipRequest } from "../../../src/message/sip-request.ts";
import { type Labels, MessageCounts, type TellCount } from "../../../src/metrics/message-counts.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";
import { requestText } from "../../support/request-text.ts";

function told(read: (tell: TellCount) => void): { labels: Labels; count: number }[] {
  const counts: { labels: Labels; count: number }[] = [];

  read((labels, count) => counts.push({ labels, count }));

  return counts;
}

function parseRequest(method: string): SipRequest {
  const request = new MessageParser().parseDatagram(Buffer.from(requestText(method)));

  assert.ok(request instanceof SipRequest);

  return request;
}

describe("counts of messages", () => {
  it("tell nothing before the first message", () => {
    const counts = new MessageCounts();

    assert.deepEqual(
      told((tell) => counts.tellRequests(tell)),
      [],
    );
    assert.deepEqual(
      told((tell) => counts.tellResponses(tell)),
      [],
    );
    assert.deepEqual(
      told((tell) => counts.tellFailures(tell)),
      [],
    );
  });

  it("have requests by direction, transport and method", () => {
    const counts = new MessageCounts();

    counts.messageReceived(parseRequest("INVITE"), new MemoryFlow());
    counts.messageReceived(parseRequest("INVITE"), new MemoryFlow());
    counts.messageReceived(parseRequest("PUBLISH"), new MemoryFlow({ transport: "wss" }));
    counts.messageSent(Buffer.from(requestText("BYE")), new MemoryFlow({ transport: "tls" }));
    assert.deepEqual(
      told((tell) => counts.tellRequests(tell)),
      [
        { labels: { direction: "received", transport: "udp", method: "INVITE" }, count: 2 },
        { labels: { direction: "received", transport: "wss", method: "PUBLISH" }, count: 1 },
        { labels: { direction: "sent", transport: "tls", method: "BYE" }, count: 1 },
      ],
    );
  });

  it("have responses by class and by the method of their CSeq, each way", () => {
    const counts = new MessageCounts();
    const flow = new MemoryFlow({ transport: "tcp" });

    for (const statusCode of [100, 180, 200, 302, 404, 503, 603]) {
      counts.responseSent(buildResponse(parseRequest("INVITE"), { statusCode }), flow);
    }

    const received = buildResponse(parseRequest("REGISTER"), { statusCode: 401 });

    counts.messageReceived(received, flow);
    // The bytes of a response that `responseSent` told of already.
    counts.messageSent(received.toBytes(), flow);
    assert.deepEqual(
      told((tell) => counts.tellResponses(tell)).map(({ labels, count }) => [
        ...Object.values(labels),
        count,
      ]),
      [
        ["received", "tcp", "REGISTER", "4xx", 1],
        ["sent", "tcp", "INVITE", "1xx", 2],
        ["sent", "tcp", "INVITE", "2xx", 1],
        ["sent", "tcp", "INVITE", "3xx", 1],
        ["sent", "tcp", "INVITE", "4xx", 1],
        ["sent", "tcp", "INVITE", "5xx", 1],
        ["sent", "tcp", "INVITE", "6xx", 1],
      ],
    );
    assert.deepEqual(
      told((tell) => counts.tellRequests(tell)),
      [],
    );
  });

  it("put every invented method under one label", () => {
    const counts = new MessageCounts();

    for (let index = 0; index < 1_000; index++) {
      counts.messageReceived(parseRequest(`METHOD${index}`), new MemoryFlow());
      counts.messageSent(Buffer.from(`M${index} sip:a SIP/2.0\r\n`), new MemoryFlow());
    }

    assert.deepEqual(
      told((tell) => counts.tellRequests(tell)).map(({ labels, count }) => [...Object.values(labels), count]),
      [
        ["received", "udp", "other", 1_000],
        ["sent", "udp", "other", 1_000],
      ],
    );
  });

  it("have failures by the rule that was broken, and never more than some hundred rules", () => {
    const counts = new MessageCounts();
    const fail = (rule: string): void => {
      counts.failureReceived(
        new ParseFailure({ disposition: "drop", message: "", rule, offset: 0 }),
        new MemoryFlow(),
      );
    };

    fail("CSeq");
    fail("CSeq");
    assert.deepEqual(
      told((tell) => counts.tellFailures(tell)),
      [{ labels: { transport: "udp", rule: "CSeq" }, count: 2 }],
    );

    for (let index = 0; index < 10_000; index++) {
      fail(`rule ${index}`);
    }

    const all = told((tell) => counts.tellFailures(tell));

    assert.ok(all.length <= 201, String(all.length));
    assert.equal(
      all.reduce((sum, { count }) => sum + count, 0),
      10_002,
    );
  });

  it("survive a response whose CSeq user code has spoilt", () => {
    const counts = new MessageCounts();
    const response = buildResponse(parseRequest("BYE"), { statusCode: 200 });

    Object.defineProperty(response, "method", {
      get: () => {
        throw new Error("no CSeq");
      },
    });
    counts.responseSent(response, new MemoryFlow());
    assert.equal(told((tell) => counts.tellResponses(tell))[0]?.labels["method"], "other");
  });
});
