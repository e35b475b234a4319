/**
 * host = hostname / IPv4address / IPv6reference (RFC 3261 section 25.1, with
 * the corrections of RFC 5954 section 4.1; RFC 5118 shows them).
 */
import { CHAR_CLASS, DIGIT, HOST } from "./char-class.ts";
import { formatIpv6, parseIpv6, skipIpv4Address } from "./ipv6-text.ts";

const HYPHEN = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;

/** The longest text of an IPv6 address: six groups and a dotted IPv4 address. */
const MAX_IPV6_LENGTH = 45;

/** What a host is, under the names that the old product had for them. */
export type HostType = "domain" | "ipv4" | "ipv6_reference";

/**
 * Offset after the host that begins at `start`. A fault is returned as the
 * bitwise complement of its offset, so every negative number is one.
 */
export function skipHost(text: string, start: number, end: number): number {
  if (start < end && text.charCodeAt(start) === LEFT_BRACKET) {
    return skipIpv6Reference(text, start, end);
  }

  return skipHostname(text, start, end, true);
}

/**
 * hostname = *( domainlabel "." ) toplabel [ "." ]; as `skipHost` otherwise.
 * With `allowIpv4` an IPv4address may stand in its place.
 *
 * INTEROP: an underscore counts as a letter; names of private domains and
 * containers have them.
 */
export function skipHostname(text: string, start: number, end: number, allowIpv4: boolean): number {
  let offset = start;
  let labelStart = start;
  let previousLabelStart = start;
  // What a label may not begin after.
  let previous = DOT;

  for (; offset < end; offset++) {
    const code = text.charCodeAt(offset);

    if (((CHAR_CLASS[code] as number) & HOST) === 0) {
      break;
    }

    if (code === DOT) {
      if (previous === DOT || previous === HYPHEN) {
        return ~offset;
      }

      previousLabelStart = labelStart;
      labelStart = offset + 1;
    } else if (code === HYPHEN && previous === DOT) {
      return ~offset;
    }

    previous = code;
  }

  if (offset === start || text.charCodeAt(offset - 1) === HYPHEN) {
    return ~offset;
  }

  const topLabelStart = labelStart === offset ? previousLabelStart : labelStart;

  // toplabel begins with a letter; what ends in a number can only be an IPv4address.
  if (((CHAR_CLASS[text.charCodeAt(topLabelStart)] as number) & DIGIT) !== 0) {
    return allowIpv4 && skipIpv4Address(text, start, offset) === offset ? offset : ~topLabelStart;
  }

  return offset;
}

/** IPv6reference = "[" IPv6address "]" */
function skipIpv6Reference(text: string, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_IPV6_LENGTH + 2);

  for (let offset = start + 1; offset < limit; offset++) {
    const code = text.charCodeAt(offset);

    if (code === RIGHT_BRACKET) {
      return parseIpv6(text.slice(start + 1, offset)) === undefined ? ~(start + 1) : offset + 1;
    }

    if (code !== COLON && code !== DOT && !isHexDigit(code)) {
      return ~offset;
    }
  }

  return ~limit;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Whether the whole text is a host. */
export function isHost(text: string): boolean {
  return skipHost(text, 0, text.length) === text.length;
}

/** The kind of a valid host. */
export function hostTypeOf(host: string): HostType {
  if (host.charCodeAt(0) === LEFT_BRACKET) {
    return "ipv6_reference";
  }

  const last = host.charCodeAt(host.length - 1);

  // Only a valid host that is an address can be all digits after its last dot.
  if (((CHAR_CLASS[last] as number) & DIGIT) === 0) {
    return "domain";
  }

  return skipIpv4Address(host, 0, host.length) === host.length ? "ipv4" : "domain";
}

/**
 * The form in which equal hosts are equal texts: lower case, no dot at the
 * end, an IPv6 address in brackets and in its RFC 5952 form (RFC 5954 section
 * 4.2 compares addresses by value). `host` must be valid.
 */
export function normalizeHost(host: string): string {
  if (host.charCodeAt(0) === LEFT_BRACKET) {
    const groups = parseIpv6(host.slice(1, -1));

    return groups === undefined ? host.toLowerCase() : `[${formatIpv6(groups)}]`;
  }

  const lower = host.toLowerCase();

  return lower.charCodeAt(lower.length - 1) === DOT ? lower.slice(0, -1) : lower;
}
