/**
 * What a received message must satisfy before the server handles it: one
 * function per rule. RFC 3261 section 16.3 step 1: what a proxy has to
 * understand must be well-formed, anything else is left alone.
 */
import type { AddressValue } from "../grammar/address-value.ts";
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { scanNameAddr } from "../grammar/name-addr-scan.ts";
import { findViaListFault } from "../grammar/via-value.ts";
import { skipWhitespace, trimWhitespaceEnd } from "../grammar/whitespace.ts";
import type { HeaderLine } from "./header-line.ts";
import { HEADER_ID, type HeaderName, headerNameOfId } from "./header-names.ts";
import type { SipMessage } from "./sip-message.ts";
import { isCallId, isToken, parseDecimal } from "./typed-values.ts";

/** A broken rule, with the answer that a request gets for it. */
export interface Violation {
  readonly rule: string;
  /** In the received bytes, or 0 where the rule is about no particular byte. */
  readonly offset: number;
  readonly header: string | undefined;
  readonly statusCode: number;
  readonly reasonPhrase: string;
}

function violation(header: string, rule: string, offset: number, complaint: string): Violation {
  return { rule, offset, header, statusCode: 400, reasonPhrase: `${complaint} ${header}` };
}

/** Header fields of which every message has one, and of which none may come twice. */
const MANDATORY = [HEADER_ID.FROM, HEADER_ID.TO, HEADER_ID.CALL_ID, HEADER_ID.CSEQ] as const;
const SINGLETONS = [...MANDATORY, HEADER_ID.MAX_FORWARDS, HEADER_ID.CONTENT_LENGTH] as const;

/** Bit of each singleton by header number; 0 for the others. */
const SINGLETON_BIT: Uint8Array = SINGLETONS.reduce((table, id, index) => {
  table[id] = 1 << index;

  return table;
}, new Uint8Array(256));

const MANDATORY_BITS = (1 << MANDATORY.length) - 1;

function nameOf(id: number): string {
  return (headerNameOfId(id) as HeaderName).canonical;
}

/** Offset of the header field's first value in the received bytes. */
function offsetOf(message: SipMessage, id: number): number {
  return message.lines.find((line) => line.id === id)?.valueStart ?? 0;
}

/**
 * RFC 3261 section 8.1.1 (mandatory header fields) and section 7.3.1 (no
 * header field twice whose grammar is no list). SECURITY: two elements that
 * choose different ones of a doubled header field disagree about the message.
 */
export function checkCoreHeaders(lines: readonly HeaderLine[]): Violation | undefined {
  let seen = 0;

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as HeaderLine;
    const bit = SINGLETON_BIT[line.id] as number;

    if ((seen & bit) !== 0) {
      return violation(nameOf(line.id), "message-header", line.start, "Repeated");
    }

    seen |= bit;
  }

  if ((seen & MANDATORY_BITS) !== MANDATORY_BITS) {
    const missing = MANDATORY.find((_, index) => (seen & (1 << index)) === 0) ?? HEADER_ID.UNKNOWN;

    return violation(nameOf(missing), "message-header", 0, "Missing");
  }

  return undefined;
}

/** RFC 3261 section 20.42: every Via, since the one below ours is where responses go. */
export function checkVia(message: SipMessage): Violation | undefined {
  const via = message.readTopmostVia();

  if (via instanceof GrammarFault) {
    return violation("Via", via.rule, via.offset, "Malformed");
  }

  for (let i = 0; i < message.lines.length; i++) {
    const line = message.lines[i] as HeaderLine;

    // PERF: a line with one Via, read just now, is not read again (benchmarks/message/message-layer.ts).
    if (
      line.id === HEADER_ID.VIA &&
      !(line.source === message.text && via.start === line.valueStart && via.end === line.valueEnd)
    ) {
      const fault = findViaListFault(line.source, line.valueStart, line.valueEnd);

      if (fault !== undefined) {
        return violation("Via", fault.rule, fault.offset, "Malformed");
      }
    }
  }

  return undefined;
}

/** RFC 3261 sections 20.20 and 20.39; no parameter twice (section 7.3.1). */
export function checkFromAndTo(message: SipMessage): Violation | undefined {
  return (
    checkAddress(message, message.readFrom(), HEADER_ID.FROM) ??
    checkAddress(message, message.readTo(), HEADER_ID.TO)
  );
}

function checkAddress(
  message: SipMessage,
  value: AddressValue | GrammarFault,
  id: number,
): Violation | undefined {
  const header = nameOf(id);

  if (value instanceof GrammarFault) {
    return violation(header, value.rule, value.offset, "Malformed");
  }

  // tag-param = "tag" EQUAL token: one without a value would be a dialog to some and none to others.
  return hasRepeatedTag(value.parametersText) || value.parameter("tag") === null
    ? violation(header, "tag-param", offsetOf(message, id), "Malformed")
    : undefined;
}

const TAG = /;[ \t\r\n]*tag[ \t\r\n]*(?=[=;]|$)/gi;

/** PERF: nearly always the first look at the text decides (benchmarks/message/message-layer.ts). */
function hasRepeatedTag(parameters: string): boolean {
  if (parameters.indexOf(";", 1) === -1) {
    return false;
  }

  return (parameters.replace(/"(?:[^"\\]|\\.)*"/gs, "").match(TAG)?.length ?? 0) > 1;
}

/** RFC 3261 section 20.8. */
export function checkCallId(message: SipMessage): Violation | undefined {
  return isCallId(message.callId)
    ? undefined
    : violation("Call-ID", "callid", offsetOf(message, HEADER_ID.CALL_ID), "Malformed");
}

/** RFC 3261 sections 20.16 and 8.1.1.5; `method` is that of the start line, if the message is a request. */
export function checkCSeq(message: SipMessage, method: string | undefined): Violation | undefined {
  const cseq = message.readCSeq();

  if (cseq === undefined) {
    return violation("CSeq", "CSeq", offsetOf(message, HEADER_ID.CSEQ), "Malformed");
  }

  // RFC 3261 section 8.1.1.5: "The method MUST match that of the request."
  return method === undefined || cseq.method === method
    ? undefined
    : {
        ...violation("CSeq", "CSeq", offsetOf(message, HEADER_ID.CSEQ), ""),
        reasonPhrase: "CSeq Method Does Not Match Request Method",
      };
}

/** Checks of single header fields, run in one pass because most messages have few of them. */
export function checkOtherHeaders(message: SipMessage, isRequest: boolean): Violation | undefined {
  for (let i = 0; i < message.lines.length; i++) {
    const line = message.lines[i] as HeaderLine;
    let isGood = true;

    if (line.id === HEADER_ID.MAX_FORWARDS) {
      // RFC 3261 section 20.22: 0 to 255.
      isGood = parseDecimal(line.rawValue, 255) !== undefined;
    } else if (line.id === HEADER_ID.ROUTE && isRequest) {
      isGood = isAddressList(line);
    } else if (line.id === HEADER_ID.PROXY_REQUIRE && isRequest) {
      isGood = areTokens(line);
    }

    if (!isGood) {
      return violation(nameOf(line.id), nameOf(line.id), line.valueStart, "Malformed");
    }
  }

  return undefined;
}

/** Route = route-param *(COMMA route-param), where route-param is a name-addr: brackets are not optional. */
function isAddressList(line: HeaderLine): boolean {
  const text = line.source;
  let offset = line.valueStart;

  for (;;) {
    const span = scanNameAddr(text, offset, line.valueEnd);

    if (span instanceof GrammarFault || span.addressEnd === span.uriEnd) {
      return false;
    }

    if (span.end >= line.valueEnd) {
      return true;
    }

    offset = span.end + 1;
  }
}

/**
 * option-tag *(COMMA option-tag)
 *
 * INTEROP: a line without any is seen, and requires nothing.
 */
function areTokens(line: HeaderLine): boolean {
  const text = line.rawValue;

  // SECURITY: no regular expression trims here, or a run of spaces in one would cost its length squared.
  return (
    text === "" ||
    text
      .split(",")
      .every((tag) =>
        isToken(tag.slice(skipWhitespace(tag, 0, tag.length), trimWhitespaceEnd(tag, 0, tag.length))),
      )
  );
}
