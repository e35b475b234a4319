/**
 * Recognises addresses of the plainest forms in the bytes of a message: see
 * plain-values.ts, which is made of these.
 */
import {
  CHAR_CLASS,
  DIGIT,
  HOST,
  PARAM_UNRESERVED,
  TOKEN,
  UNRESERVED,
  USER_UNRESERVED,
} from "../grammar/char-class.ts";

/** PERF: an imported binding is looked up at each use, one of this module is not. */
const CLASS_OF: Uint16Array = CHAR_CLASS;
const USER = UNRESERVED | USER_UNRESERVED;
const URI_PARAMETER = UNRESERVED | PARAM_UNRESERVED;

const SPACE = 0x20;
const QUOTE = 0x22;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS_THAN = 0x3c;
const EQUALS = 0x3d;
const GREATER_THAN = 0x3e;
const AT = 0x40;
const BACKSLASH = 0x5c;
const LOWER_S = 0x73;

const MAX_PORT = 65535;
export const MAX_PORT_DIGITS = 5;
const MAX_HOST_LENGTH = 255;

const SIP = Buffer.from("sip");

/** Offset of the first byte from `start` on that is of none of the classes; at most `end`. */
export function skip(bytes: Uint8Array, start: number, end: number, classes: number): number {
  let offset = start;

  while (offset < end && ((CLASS_OF[bytes[offset] as number] as number) & classes) !== 0) {
    offset++;
  }

  return offset;
}

/** Whether the bytes at `start` are these. */
export function startsWith(bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean {
  if (end - start < expected.length) {
    return false;
  }

  for (let i = 0; i < expected.length; i++) {
    if (bytes[start + i] !== expected[i]) {
      return false;
    }
  }

  return true;
}

/** Offset after a host name or IPv4 address; -1 when it is not plainly one. */
export function skipPlainHost(bytes: Uint8Array, start: number, end: number): number {
  let previous = DOT;
  let labelStart = start;
  let offset = start;

  for (; offset < end; offset++) {
    const byte = bytes[offset] as number;

    if (((CLASS_OF[byte] as number) & HOST) === 0) {
      break;
    }

    if (byte === DOT) {
      if (previous === DOT || previous === HYPHEN) {
        return -1;
      }

      labelStart = offset + 1;
    } else if (byte === HYPHEN && previous === DOT) {
      return -1;
    }

    previous = byte;
  }

  if (previous === DOT || previous === HYPHEN || offset - start > MAX_HOST_LENGTH) {
    return -1;
  }

  const isNumber = ((CLASS_OF[bytes[labelStart] as number] as number) & DIGIT) !== 0;

  return isNumber && skipIpv4(bytes, start, offset) !== offset ? -1 : offset;
}

/** Offset after an IPv4 address; -1 when there is none. */
export function skipIpv4(bytes: Uint8Array, start: number, end: number): number {
  let offset = start;

  for (let part = 0; part < 4; part++) {
    if (part > 0) {
      if (offset >= end || bytes[offset] !== DOT) {
        return -1;
      }

      offset++;
    }

    const partEnd = skip(bytes, offset, end, DIGIT);

    const isOctal = partEnd > offset + 1 && bytes[offset] === ZERO;

    if (isOctal || readNumber(bytes, offset, partEnd, 3) > 255) {
      return -1;
    }

    offset = partEnd;
  }

  return offset;
}

/** The number of up to `maxDigits` digits; infinity when there are none, or more. */
export function readNumber(bytes: Uint8Array, start: number, end: number, maxDigits: number): number {
  if (end === start || end - start > maxDigits) {
    return Number.POSITIVE_INFINITY;
  }

  let number = 0;

  for (let offset = start; offset < end; offset++) {
    number = number * 10 + (bytes[offset] as number) - ZERO;
  }

  return number;
}

/** Offset after the digits of a port from 1 on; -1 when there is none. */
export function skipPort(bytes: Uint8Array, start: number, end: number): number {
  const portEnd = skip(bytes, start, end, DIGIT);
  const port = readNumber(bytes, start, portEnd, MAX_PORT_DIGITS);

  return port >= 1 && port <= MAX_PORT ? portEnd : -1;
}

/** Offset after `sip:user@host:port;parameters`, without escapes and headers; -1 for anything else. */
function skipPlainSipUri(bytes: Uint8Array, start: number, end: number): number {
  if (!startsWith(bytes, start, end, SIP)) {
    return -1;
  }

  const schemeEnd = bytes[start + SIP.length] === LOWER_S ? start + SIP.length + 1 : start + SIP.length;

  if (schemeEnd >= end || bytes[schemeEnd] !== COLON) {
    return -1;
  }

  const userEnd = skip(bytes, schemeEnd + 1, end, USER);
  const hasUser = userEnd < end && bytes[userEnd] === AT;

  if (hasUser && userEnd === schemeEnd + 1) {
    return -1;
  }

  let offset = skipPlainHost(bytes, hasUser ? userEnd + 1 : schemeEnd + 1, end);

  if (offset !== -1 && offset < end && bytes[offset] === COLON) {
    offset = skipPort(bytes, offset + 1, end);
  }

  while (offset !== -1 && offset < end && bytes[offset] === SEMICOLON) {
    offset = skipUriParameter(bytes, offset + 1, end);
  }

  return offset;
}

function skipUriParameter(bytes: Uint8Array, start: number, end: number): number {
  const nameEnd = skip(bytes, start, end, URI_PARAMETER);

  if (nameEnd === start) {
    return -1;
  }

  if (nameEnd >= end || bytes[nameEnd] !== EQUALS) {
    return nameEnd;
  }

  const valueEnd = skip(bytes, nameEnd + 1, end, URI_PARAMETER);

  return valueEnd === nameEnd + 1 ? -1 : valueEnd;
}

/** Offset of the bracket after a display name; -1 when there is none. */
function skipDisplayName(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === LESS_THAN) {
    return start;
  }

  let offset = start;

  if (bytes[start] === QUOTE) {
    for (offset = start + 1; offset < end && bytes[offset] !== QUOTE; offset++) {
      const byte = bytes[offset] as number;

      // Escapes, and UTF-8, which may be broken, are for the scanner.
      if (byte === BACKSLASH || byte < SPACE || byte > 0x7e) {
        return -1;
      }
    }

    offset++;
  } else {
    offset = skip(bytes, start, end, TOKEN);

    if (offset === start) {
      return -1;
    }
  }

  if (offset < end && bytes[offset] === SPACE) {
    offset++;
  }

  return offset < end && bytes[offset] === LESS_THAN ? offset : -1;
}

/** Offset after `display-name <URI>`; -1 for anything else. */
export function skipPlainNameAddr(bytes: Uint8Array, start: number, end: number): number {
  const bracket = start < end ? skipDisplayName(bytes, start, end) : -1;

  if (bracket === -1) {
    return -1;
  }

  const uriEnd = skipPlainSipUri(bytes, bracket + 1, end);

  return uriEnd !== -1 && uriEnd < end && bytes[uriEnd] === GREATER_THAN ? uriEnd + 1 : -1;
}

/** `sip:user@host:port;parameters`, without escapes and headers. */
export function isPlainSipUri(bytes: Uint8Array, start: number, end: number): boolean {
  return skipPlainSipUri(bytes, start, end) === end;
}
