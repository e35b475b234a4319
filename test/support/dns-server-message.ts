/** Writes DNS responses byte by byte as RFC 1035 section 4 draws them; shares nothing with the resolver's own reader. */

export const TYPES = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, SRV: 33, NAPTR: 35 } as const;

export interface WrittenRecord {
  readonly name: string;
  readonly type: keyof typeof TYPES;
  readonly ttl?: number;
  readonly data: Buffer;
}

export interface WrittenResponse {
  readonly id: number;
  /** Name and type as bytes, or text to be written. */
  readonly name: string;
  readonly type: number;
  /** QR, AA, RD, RA unless given. */
  readonly flags?: number;
  readonly responseCode?: number;
  readonly answers?: readonly WrittenRecord[];
  readonly authorities?: readonly WrittenRecord[];
  readonly additionals?: readonly WrittenRecord[];
}

export function uint16(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}

export function uint32(value: number): Buffer {
  return uint16(Math.floor(value / 0x10000), value % 0x10000);
}

/** A name without compression; "" or "." is the root. */
export function writeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");

  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, "latin1")])),
    Buffer.from([0]),
  ]);
}

function writeText(text: string): Buffer {
  return Buffer.from([text.length, ...Buffer.from(text, "latin1")]);
}

export function a(name: string, ip: string, ttl = 60): WrittenRecord {
  return { name, type: "A", ttl, data: Buffer.from(ip.split(".").map(Number)) };
}

/** `groups`: the eight numbers of the address. */
export function aaaa(name: string, groups: readonly number[], ttl = 60): WrittenRecord {
  return { name, type: "AAAA", ttl, data: uint16(...groups) };
}

export function cname(name: string, target: string, ttl = 60): WrittenRecord {
  return { name, type: "CNAME", ttl, data: writeName(target) };
}

export function srv(
  name: string,
  [priority, weight, port]: readonly [number, number, number],
  target: string,
  ttl = 60,
): WrittenRecord {
  return {
    name,
    type: "SRV",
    ttl,
    data: Buffer.concat([uint16(priority, weight, port), writeName(target)]),
  };
}

export function naptr(
  name: string,
  [order, preference]: readonly [number, number],
  [flags, service, regexp]: readonly [string, string, string],
  replacement: string,
  ttl = 60,
): WrittenRecord {
  return {
    name,
    type: "NAPTR",
    ttl,
    data: Buffer.concat([
      uint16(order, preference),
      writeText(flags),
      writeText(service),
      writeText(regexp),
      writeName(replacement),
    ]),
  };
}

export function soa(name: string, minimum: number, ttl = 60): WrittenRecord {
  return {
    name,
    type: "SOA",
    ttl,
    data: Buffer.concat([
      writeName(`ns.${name}`),
      writeName(`hostmaster.${name}`),
      uint32(1),
      uint32(2),
      uint32(3),
      uint32(4),
      uint32(minimum),
    ]),
  };
}

function writeRecord(record: WrittenRecord): Buffer {
  return Buffer.concat([
    writeName(record.name),
    uint16(TYPES[record.type], 1),
    uint32(record.ttl ?? 60),
    uint16(record.data.length),
    record.data,
  ]);
}

export function writeResponse(response: WrittenResponse): Buffer {
  const { answers = [], authorities = [], additionals = [] } = response;

  return Buffer.concat([
    uint16(response.id, (response.flags ?? 0x8580) | (response.responseCode ?? 0), 1),
    uint16(answers.length, authorities.length, additionals.length),
    writeName(response.name),
    uint16(response.type, 1),
    ...[...answers, ...authorities, ...additionals].map(writeRecord),
  ]);
}
