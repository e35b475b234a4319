/**
 * IPv6 addresses as text: IPv6address of RFC 5954 section 4.1 (which corrects
 * RFC 3261 section 25.1) and the canonical form of RFC 5952. Zone identifiers
 * are no part of either.
 */
import { CHAR_CLASS, DIGIT, HEX } from "./char-class.ts";

const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;

/**
 * Offset after the IPv4address (four dec-octet) that begins at `start`, or -1
 * when there is none. SECURITY: leading zeros are refused, since some systems
 * read them as octal.
 */
export function skipIpv4Address(text: string, start: number, end: number): number {
  let offset = start;

  for (let octets = 1; ; octets++) {
    const octetStart = offset;
    let value = 0;

    while (offset < end && ((CHAR_CLASS[text.charCodeAt(offset)] as number) & DIGIT) !== 0 && value < 256) {
      value = value * 10 + text.charCodeAt(offset) - ZERO;
      offset++;
    }

    const hasLeadingZero = offset - octetStart > 1 && text.charCodeAt(octetStart) === ZERO;

    if (offset === octetStart || value > 255 || hasLeadingZero) {
      return -1;
    }

    if (octets === 4) {
      return offset;
    }

    if (offset >= end || text.charCodeAt(offset) !== DOT) {
      return -1;
    }

    offset++;
  }
}

/** The eight 16-bit groups of the address that is exactly `text`, without brackets; undefined when it is none. */
export function parseIpv6(text: string): number[] | undefined {
  const head: number[] = [];
  const tail: number[] = [];
  let groups = head;
  let offset = 0;

  if (text.startsWith("::")) {
    groups = tail;
    offset = 2;
  }

  while (offset < text.length) {
    const groupStart = offset;
    let value = 0;

    while (((CHAR_CLASS[text.charCodeAt(offset)] as number) & HEX) !== 0) {
      value = value * 16 + Number.parseInt(text.charAt(offset), 16);
      offset++;
    }

    if (text.charCodeAt(offset) === DOT) {
      return pushIpv4Groups(text, groupStart, groups) ? joinGroups(head, tail, groups === tail) : undefined;
    }

    if (offset === groupStart || offset - groupStart > 4) {
      return undefined;
    }

    groups.push(value);

    if (offset === text.length) {
      break;
    }

    if (text.charCodeAt(offset) !== COLON || offset + 1 === text.length) {
      return undefined;
    }

    offset++;

    if (text.charCodeAt(offset) === COLON) {
      if (groups === tail) {
        return undefined;
      }

      groups = tail;
      offset++;
    }
  }

  return joinGroups(head, tail, groups === tail);
}

/** ls32 in its dotted form, which can only stand last. */
function pushIpv4Groups(text: string, start: number, groups: number[]): boolean {
  if (skipIpv4Address(text, start, text.length) !== text.length) {
    return false;
  }

  const octets = text.slice(start).split(".").map(Number) as [number, number, number, number];

  groups.push(octets[0] * 256 + octets[1], octets[2] * 256 + octets[3]);

  return true;
}

function joinGroups(head: number[], tail: number[], isCompressed: boolean): number[] | undefined {
  const missing = 8 - head.length - tail.length;

  // RFC 5954 section 4.1: "::" stands for one group or more.
  if (isCompressed ? missing < 1 : missing !== 0) {
    return undefined;
  }

  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/**
 * The canonical form of RFC 5952: lower case, no leading zeros, the first of
 * the longest runs of two zero groups or more as "::", and an IPv4-mapped
 * address with its last part in dotted form (section 5).
 */
export function formatIpv6(groups: readonly number[]): string {
  const run = longestZeroRun(groups);
  const isMapped = run.start === 0 && run.length === 5 && groups[5] === 0xffff;
  const texts = groups.map((group) => group.toString(16));

  if (isMapped) {
    const octets = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);

    return `::ffff:${octets.join(".")}`;
  }

  if (run.length < 2) {
    return texts.join(":");
  }

  return `${texts.slice(0, run.start).join(":")}::${texts.slice(run.start + run.length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  const longest = { start: 0, length: 0 };
  let length = 0;

  for (let i = 0; i < groups.length; i++) {
    length = groups[i] === 0 ? length + 1 : 0;

    if (length > longest.length) {
      longest.start = i - length + 1;
      longest.length = length;
    }
  }

  return longest;
}
