/**
 * One value of a Via header field (RFC 3261 sections 20.42 and 25.1, `rport`
 * of RFC 3581, `alias` of RFC 5923, IPv6 forms of RFC 5118 section 4.5).
 */
import { isIPv4, isIPv6 } from "node:net";
import { CHAR_CLASS, DIGIT, HOST, TOKEN } from "./char-class.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { skipWhitespace, unfold } from "./whitespace.ts";

const MAGIC_COOKIE = "z9hG4bK";

const QUOTE = 0x22;
const COMMA = 0x2c;
const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const RIGHT_BRACKET = 0x5d;

/** A parsed Via value. Never changed after it was made. */
export class ViaValue {
  /** As received, but without folding. */
  readonly text: string;
  /** Offset of `text` in the scanned text. */
  readonly start: number;
  /** Offset after the value in the scanned text: its end, or a comma. */
  readonly end: number;
  /** Whether the sent-protocol is SIP/2.0. */
  readonly isSip20: boolean;
  /** Upper case, such as "UDP" or "WSS". */
  readonly transport: string;
  /** sent-by host: lower case, an IPv6 address in brackets. */
  readonly host: string;
  /** sent-by port; undefined when there is none. */
  readonly port: number | undefined;
  /** Undefined when there is no branch parameter (RFC 2543). */
  readonly branch: string | undefined;
  /** Without brackets. */
  readonly received: string | undefined;
  /** Whether there is an rport parameter, with or without a value. */
  readonly hasRport: boolean;
  readonly rport: number | undefined;
  readonly hasAlias: boolean;
  readonly maddr: string | undefined;
  readonly ttl: number | undefined;
  /** Text of the parameters from the first semicolon on, "" when there are none. */
  readonly parametersText: string;

  constructor(text: string, scan: ViaScan) {
    this.text = withoutFolds(text.slice(scan.start, scan.end));
    this.start = scan.start;
    this.end = scan.end;
    this.isSip20 = scan.isSip20;
    this.transport = scan.transport;
    this.host = scan.host;
    this.port = scan.port;
    this.branch = scan.branch;
    this.received = scan.received;
    this.hasRport = scan.hasRport;
    this.rport = scan.rport;
    this.hasAlias = scan.hasAlias;
    this.maddr = scan.maddr;
    this.ttl = scan.ttl;
    this.parametersText = withoutFolds(text.slice(scan.parametersStart, scan.end));
  }

  /**
   * Whether the branch begins with the magic cookie of RFC 3261 section
   * 8.1.1.7 and says more than it (RFC 4475 section 3.2.1).
   */
  get isRfc3261Branch(): boolean {
    return (
      this.branch !== undefined &&
      this.branch.length > MAGIC_COOKIE.length &&
      this.branch.slice(0, MAGIC_COOKIE.length).toLowerCase() === "z9hg4bk"
    );
  }

  /** The branch without its cookie; undefined unless `isRfc3261Branch`. */
  get branchId(): string | undefined {
    return this.isRfc3261Branch ? this.branch?.slice(MAGIC_COOKIE.length) : undefined;
  }
}

function withoutFolds(text: string): string {
  return text.includes("\r") ? unfold(text) : text;
}

/** The scanner's working values, filled from left to right. */
class ViaScan {
  start = 0;
  end = 0;
  isSip20 = false;
  transport = "";
  host = "";
  port: number | undefined = undefined;
  branch: string | undefined = undefined;
  received: string | undefined = undefined;
  hasRport = false;
  rport: number | undefined = undefined;
  hasAlias = false;
  maddr: string | undefined = undefined;
  ttl: number | undefined = undefined;
  parametersStart = 0;
}

/**
 * Scans the Via value that begins at `start`. It ends at `end` or at a comma;
 * the returned `end` says where.
 *
 * With `lenient`, which serves replies to requests that are refused anyway, a
 * value is accepted once its sent-protocol and sent-by could be read, whatever
 * its version and its parameters (RFC 4475 sections 3.1.2.1 and 3.1.2.16).
 */
export function scanViaValue(
  text: string,
  start: number,
  end: number,
  lenient = false,
): ViaValue | GrammarFault {
  const scan = new ViaScan();

  scan.start = start;

  let fault = scanSentProtocol(text, start, end, scan) ?? scanSentBy(text, scan.end, end, scan);

  if (fault === undefined) {
    fault = scanParameters(text, scan.end, end, scan);

    if (fault === undefined && !scan.isSip20 && !lenient) {
      fault = new GrammarFault("sent-protocol", start);
    }

    if (fault !== undefined && lenient) {
      fault = undefined;
    }
  }

  return fault ?? new ViaValue(text, scan);
}

/**
 * Checks every Via value of a line, and that none is empty. Returns the first
 * fault; undefined when all are well-formed.
 */
export function findViaListFault(text: string, start: number, end: number): GrammarFault | undefined {
  let offset = start;

  for (;;) {
    const scan = new ViaScan();

    scan.start = skipWhitespace(text, offset, end);

    const fault =
      scanSentProtocol(text, scan.start, end, scan) ??
      scanSentBy(text, scan.end, end, scan) ??
      scanParameters(text, scan.end, end, scan);

    if (fault !== undefined) {
      return fault;
    }

    offset = skipWhitespace(text, scan.end, end);

    if (offset >= end) {
      return undefined;
    }

    offset++;
  }
}

function skipToken(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code > 255 || ((CHAR_CLASS[code] as number) & TOKEN) === 0) {
      break;
    }

    offset++;
  }

  return offset;
}

/** sent-protocol = protocol-name SLASH protocol-version SLASH transport */
function scanSentProtocol(text: string, start: number, end: number, scan: ViaScan): GrammarFault | undefined {
  // PERF: nearly every Via begins so, with one of these transports (benchmarks/message/parse.ts).
  if (text.startsWith("SIP/2.0/", start)) {
    scan.isSip20 = true;

    const tokenEnd = skipToken(text, start + 8, end);

    if (tokenEnd > start + 8) {
      const transport = text.slice(start + 8, tokenEnd);

      scan.transport = transport === "UDP" || transport === "TCP" ? transport : transport.toUpperCase();
      scan.end = tokenEnd;

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

  scan.isSip20 = name === "SIP" && text.slice(versionStart, versionEnd) === "2.0";
  scan.transport = text.slice(transportStart, transportEnd).toUpperCase();
  scan.end = transportEnd;

  return name === "SIP" ? undefined : new GrammarFault("protocol-name", start);
}

/** SLASH = SWS "/" SWS; returns `start` itself when there is none. */
function skipSlash(text: string, start: number, end: number): number {
  const slash = skipWhitespace(text, start, end);

  return slash < end && text.charCodeAt(slash) === SLASH ? skipWhitespace(text, slash + 1, end) : start;
}

/** LWS sent-by, where sent-by = host [ COLON port ] */
function scanSentBy(text: string, start: number, end: number, scan: ViaScan): GrammarFault | undefined {
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
    hostEnd = skipHost(text, hostStart, end);
  }

  const host = text.slice(hostStart, hostEnd);

  if (!isSentByHost(host)) {
    return new GrammarFault("host", hostStart);
  }

  scan.host = host.toLowerCase();
  scan.end = hostEnd;
  scan.parametersStart = hostEnd;

  const colon = skipWhitespace(text, hostEnd, end);

  if (colon < end && text.charCodeAt(colon) === COLON) {
    const portStart = skipWhitespace(text, colon + 1, end);
    const portEnd = skipDigits(text, portStart, end);

    scan.port = readPort(text, portStart, portEnd);
    scan.end = portEnd;
    scan.parametersStart = portEnd;

    return scan.port === undefined ? new GrammarFault("port", portStart) : undefined;
  }

  return undefined;
}

function skipHost(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);

    if (code > 255 || ((CHAR_CLASS[code] as number) & HOST) === 0) {
      break;
    }

    offset++;
  }

  return offset;
}

function skipDigits(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end && ((CHAR_CLASS[text.charCodeAt(offset) & 0xff] as number) & DIGIT) !== 0) {
    offset++;
  }

  return offset;
}

/** Labels are not looked at closely: a sent-by is where an answer goes and is compared as text, never trusted. */
function isSentByHost(host: string): boolean {
  const first = host.charCodeAt(0);

  return host.length > 0 && host.length <= 255 && first !== 0x2e && first !== 0x2d && !host.includes("..");
}

function readPort(text: string, start: number, end: number): number | undefined {
  if (end === start || end - start > 5) {
    return undefined;
  }

  const port = Number(text.slice(start, end));

  return port >= 1 && port <= 65535 ? port : undefined;
}

/** *( SEMI via-params ) up to the end or a comma. */
function scanParameters(text: string, start: number, end: number, scan: ViaScan): GrammarFault | undefined {
  let offset = start;

  for (;;) {
    const next = skipWhitespace(text, offset, end);

    if (next >= end || text.charCodeAt(next) === COMMA) {
      scan.end = offset;

      return undefined;
    }

    if (text.charCodeAt(next) !== SEMICOLON) {
      return new GrammarFault("via-params", next);
    }

    const nameStart = skipWhitespace(text, next + 1, end);
    const nameEnd = skipToken(text, nameStart, end);

    if (nameEnd === nameStart) {
      return new GrammarFault("via-params", nameStart);
    }

    const equals = skipWhitespace(text, nameEnd, end);
    let valueStart = nameEnd;

    offset = nameEnd;

    if (equals < end && text.charCodeAt(equals) === EQUALS) {
      valueStart = skipWhitespace(text, equals + 1, end);
      offset = skipParameterValue(text, valueStart, end);
    }

    const fault = storeParameter(text, nameStart, nameEnd, valueStart, offset, equals < valueStart, scan);

    if (fault !== undefined) {
      return fault;
    }

    scan.end = offset;
  }
}

/** gen-value = token / host / quoted-string */
function skipParameterValue(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) === QUOTE && start < end) {
    for (let offset = start + 1; offset < end; offset++) {
      const code = text.charCodeAt(offset);

      if (code === BACKSLASH) {
        offset++;
      } else if (code === QUOTE) {
        return offset + 1;
      }
    }

    return start;
  }

  let offset = start;

  while (offset < end) {
    const code = text.charCodeAt(offset);
    const isAllowed =
      code < 256 &&
      (((CHAR_CLASS[code] as number) & TOKEN) !== 0 ||
        code === COLON ||
        code === LEFT_BRACKET ||
        code === RIGHT_BRACKET);

    if (!isAllowed) {
      break;
    }

    offset++;
  }

  return offset;
}

function storeParameter(
  text: string,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  hasValue: boolean,
  scan: ViaScan,
): GrammarFault | undefined {
  const name = text.slice(nameStart, nameEnd).toLowerCase();
  const value = text.slice(valueStart, valueEnd);

  // SECURITY: elements that choose different ones of two equal parameters answer to different places.
  if (
    (name === "branch" && scan.branch !== undefined) ||
    (name === "received" && scan.received !== undefined) ||
    (name === "maddr" && scan.maddr !== undefined) ||
    (name === "rport" && scan.hasRport)
  ) {
    return new GrammarFault("via-params", nameStart);
  }

  if (name === "rport") {
    // RFC 3581 section 3: response-port = "rport" [EQUAL 1*DIGIT]. An empty value is seen in the field and harmless.
    scan.hasRport = true;
    scan.rport = hasValue ? readPort(text, valueStart, valueEnd) : undefined;

    return value !== "" && scan.rport === undefined
      ? new GrammarFault("response-port", valueStart)
      : undefined;
  }

  if (hasValue && value === "") {
    return new GrammarFault("gen-value", valueStart);
  }

  switch (name) {
    case "branch": {
      scan.branch = value;

      return value === "" || value.charCodeAt(0) === QUOTE
        ? new GrammarFault("via-branch", valueStart)
        : undefined;
    }
    case "received": {
      scan.received = value.startsWith("[") && value.endsWith("]") ? value.slice(1, -1) : value;

      return isIPv4(scan.received) || isIPv6(scan.received)
        ? undefined
        : new GrammarFault("via-received", valueStart);
    }
    case "maddr": {
      scan.maddr = value.toLowerCase();

      return value === "" ? new GrammarFault("via-maddr", valueStart) : undefined;
    }
    case "ttl": {
      scan.ttl = /^\d{1,3}$/.test(value) ? Number(value) : undefined;

      return scan.ttl === undefined || scan.ttl > 255 ? new GrammarFault("ttl", valueStart) : undefined;
    }
    case "alias": {
      scan.hasAlias = true;

      return undefined;
    }
    default:
      return undefined;
  }
}
