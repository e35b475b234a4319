/**
 * The methods that counters tell apart. SECURITY: a peer must not be able to
 * make as many time series as it can invent methods, so all others are one.
 */

/** In the order of their indexes; the last stands for all others. */
export const METHOD_LABELS = [
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "REGISTER",
  "SUBSCRIBE",
  "NOTIFY",
  "MESSAGE",
  "INFO",
  "PRACK",
  "UPDATE",
  "REFER",
  "PUBLISH",
  "other",
] as const;

export const OTHER_METHOD = METHOD_LABELS.length - 1;

const SPACE = 0x20;

interface KnownMethod {
  readonly index: number;
  readonly bytes: Uint8Array;
}

const INDEXES: ReadonlyMap<string, number> = new Map(
  METHOD_LABELS.slice(0, OTHER_METHOD).map((method, index) => [method, index]),
);

/** By the first byte. */
const BY_FIRST_BYTE: readonly (readonly KnownMethod[])[] = Array.from({ length: 256 }, (_none, byte) =>
  METHOD_LABELS.slice(0, OTHER_METHOD)
    .map((method, index) => ({ index, bytes: Buffer.from(method, "latin1") }))
    .filter(({ bytes }) => bytes[0] === byte),
);

export function methodIndex(method: string): number {
  return INDEXES.get(method) ?? OTHER_METHOD;
}

/** Of the request that begins with these bytes. PERF: makes no string. */
export function methodIndexOfBytes(request: Uint8Array): number {
  for (const { index, bytes } of BY_FIRST_BYTE[request[0] ?? 0] ?? []) {
    if (request[bytes.length] === SPACE && startsWith(request, bytes)) {
      return index;
    }
  }

  return OTHER_METHOD;
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[index] !== prefix[index]) {
      return false;
    }
  }

  return true;
}
