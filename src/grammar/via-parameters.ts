/** The scanner of a Via value's parameters (RFC 3261 section 25.1, RFC 3581 section 3, RFC 5923 section 9). */
import { isIPv4, isIPv6 } from "node:net";
import { DIGIT } from "./char-class.ts";
import { skipRun } from "./character-run.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { isSameName, skipToken } from "./parameters.ts";
import { readPort, type ViaLayout } from "./via-layout.ts";
import { skipWhitespace } from "./whitespace.ts";

const MAX_TTL_DIGITS = 3;
const MAX_TTL = 255;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const LEFT_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const RIGHT_BRACKET = 0x5d;

/** *( SEMI via-params ) up to the end or a comma. */
export function scanParameters(
  text: string,
  start: number,
  end: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  let offset = start;

  for (;;) {
    const next = skipWhitespace(text, offset, end);

    if (next >= end || text.charCodeAt(next) === COMMA) {
      layout.end = offset;

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

    const fault = storeParameter(text, nameStart, nameEnd, valueStart, offset, equals < valueStart, layout);

    if (fault !== undefined) {
      return fault;
    }

    layout.end = offset;
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

  let offset = skipToken(text, start, end);

  // host: what an IPv6 address has besides.
  while (offset < end && isIpv6Character(text.charCodeAt(offset))) {
    offset = skipToken(text, offset + 1, end);
  }

  return offset;
}

function isIpv6Character(code: number): boolean {
  return code === COLON || code === LEFT_BRACKET || code === RIGHT_BRACKET;
}

function storeParameter(
  text: string,
  nameStart: number,
  nameEnd: number,
  valueStart: number,
  valueEnd: number,
  hasValue: boolean,
  layout: ViaLayout,
): GrammarFault | undefined {
  const length = nameEnd - nameStart;

  if (length === 5 && isSameName(text, nameStart, nameEnd, "rport")) {
    return storeRport(text, nameStart, valueStart, valueEnd, layout);
  }

  if (hasValue && valueEnd === valueStart) {
    return new GrammarFault("gen-value", valueStart);
  }

  switch (length) {
    case 3: {
      return isSameName(text, nameStart, nameEnd, "ttl")
        ? storeTtl(text, valueStart, valueEnd, layout)
        : undefined;
    }
    case 5: {
      layout.hasAlias ||= isSameName(text, nameStart, nameEnd, "alias");

      return isSameName(text, nameStart, nameEnd, "maddr")
        ? storeMaddr(text, nameStart, valueStart, valueEnd, layout)
        : undefined;
    }
    case 6: {
      return isSameName(text, nameStart, nameEnd, "branch")
        ? storeBranch(text, nameStart, valueStart, valueEnd, layout)
        : undefined;
    }
    case 8: {
      return isSameName(text, nameStart, nameEnd, "received")
        ? storeReceived(text, nameStart, valueStart, valueEnd, layout)
        : undefined;
    }
    default: {
      return undefined;
    }
  }
}

/**
 * What a parameter that comes a second time is: a fault, unless it says the
 * same as the first. SECURITY: elements that choose different ones of two
 * answer to different places.
 *
 * INTEROP: with equal values they cannot, and gateways that add rport to a Via
 * that has it do so.
 */
function repeated(isSame: boolean, nameStart: number): GrammarFault | undefined {
  return isSame ? undefined : new GrammarFault("via-params", nameStart);
}

/** RFC 3581 section 3: response-port = "rport" [EQUAL 1*DIGIT]. An empty value is seen in the field and harmless. */
function storeRport(
  text: string,
  nameStart: number,
  valueStart: number,
  valueEnd: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  const port = readPort(text, valueStart, valueEnd);

  if (layout.hasRport) {
    return repeated(port === layout.rport && (port !== 0 || valueEnd === valueStart), nameStart);
  }

  layout.hasRport = true;
  layout.rport = port;

  return port === 0 && valueEnd !== valueStart ? new GrammarFault("response-port", valueStart) : undefined;
}

/** via-branch = "branch" EQUAL token */
function storeBranch(
  text: string,
  nameStart: number,
  valueStart: number,
  valueEnd: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  if (layout.branchEnd !== -1) {
    const first = text.slice(layout.branchStart, layout.branchEnd);

    return repeated(first === text.slice(valueStart, valueEnd), nameStart);
  }

  layout.branchStart = valueStart;
  layout.branchEnd = valueEnd;

  return valueEnd === valueStart || text.charCodeAt(valueStart) === QUOTE
    ? new GrammarFault("via-branch", valueStart)
    : undefined;
}

/** via-received = "received" EQUAL (IPv4address / IPv6address); brackets are seen as well (RFC 5118 section 4.5). */
function storeReceived(
  text: string,
  nameStart: number,
  valueStart: number,
  valueEnd: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  const isInBrackets =
    text.charCodeAt(valueStart) === LEFT_BRACKET && text.charCodeAt(valueEnd - 1) === RIGHT_BRACKET;
  const start = isInBrackets ? valueStart + 1 : valueStart;
  const end = isInBrackets ? valueEnd - 1 : valueEnd;
  const address = text.slice(start, end);

  if (layout.receivedEnd !== -1) {
    return repeated(address === text.slice(layout.receivedStart, layout.receivedEnd), nameStart);
  }

  layout.receivedStart = start;
  layout.receivedEnd = end;

  return isIPv4(address) || isIPv6(address) ? undefined : new GrammarFault("via-received", valueStart);
}

/** via-maddr = "maddr" EQUAL host */
function storeMaddr(
  text: string,
  nameStart: number,
  valueStart: number,
  valueEnd: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  if (layout.maddrEnd !== -1) {
    const first = text.slice(layout.maddrStart, layout.maddrEnd);

    return repeated(first === text.slice(valueStart, valueEnd), nameStart);
  }

  layout.maddrStart = valueStart;
  layout.maddrEnd = valueEnd;

  return valueEnd === valueStart ? new GrammarFault("via-maddr", valueStart) : undefined;
}

/** via-ttl = "ttl" EQUAL ttl, ttl = 1*3DIGIT ; 0 to 255 */
function storeTtl(
  text: string,
  valueStart: number,
  valueEnd: number,
  layout: ViaLayout,
): GrammarFault | undefined {
  const isNumber =
    valueEnd > valueStart &&
    valueEnd - valueStart <= MAX_TTL_DIGITS &&
    skipRun(text, valueStart, valueEnd, DIGIT) === valueEnd;

  layout.ttl = isNumber ? Number(text.slice(valueStart, valueEnd)) : -1;

  return isNumber && layout.ttl <= MAX_TTL ? undefined : new GrammarFault("ttl", valueStart);
}
