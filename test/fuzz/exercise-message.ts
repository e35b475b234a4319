/**
 * Everything that the message layer can be asked to do with some bytes. Each
 * breach of its promises is thrown as an `AssertionError` that says which.
 */
import assert from "node:assert/strict";
import { OverSipError, ParsingError } from "../../src/errors/errors.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import { SipResponse } from "../../src/message/sip-response.ts";
import { answerBytes } from "../support/check-verdict.ts";
import { frame, randomChunks } from "../support/frame-stream.ts";

type Message = SipRequest | SipResponse;

const GETTERS = [
  "method",
  "viaCount",
  "topVia",
  "vias",
  "callId",
  "cseq",
  "fromTag",
  "toTag",
  "maxForwards",
  "contentLength",
  "from",
  "to",
  "contact",
  "routes",
  "recordRoutes",
  "paths",
  "require",
  "supported",
  "proxyRequire",
  "body",
  "headers",
  "raw",
  "contacts",
  "contactParams",
  "contactHasRegId",
  "expires",
  "reasons",
] as const;

const NAMES = [
  "Via",
  "v",
  "Route",
  "Contact",
  "Supported",
  "Subject",
  "X-Unknown",
  "__proto__",
  "Content-Length",
];

/** Checks all promises for one datagram; the seed decides on chunks. */
export function exerciseBytes(bytes: Buffer, parser: MessageParser, seed: number): void {
  const result = parser.parseDatagram(bytes);

  if (result instanceof ParseFailure) {
    exerciseFailure(result, parser);
  } else {
    exerciseMessage(result, bytes, parser);
  }
  const whole = frame([bytes], parser);

  assert.deepEqual(frame(randomChunks(bytes, seed), parser), whole, "a stream's events depend on its chunks");
}

function exerciseFailure(failure: ParseFailure, parser: MessageParser): void {
  assert.ok(failure.error instanceof ParsingError, "a failure carries a ParsingError");
  assert.ok(["not-sip", "drop", "answer"].includes(failure.disposition), "a known disposition");
  assert.ok(failure.error.offset >= 0, "an offset");
  if (failure.disposition !== "answer") {
    return;
  }
  const answer = answerBytes(failure);
  const text = answer.toString("latin1");

  assert.match(text, /^SIP\/2\.0 [4-6]\d\d [^\r\n]*\r\n(?:[^\r\n]+\r\n)+\r\n$/, "an answer of whole lines");
  assert.ok(!(parser.parseDatagram(answer) instanceof SipRequest), "an answer that is no request");
}

function exerciseMessage(message: Message, bytes: Buffer, parser: MessageParser): void {
  assert.ok(message instanceof SipRequest || message instanceof SipResponse, "a message or a failure");
  readEverything(message);
  const start = leadingLineEnds(bytes);
  const written = message.toBytes();

  assert.ok(
    bytes.subarray(start, start + written.length).equals(written),
    "an unedited message is written as received",
  );
  const again = parser.parseDatagram(written);

  assert.ok(!(again instanceof ParseFailure), "what was written can be parsed");
  assert.ok(again.toBytes().equals(written), "writing is stable");
  editEverything(message, parser);
  assert.ok(message.toBytes().equals(written), "edits of a copy leave the original alone");
}

/** Reads every typed value; what may throw throws typed errors only. */
export function readEverything(message: Message): void {
  for (const getter of GETTERS) {
    typed(() => message[getter]);
  }
  for (const name of NAMES) {
    typed(() => [message.header(name), message.headerAll(name), message.hasHeader(name)]);
  }
  if (message instanceof SipRequest) {
    typed(() => [message.requestUriText, message.ruri.toString(), message.ruri.aor]);
  } else {
    typed(() => [message.statusCode, message.reasonPhrase]);
  }
  // What the parser has checked never throws.
  assert.equal(typeof message.topVia.host, "string");
  assert.equal(typeof message.callId, "string");
  assert.ok(Number.isSafeInteger(message.cseq), "a CSeq number");
  assert.equal(typeof message.method, "string");
  assert.ok(Buffer.isBuffer(message.body), "a body");
}

function editEverything(message: Message, parser: MessageParser): void {
  const copy = message.clone();

  typed(() => copy.insertHeader("Via", "SIP/2.0/UDP fuzz.example.com;branch=z9hG4bKfuzz"));
  typed(() => copy.insertHeader("Record-Route", "<sip:fuzz.example.com;lr>"));
  typed(() => copy.deleteHeaderTop("Route"));
  typed(() => copy.appendHeader("Supported", "outbound"));
  typed(() => copy.setHeader("Max-Forwards", "69"));
  typed(() => copy.replaceHeaderTop("Subject", "fuzz"));
  typed(() => copy.deleteHeader("X-Unknown"));
  editAddresses(copy);
  // The edits may take a message that just fits over a limit.
  const result = new MessageParser({
    maxHeaderCount: parser.limits.maxHeaderCount + 16,
    maxHeaderBlockBytes: parser.limits.maxHeaderBlockBytes + 4096,
    maxMessageBytes: parser.limits.maxMessageBytes + 4096,
  }).parseDatagram(copy.toBytes());

  if (result instanceof ParseFailure) {
    assert.fail(`an edited message cannot be parsed: ${result.error.message}`);
  }
  assert.equal(result.topVia.host, "fuzz.example.com");
  assert.equal(result.viaCount, message.viaCount + 1);
  assert.equal(result.callId, message.callId);
  assert.deepEqual([result.fromTag, result.toTag], [message.fromTag, message.toTag]);
  assert.equal(result.from.displayName, 'fuzz "\\" <sip:x@y>;tag=z');
  assert.ok(result.body.equals(message.body), "an edited message keeps its body");
}

/** Edits of typed values, which must keep tags and header parameters. */
function editAddresses(message: Message): void {
  message.from.displayName = 'fuzz "\\" <sip:x@y>;tag=z';

  if (message.to.isSip) {
    message.to.user = "fuzz";
    message.to.setParam("fuzz", "1;2");
  }

  if (message.contact !== undefined) {
    message.contact.host = "fuzz.example.com";
    assert.equal(message.contacts[0]?.nameAddr.host, "fuzz.example.com");
  }

  if (message instanceof SipRequest) {
    message.ruri = message.ruri.clone();
  }
}

function typed(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof OverSipError)) {
      throw error;
    }
  }
}

function leadingLineEnds(bytes: Buffer): number {
  let offset = 0;

  while (bytes[offset] === 13 && bytes[offset + 1] === 10) {
    offset += 2;
  }

  return offset;
}
