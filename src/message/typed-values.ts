/**
 * Header values of simple grammars: numbers, option tags, Reason (RFC 3261
 * section 25.1, RFC 3326 section 2).
 */
import { CHAR_CLASS, isClass, TOKEN, WORD } from "../grammar/char-class.ts";
import { findParameter, skipParameters, skipToken } from "../grammar/parameters.ts";
import { methodIn } from "./method-names.ts";

/**
 * The number that a text of decimal digits stands for; undefined for anything
 * else and for a number above `max`. SECURITY: leading zeros do not make it
 * octal, and signs, blanks and exponents are no digits, so that every element
 * on the path reads the same number.
 */
export function parseDecimal(text: string, max: number): number | undefined {
  let value = 0;

  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;

    if (digit < 0 || digit > 9) {
      return undefined;
    }

    value = value * 10 + digit;

    if (value > max) {
      return undefined;
    }
  }

  return text === "" ? undefined : value;
}

/** Whether the text is a token of one character or more. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);

    if (code > 255 || ((CHAR_CLASS[code] as number) & TOKEN) === 0) {
      return false;
    }
  }

  return text !== "";
}

/** A CSeq value: number and method. */
export interface CSeqValue {
  readonly sequenceNumber: number;
  readonly method: string;
}

/** RFC 3261 section 20.16: 32 bits. That senders choose less than 2**31 (section 8.1.1.5) is for them to keep. */
const MAX_CSEQ = 2 ** 32 - 1;

/**
 * CSeq = 1*DIGIT LWS Method; undefined for anything else. The value goes from
 * `start` to `end` and is not folded.
 */
export function parseCSeq(text: string, start: number, end: number): CSeqValue | undefined {
  let digitsEnd = start;
  let sequenceNumber = 0;

  for (; digitsEnd < end; digitsEnd++) {
    const digit = text.charCodeAt(digitsEnd) - 0x30;

    if (digit < 0 || digit > 9) {
      break;
    }

    sequenceNumber = sequenceNumber * 10 + digit;

    if (sequenceNumber > MAX_CSEQ) {
      return undefined;
    }
  }

  let methodStart = digitsEnd;

  while (
    methodStart < end &&
    (text.charCodeAt(methodStart) === 0x20 || text.charCodeAt(methodStart) === 0x09)
  ) {
    methodStart++;
  }

  return digitsEnd === start ||
    methodStart === digitsEnd ||
    methodStart === end ||
    skipToken(text, methodStart, end) !== end
    ? undefined
    : { sequenceNumber, method: methodIn(text, methodStart, end) };
}

/** What no word has and a Call-ID is seen with: those of base64, and separators that split nothing here. */
const CALL_ID_TOLERATED = "=@#$&^|";

/**
 * callid = word [ "@" word ]
 *
 * INTEROP: base64 is used as it is, and more than one "@". A Call-ID is
 * compared whole, so nobody can take one for another; commas and semicolons,
 * at which a reader of Replaces or of lists would cut it, are refused.
 */
export function isCallId(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (!isClass(text.charCodeAt(i), WORD) && !CALL_ID_TOLERATED.includes(text.charAt(i))) {
      return false;
    }
  }

  return text !== "" && !text.startsWith("@") && !text.endsWith("@");
}

/** One value of a Reason header field (RFC 3326). */
export interface ReasonValue {
  /** Such as "SIP" or "Q.850", as it was written. */
  readonly protocol: string;
  /** The `cause` parameter, when it is a number. */
  readonly cause: number | undefined;
  /** The `text` parameter without its quotes. */
  readonly text: string | undefined;
}

/** reason-value = protocol *( SEMI reason-params ); undefined when there is no protocol. */
export function parseReason(text: string): ReasonValue | undefined {
  const semicolon = text.indexOf(";");
  const protocol = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();

  if (!isToken(protocol)) {
    return undefined;
  }

  const parameters = semicolon === -1 ? "" : text.slice(semicolon);

  if (skipParameters(parameters, 0, parameters.length) !== parameters.length) {
    return undefined;
  }

  const cause = readParameter(parameters, "cause");
  const reasonText = readParameter(parameters, "text");

  return {
    protocol,
    cause: cause === undefined ? undefined : parseDecimal(cause, 2 ** 31),
    text: reasonText?.startsWith('"') ? reasonText.slice(1, -1).replace(/\\(.)/g, "$1") : reasonText,
  };
}

function readParameter(parameters: string, name: string): string | undefined {
  const found = findParameter(parameters, 0, parameters.length, name);

  return found === undefined ? undefined : parameters.slice(found.valueStart, found.valueEnd);
}
