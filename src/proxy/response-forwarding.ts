/** What is done to a response on its way up (RFC 3261 section 16.7 steps 3 and 9). */
import { addTag } from "../grammar/address-value.ts";
import type { HeaderLine } from "../message/header-line.ts";
import { HEADER_ID, type HeaderName, resolveHeaderName } from "../message/header-names.ts";
import type { MessageParts } from "../message/sip-message.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { reasonPhraseOf } from "../message/status-codes.ts";
import type { Flow } from "../transport/flow.ts";

const CALL_ID: HeaderName = resolveHeaderName("Call-ID");
const CSEQ: HeaderName = resolveHeaderName("CSeq");
const FROM: HeaderName = resolveHeaderName("From");
const TO: HeaderName = resolveHeaderName("To");

/**
 * The parts of a response for the sender of `request`: without our own Via
 * (step 3), and with the others as they were received. SECURITY: the topmost
 * of them says where the response is sent, and that is not for the callee to
 * choose.
 */
export function upstreamParts(response: SipResponse, request: SipRequest): MessageParts {
  const lines: HeaderLine[] = [];
  let hasVia = false;

  for (const line of response.lines) {
    if (line.id !== HEADER_ID.VIA) {
      lines.push(line);
    } else if (!hasVia) {
      hasVia = true;

      for (const via of request.lines) {
        if (via.id === HEADER_ID.VIA) {
          lines.push(via);
        }
      }
    }
  }

  const { text, startLineEnd, bodyStart, bodyEnd } = response;

  // PERF: where it goes is read from it, and it was read with the request.
  return {
    text,
    startLineEnd,
    lines,
    bodyStart,
    bodyEnd,
    knownTopVia: hasVia ? request.knownTopVia : undefined,
  };
}

/** Gives a response Call-ID, CSeq, From and To as its caller wrote them, To with the tag of the callee. */
export function restoreAddresses(response: SipResponse, request: SipRequest): void {
  const { toTag } = response;
  const from = rawValueOf(request, FROM);
  const to = rawValueOf(request, TO);

  response.replaceRawTopValue(FROM, from);
  response.replaceRawTopValue(
    TO,
    request.toTag !== undefined || toTag === undefined ? to : addTag(to, toTag),
  );
  response.replaceRawTopValue(CALL_ID, rawValueOf(request, CALL_ID));
  response.replaceRawTopValue(CSEQ, rawValueOf(request, CSEQ));
}

/** A response with the status, other header fields and body of `response`, as an answer to `request`. */
export function responseFor(response: SipResponse, request: SipRequest, toTag: string): SipResponse {
  const copy = response.clone();
  const hasTag = request.toTag !== undefined || copy.toTag !== undefined || copy.statusCode === 100;

  copy.setHeader("Via", request.headerAll("Via"));
  restoreAddresses(copy, request);

  if (!hasTag) {
    copy.replaceRawTopValue(TO, addTag(rawValueOf(request, TO), toTag));
  }

  return copy;
}

/** RFC 3261 section 16.7 step 6: that one server is overloaded says nothing of this one. */
export function hideOverload(response: SipResponse): void {
  if (response.statusCode === 503) {
    response.statusCode = 500;
    response.reasonPhrase = reasonPhraseOf(500);
  }
}

/** RFC 3261 section 18.3: a stream needs Content-Length; in a datagram, what is not there stays away. */
export function keepContentLength(response: SipResponse, flow: Flow): void {
  if (flow.isReliable) {
    response.ensureContentLength();
  }
}

/** The first line of a header field that has a number of its own. */
export function lineOf(request: SipRequest, name: HeaderName): HeaderLine | undefined {
  for (const line of request.lines) {
    if (line.id === name.id) {
      return line;
    }
  }

  return undefined;
}

function rawValueOf(request: SipRequest, name: HeaderName): string {
  return lineOf(request, name)?.rawValue ?? "";
}

/**
 * Whether a copy of a request has another From, To, Call-ID or CSeq than the
 * request. PERF: copies share the lines that nobody edited.
 */
export function hasOtherAddresses(copy: SipRequest, request: SipRequest): boolean {
  let shared = 0;

  for (const line of copy.lines) {
    if (isRestored(line.id) && request.lines.includes(line)) {
      shared++;
    }
  }

  return shared !== RESTORED_COUNT;
}

const RESTORED_COUNT = 4;

function isRestored(id: number): boolean {
  return id === FROM.id || id === TO.id || id === CALL_ID.id || id === CSEQ.id;
}
