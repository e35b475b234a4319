import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { frame, randomChunks } from "../../support/frame-stream.ts";
import { messageText } from "../../support/message-arbitraries.ts";
import { NaiveMessage } from "../../support/naive-message.ts";
import type { StreamEvent } from "./stream-cases.ts";

const parser = new MessageParser();

function parse(text: string): Exclude<ReturnType<MessageParser["parseDatagram"]>, ParseFailure> {
  const message = parser.parseDatagram(Buffer.from(text, "latin1"));

  if (message instanceof ParseFailure) {
    assert.fail(
      `${message.disposition}: ${message.error.message} (${message.error.header} at ${message.error.offset})`,
    );
  }

  return message;
}

describe("Round trip, as properties", () => {
  it("write(parse(bytes)) is the bytes, and every header reads as the naive model reads it", () => {
    fc.assert(
      fc.property(messageText, (text) => {
        const message = parse(text);
        const naive = NaiveMessage.parse(Buffer.from(text, "latin1"));

        assert.equal(message.toBytes().toString("latin1"), text);
        assert.equal(message.body.toString("latin1"), naive.body);
        for (const name of naive.names()) {
          assert.deepEqual(message.headerAll(name), naive.headerAll(name), name);
          assert.equal(message.header(name), naive.header(name), name);
        }
        assert.equal(message.viaCount, naive.headerAll("Via").length);
        assert.equal(message.vias.length, message.viaCount);
        assert.equal(message.topVia.text, message.vias[0]?.text);
        assert.equal(message.routes.length, naive.headerAll("Route").length);
        assert.equal(message.recordRoutes.length, naive.headerAll("Record-Route").length);
        assert.equal(message.paths.length, naive.headerAll("Path").length);
      }),
      { numRuns: 600 },
    );
  });

  it("reading every typed value changes no byte", () => {
    fc.assert(
      fc.property(messageText, (text) => {
        const message = parse(text);

        for (const address of [
          message.from,
          message.to,
          ...message.routes,
          ...message.recordRoutes,
          ...message.paths,
        ]) {
          assert.equal(typeof address.toString(), "string");
          assert.equal(typeof address.host, "string");
        }
        assert.ok(Array.isArray(message.supported));
        assert.ok(Array.isArray(message.require));
        assert.ok(Array.isArray(message.proxyRequire));
        assert.equal(message.toBytes().toString("latin1"), text);
      }),
      { numRuns: 300 },
    );
  });

  it("a stream of messages and keep-alives gives the same events whatever the chunks", () => {
    const part = fc.oneof(messageText, fc.constant("\r\n"), fc.constant("\r\n\r\n"));

    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer(), (parts, seed) => {
        const bytes = Buffer.from(parts.join(""), "latin1");

        assert.deepEqual(frame(randomChunks(bytes, seed)), expectedEvents(parts));
      }),
      { numRuns: 300 },
    );
  });
});

function expectedEvents(parts: readonly string[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  let pending = false;

  for (const part of parts) {
    if (part === "\r\n" || part === "\r\n\r\n") {
      for (let index = 0; index < part.length / 2; index++) {
        events.push({ type: pending ? "double-crlf" : "crlf" });
        pending = !pending;
      }
    } else {
      events.push({ type: "message", bytes: part });
      pending = false;
    }
  }

  return events;
}
