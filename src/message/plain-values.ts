/**
 * Recognises header values of the plainest forms in the bytes of a message:
 * an address in brackets with at most a tag, a Via with branch, rport and
 * received, a Call-ID, a CSeq, a Route. Accepts nothing that the scanners of
 * `grammar/` refuse; what it does not accept may be right all the same.
 *
 * PERF: a byte of an array costs half of a character of a text, and these
 * forms are nearly all that is ever seen (benchmarks/message/message-layer.ts).
 */
import { DIGIT, TOKEN, WORD } from "../grammar/char-class.ts";
import type { ViaLayout } from "../grammar/via-layout.ts";
import {
  MAX_PORT_DIGITS,
  readNumber,
  skip,
  skipIpv4,
  skipPlainHost,
  skipPlainNameAddr,
  skipPort,
  startsWith,
} from "./plain-address.ts";

const SPACE = 0x20;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const AT = 0x40;

/** Nine digits are always below the 2**32 of RFC 3261 section 20.16. */
const MAX_CSEQ_DIGITS = 9;

const VIA_START = Buffer.from("SIP/2.0/");
const BRANCH = Buffer.from("branch");
const RPORT = Buffer.from("rport");
const RECEIVED = Buffer.from("received");
const TAG = Buffer.from("tag");

/** From or To: an address in brackets, and at most a tag. */
export function isPlainFromTo(bytes: Uint8Array, start: number, end: number): boolean {
  const addressEnd = skipPlainNameAddr(bytes, start, end);

  if (addressEnd === -1 || addressEnd === end) {
    return addressEnd === end;
  }

  const tagStart = addressEnd + 1 + TAG.length + 1;

  return (
    bytes[addressEnd] === SEMICOLON &&
    startsWith(bytes, addressEnd + 1, end, TAG) &&
    bytes[tagStart - 1] === EQUALS &&
    tagStart < end &&
    skip(bytes, tagStart, end, TOKEN) === end
  );
}

/** Route: one address in brackets. */
export function isPlainRoute(bytes: Uint8Array, start: number, end: number): boolean {
  return skipPlainNameAddr(bytes, start, end) === end && end > start;
}

/** callid = word [ "@" word ] */
export function isPlainCallId(bytes: Uint8Array, start: number, end: number): boolean {
  const wordEnd = skip(bytes, start, end, WORD);

  if (wordEnd === start || wordEnd === end) {
    return wordEnd === end && end > start;
  }

  return bytes[wordEnd] === AT && wordEnd + 1 < end && skip(bytes, wordEnd + 1, end, WORD) === end;
}

/** CSeq: a number, one space, and a method; that of `text` from 0 to `methodLength` when this is not 0. */
export function isPlainCSeq(bytes: Uint8Array, start: number, end: number, methodLength: number): boolean {
  const digitsEnd = skip(bytes, start, end, DIGIT);
  const methodStart = digitsEnd + 1;

  if (
    digitsEnd === start ||
    digitsEnd - start > MAX_CSEQ_DIGITS ||
    methodStart >= end ||
    bytes[digitsEnd] !== SPACE
  ) {
    return false;
  }

  if (methodLength === 0) {
    return skip(bytes, methodStart, end, TOKEN) === end;
  }

  if (end - methodStart !== methodLength) {
    return false;
  }

  // The start line begins with its method.
  for (let i = 0; i < methodLength; i++) {
    if (bytes[methodStart + i] !== bytes[i]) {
      return false;
    }
  }

  return true;
}

/** Max-Forwards: a number up to 255. */
export function isPlainMaxForwards(bytes: Uint8Array, start: number, end: number): boolean {
  return skip(bytes, start, end, DIGIT) === end && readNumber(bytes, start, end, 3) <= 255;
}

/**
 * Vias with no parameters but branch, rport and received, each once at the most; one, or several after commas.
 *
 * @param layout filled in with that of the first of them, when there is one given.
 */
export function isPlainVia(
  bytes: Uint8Array,
  start: number,
  end: number,
  layout: ViaLayout | undefined,
): boolean {
  let offset = skipPlainVia(bytes, start, end, layout);

  // PERF: some clients put all Vias of a response in one line (benchmarks/calls/calls.ts).
  while (offset !== -1 && offset < end) {
    offset = skipPlainVia(bytes, bytes[offset + 1] === SPACE ? offset + 2 : offset + 1, end, undefined);
  }

  return offset === end;
}

/** The end of the value: `end`, or a comma; -1 when it is not plain. */
function skipPlainVia(bytes: Uint8Array, start: number, end: number, layout: ViaLayout | undefined): number {
  if (!startsWith(bytes, start, end, VIA_START)) {
    return -1;
  }

  const transportStart = start + VIA_START.length;
  const transportEnd = skip(bytes, transportStart, end, TOKEN);

  if (transportEnd === transportStart || transportEnd >= end || bytes[transportEnd] !== SPACE) {
    return -1;
  }

  const hostEnd = skipPlainHost(bytes, transportEnd + 1, end);
  const hasPort = hostEnd !== -1 && hostEnd < end && bytes[hostEnd] === COLON;
  const sentByEnd = hasPort ? skipPort(bytes, hostEnd + 1, end) : hostEnd;

  if (sentByEnd === -1) {
    return -1;
  }

  const valueEnd = skipPlainViaParameters(bytes, sentByEnd, end, layout);

  if (layout !== undefined) {
    layout.start = start;
    layout.end = valueEnd;
    layout.isSip20 = true;
    layout.transportStart = transportStart;
    layout.transportEnd = transportEnd;
    layout.hostStart = transportEnd + 1;
    layout.hostEnd = hostEnd;
    layout.port = hasPort ? readNumber(bytes, hostEnd + 1, sentByEnd, MAX_PORT_DIGITS) : 0;
    layout.parametersStart = sentByEnd;
  }

  return valueEnd;
}

/** As `skipPlainVia`, from its parameters on. */
function skipPlainViaParameters(
  bytes: Uint8Array,
  start: number,
  end: number,
  layout: ViaLayout | undefined,
): number {
  let hasBranch = false;
  let hasRport = false;
  let hasReceived = false;
  let offset = start;

  while (offset < end) {
    if (bytes[offset] !== SEMICOLON) {
      return bytes[offset] === COMMA ? offset : -1;
    }

    const nameStart = offset + 1;
    const nameEnd = skip(bytes, nameStart, end, TOKEN);
    const hasValue = nameEnd < end && bytes[nameEnd] === EQUALS;
    const length = nameEnd - nameStart;

    if (!hasBranch && hasValue && length === BRANCH.length && startsWith(bytes, nameStart, end, BRANCH)) {
      hasBranch = true;
      offset = skip(bytes, nameEnd + 1, end, TOKEN);

      if (offset === nameEnd + 1) {
        return -1;
      }

      if (layout !== undefined) {
        layout.branchStart = nameEnd + 1;
        layout.branchEnd = offset;
      }
    } else if (!hasRport && length === RPORT.length && startsWith(bytes, nameStart, end, RPORT)) {
      hasRport = true;
      offset = hasValue ? skipPort(bytes, nameEnd + 1, end) : nameEnd;

      if (layout !== undefined) {
        layout.hasRport = true;
        layout.rport = hasValue ? readNumber(bytes, nameEnd + 1, offset, MAX_PORT_DIGITS) : 0;
      }
    } else if (
      !hasReceived &&
      hasValue &&
      length === RECEIVED.length &&
      startsWith(bytes, nameStart, end, RECEIVED)
    ) {
      hasReceived = true;
      offset = skipIpv4(bytes, nameEnd + 1, end);

      if (layout !== undefined) {
        layout.receivedStart = nameEnd + 1;
        layout.receivedEnd = offset;
      }
    } else {
      return -1;
    }

    if (offset === -1) {
      return -1;
    }
  }

  return end;
}
