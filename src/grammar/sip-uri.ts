/**
 * SIP-URI and SIPS-URI after their scheme (RFC 3261 sections 19.1.1 and 25.1):
 * [ userinfo ] hostport uri-parameters [ headers ]. Nothing is unescaped here.
 */
import {
  CHAR_CLASS,
  DIGIT,
  HEADER_UNRESERVED,
  PARAM_UNRESERVED,
  PASSWORD,
  UNRESERVED,
  USER_TOLERATED,
  USER_UNRESERVED,
} from "./char-class.ts";
import { faultAt, skipEscapedRun } from "./character-run.ts";
import type { GrammarFault } from "./grammar-fault.ts";
import { skipHost } from "./host.ts";
import type { UriLayout } from "./uri-layout.ts";

/** Characters that a user part may hold without an escape. */
export const USER_CHARACTERS = UNRESERVED | USER_UNRESERVED;
/**
 * Characters that a received user part may hold.
 *
 * INTEROP: a number sign need not be escaped: phones send feature codes
 * (sip:*21#@example.com) as they are dialled. It means nothing in a SIP URI,
 * so no element can take the URI for another. It is written escaped.
 */
const RECEIVED_USER_CHARACTERS = USER_CHARACTERS | USER_TOLERATED;
/** Characters that a password may hold without an escape. */
export const PASSWORD_CHARACTERS = UNRESERVED | PASSWORD;
/** `paramchar` without `escaped`. */
export const PARAMETER_CHARACTERS = UNRESERVED | PARAM_UNRESERVED;
/** Characters that the name or the value of a header may hold without an escape. */
export const HEADER_CHARACTERS = UNRESERVED | HEADER_UNRESERVED;

const MAX_PORT = 65535;

const AMPERSAND = 0x26;
const ZERO = 0x30;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUESTION_MARK = 0x3f;
const AT = 0x40;

/**
 * Scans what follows the scheme's colon as far as it can belong to the URI.
 * `layout`, when given, is filled unless there is a fault.
 *
 * @returns the offset after the URI. When it is not where the URI should end, the character there is the fault.
 */
export function scanSipUri(
  text: string,
  start: number,
  end: number,
  layout: UriLayout | undefined,
): number | GrammarFault {
  const userEnd = skipEscapedRun(text, start, end, RECEIVED_USER_CHARACTERS);
  let userinfoEnd = userEnd;
  let hostStart = start;

  if (userEnd > start && userEnd < end) {
    if (text.charCodeAt(userEnd) === COLON) {
      userinfoEnd = skipEscapedRun(text, userEnd + 1, end, PASSWORD_CHARACTERS);
    }

    if (userinfoEnd < end && text.charCodeAt(userinfoEnd) === AT) {
      hostStart = userinfoEnd + 1;
    }
  }

  const hostEnd = skipHost(text, hostStart, end);
  let offset = hostEnd;
  let portStart = -1;

  if (offset >= 0 && offset < end && text.charCodeAt(offset) === COLON) {
    portStart = offset + 1;
    offset = skipPort(text, portStart, end);
  }

  if (offset < 0) {
    const fault = faultAt(hostEnd < 0 ? "host" : "port", text, ~offset, end);

    return hostStart === start ? (userinfoFault(text, userEnd, userinfoEnd, end) ?? fault) : fault;
  }

  const hostportEnd = offset;

  if (offset < end && text.charCodeAt(offset) === SEMICOLON) {
    offset = skipUriParameters(text, offset, end);

    if (offset < 0) {
      return faultAt("uri-parameter", text, ~offset, end);
    }
  }

  const parametersEnd = offset;

  if (offset < end && text.charCodeAt(offset) === QUESTION_MARK) {
    offset = skipHeaders(text, offset, end);

    if (offset < 0) {
      return faultAt("header", text, ~offset, end);
    }
  }

  if (layout !== undefined) {
    if (hostStart !== start) {
      layout.userStart = start;
      layout.userEnd = userEnd;

      if (userinfoEnd !== userEnd) {
        layout.passwordStart = userEnd + 1;
        layout.passwordEnd = userinfoEnd;
      }
    }

    layout.hostStart = hostStart;
    layout.hostEnd = hostEnd;
    layout.portStart = portStart;
    layout.portEnd = portStart === -1 ? -1 : hostportEnd;
    layout.parametersStart = hostportEnd;
    layout.parametersEnd = parametersEnd;
  }

  return offset;
}

/**
 * What could not be read as a host may have been a userinfo with a character
 * that it must not have. An "@" further on, which can stand nowhere else,
 * tells; undefined when there is none.
 */
function userinfoFault(
  text: string,
  userEnd: number,
  userinfoEnd: number,
  end: number,
): GrammarFault | undefined {
  const at = text.indexOf("@", userinfoEnd);

  if (at === -1 || at >= end) {
    return undefined;
  }

  return faultAt(userinfoEnd === userEnd ? "user" : "password", text, userinfoEnd, end);
}

/**
 * port = 1*DIGIT, up to 65535. A fault is the complement of its offset.
 *
 * SECURITY: read as decimal whatever zeros it begins with, and never wrapped.
 */
function skipPort(text: string, start: number, end: number): number {
  let offset = start;
  let port = 0;

  while (offset < end && ((CHAR_CLASS[text.charCodeAt(offset)] as number) & DIGIT) !== 0) {
    port = port * 10 + text.charCodeAt(offset) - ZERO;

    if (port > MAX_PORT) {
      return ~start;
    }

    offset++;
  }

  return offset === start ? ~offset : offset;
}

/** 1*( ";" pname [ "=" pvalue ] ). A fault is the complement of its offset. */
function skipUriParameters(text: string, start: number, end: number): number {
  let offset = start;

  while (offset < end && text.charCodeAt(offset) === SEMICOLON) {
    const nameStart = offset + 1;

    offset = skipEscapedRun(text, nameStart, end, PARAMETER_CHARACTERS);

    if (offset === nameStart) {
      return ~offset;
    }

    if (offset < end && text.charCodeAt(offset) === EQUALS) {
      const valueStart = offset + 1;

      offset = skipEscapedRun(text, valueStart, end, PARAMETER_CHARACTERS);

      if (offset === valueStart) {
        return ~offset;
      }
    }
  }

  return offset;
}

/** "?" header *( "&" header ), header = hname "=" hvalue. A fault is the complement of its offset. */
export function skipHeaders(text: string, start: number, end: number): number {
  let offset = start;

  do {
    const nameStart = offset + 1;

    offset = skipEscapedRun(text, nameStart, end, HEADER_CHARACTERS);

    if (offset === nameStart || offset >= end || text.charCodeAt(offset) !== EQUALS) {
      return ~offset;
    }

    offset = skipEscapedRun(text, offset + 1, end, HEADER_CHARACTERS);
  } while (offset < end && text.charCodeAt(offset) === AMPERSAND);

  return offset;
}
