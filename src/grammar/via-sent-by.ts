/** The scanner of a Via value's sent-protocol and sent-by (RFC 3261 section 25.1). */
import { isIPv6 } from "node:net";
import { CHAR_CLASS, DIGIT, HOST } from "./char-class.ts";
import { skipRun } from "./character-run.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { skipToken } from "./parameters.ts";
import { readPort, type ViaLayout } from "./via-layout.ts";
import { skipWhitespace } from "./whitespace.ts";

const MAX_HOST_LENGTH = 255;

const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;

/** sent-protocol = protocol-name SLASH protocol-version SLASH transport */
export function scanSentProtocol(
  text: string,
  start: number,
  end: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  // PERF: nearly every Via begins so, with one of these transports (benchmarks/message/message-layer.ts).
  if (text.startsWith("SIP/2.0/", start)) {
    layout.isSip20 = true;

    layout.transportStart = start + 8;
    layout.transportEnd = skipToken(text, start + 8, end);
    layout.end = layout.transportEnd;

    if (layout.transportEnd > start + 8) {
      return undefined;
    }
  }

  const nameEnd = skipToken(text, start, end);
  const versionStart = skipSlash(text, nameEnd, end);
  const versionEnd = skipToken(text, versionStart, end);
  const transportStart = skipSlash(text, versionEnd, end);
  const transportEnd = skipToken(text, transportStart, end);

  if (nameEnd === start) {
    return new GrammarFault("protocol-name", start);
  }

  if (versionStart === nameEnd || versionEnd === versionStart) {
    return new GrammarFault("protocol-version", nameEnd);
  }

  if (transportStart === versionEnd || transportEnd === transportStart) {
    return new GrammarFault("transport", versionEnd);
  }

  const name = text.slice(start, nameEnd).toUpperCase();

  layout.isSip20 = name === "SIP" && text.slice(versionStart, versionEnd) === "2.0";
  layout.transportStart = transportStart;
  layout.transportEnd = transportEnd;
  layout.end = transportEnd;

  return name === "SIP" ? undefined : new GrammarFault("protocol-name", start);
}

/** SLASH = SWS "/" SWS; returns `start` itself when there is none. */
function skipSlash(text: string, start: number, end: number): number {
  const slash = skipWhitespace(text, start, end);

  return slash < end && text.charCodeAt(slash) === SLASH ? skipWhitespace(text, slash + 1, end) : start;
}

/** LWS sent-by, where sent-by = host [ COLON port ] */
export function scanSentBy(
  text: string,
  start: number,
  end: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  const hostStart = skipWhitespace(text, start, end);
  let hostEnd = hostStart;

  if (hostStart === start) {
    return new GrammarFault("via-parm", start);
  }

  if (text.charCodeAt(hostStart) === LEFT_BRACKET && hostStart < end) {
    const close = text.indexOf("]", hostStart);

    if (close === -1 || close >= end || !isIPv6(text.slice(hostStart + 1, close))) {
      return new GrammarFault("IPv6reference", hostStart);
    }

    hostEnd = close + 1;
  } else {
    hostEnd = skipSentByHost(text, hostStart, end);

    if (hostEnd === hostStart) {
      return new GrammarFault("host", hostStart);
    }
  }

  layout.hostStart = hostStart;
  layout.hostEnd = hostEnd;
  layout.end = hostEnd;
  layout.parametersStart = hostEnd;

  const colon = skipWhitespace(text, hostEnd, end);

  if (colon < end && text.charCodeAt(colon) === COLON) {
    const portStart = skipWhitespace(text, colon + 1, end);
    const portEnd = skipRun(text, portStart, end, DIGIT);

    layout.port = readPort(text, portStart, portEnd);
    layout.end = portEnd;
    layout.parametersStart = portEnd;

    return layout.port === 0 ? new GrammarFault("port", portStart) : undefined;
  }

  return undefined;
}

/**
 * Offset after a host name or IPv4 address; `start` when there is none, or one
 * that begins with a dot or hyphen, has an empty label or is too long. Labels
 * are not looked at closely: a sent-by is where an answer goes and is compared
 * as text, never trusted.
 */
function skipSentByHost(text: string, start: number, end: number): number {
  let offset = start;
  let previous = DOT;

  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & HOST) === 0) {
      break;
    }

    if (code === DOT && previous === DOT) {
      return start;
    }

    previous = code;
  }

  return text.charCodeAt(start) === HYPHEN || offset - start > MAX_HOST_LENGTH ? start : offset;
}
