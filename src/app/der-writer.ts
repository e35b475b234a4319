/** Writes DER (ITU-T X.690 section 10): as much of it as a certificate needs. */

/** Universal tags, constructed ones with their bit. */
const TAG = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

const CONTEXT = 0x80;
const CONTEXT_CONSTRUCTED = 0xa0;
/** RFC 5280 section 4.1.2.5: from then on a date is a GeneralizedTime. */
const FIRST_GENERALIZED_YEAR = 2050;

/** Any value: its tag, its length in the shortest form, its content. */
function value(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.concat(content);
  const length: number[] = [];

  for (let rest = bytes.length; rest > 0; rest >>>= 8) {
    length.unshift(rest & 0xff);
  }

  const header = bytes.length < 0x80 ? [tag, bytes.length] : [tag, 0x80 | length.length, ...length];

  return Buffer.concat([Buffer.from(header), bytes]);
}

export const sequence = (...members: readonly Uint8Array[]): Buffer => value(TAG.SEQUENCE, ...members);
export const set = (...members: readonly Uint8Array[]): Buffer => value(TAG.SET, ...members);
export const octetString = (content: Uint8Array): Buffer => value(TAG.OCTET_STRING, content);
export const utf8String = (text: string): Buffer => value(TAG.UTF8_STRING, Buffer.from(text, "utf8"));
export const nullValue = (): Buffer => value(TAG.NULL);
export const trueValue = (): Buffer => value(TAG.BOOLEAN, Buffer.from([0xff]));

/** A number of zero or more, from its bytes. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const significant = start === -1 ? Buffer.from([0]) : bytes.subarray(start);
  const sign = ((significant[0] ?? 0) & 0x80) === 0 ? [] : [0];

  return value(TAG.INTEGER, Buffer.from(sign), significant);
}

/** @param unusedBits at the end of the last byte. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return value(TAG.BIT_STRING, Buffer.from([unusedBits]), bytes);
}

/** @param dotted such as "2.5.29.17". */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];

    for (let left = arc >>> 7; left > 0; left >>>= 7) {
      groups.unshift(0x80 | (left & 0x7f));
    }

    return groups;
  });

  return value(TAG.OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** RFC 5280 section 4.1.2.5: whole seconds, in UTC. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replace(/\.\d+/, "").replace(/[-:T]/g, "");

  return date.getUTCFullYear() < FIRST_GENERALIZED_YEAR
    ? value(TAG.UTC_TIME, Buffer.from(text.slice(2)))
    : value(TAG.GENERALIZED_TIME, Buffer.from(text));
}

/** `[number] EXPLICIT`. */
export const explicit = (number: number, content: Uint8Array): Buffer =>
  value(CONTEXT_CONSTRUCTED | number, content);

/** `[number] IMPLICIT` of a string. */
export const implicit = (number: number, content: Uint8Array): Buffer => value(CONTEXT | number, content);
