/**
 * Reads DNS messages (RFC 1035 section 4): header, question, answers, and the
 * SOA record of the authority section. Any bytes give a result, none throw.
 *
 * SECURITY: the additional section is not read. Addresses in it may be of
 * names that the answering server has no say in, and asking for them costs
 * one query that the cache mostly answers.
 */
import { ipAddressText } from "../transport/ip-address-bytes.ts";
import { readName } from "./dns-name.ts";
import type { AddressRecord, NaptrRecord, QuestionType, SrvRecord } from "./dns-record.ts";

/** The numbers of the record types that are read (IANA "DNS parameters"). */
export const TYPE_NUMBER = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33, NAPTR: 35, OPT: 41 } as const;

export const CLASS_IN = 1;

const HEADER_BYTES = 12;
const FIXED_RECORD_BYTES = 10;

export interface DnsQuestion {
  /** Lower-case, without a dot at the end. */
  readonly name: string;
  readonly type: QuestionType;
}

export type RecordData =
  | { readonly type: "A" | "AAAA"; readonly record: AddressRecord }
  | { readonly type: "SRV"; readonly record: SrvRecord }
  | { readonly type: "NAPTR"; readonly record: NaptrRecord }
  | { readonly type: "CNAME"; readonly target: string }
  | { readonly type: "SOA"; readonly minimumSeconds: number };

export interface ResourceRecord {
  readonly name: string;
  readonly ttlSeconds: number;
  readonly data: RecordData;
}

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly isRecursionAvailable: boolean;
  /** 0 to 15. */
  readonly responseCode: number;
  readonly questionName: string;
  readonly questionType: number;
  readonly questionClass: number;
  /** False when the sections after the question cannot be read; they are empty then. */
  readonly isWellFormed: boolean;
  /** Those of class IN and of a type in `RecordData`. */
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
}

/** Undefined when header and question, by which an answer is matched, cannot be read. */
export function readDnsMessage(bytes: Buffer): DnsMessage | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(4) !== 1) {
    return undefined;
  }

  const flags = bytes.readUInt16BE(2);
  const question = readName(bytes, HEADER_BYTES);

  if (question === undefined || question.end + 4 > bytes.length) {
    return undefined;
  }

  const answers = readSection(bytes, question.end + 4, bytes.readUInt16BE(6));
  const authorities = answers && readSection(bytes, answers.end, bytes.readUInt16BE(8));

  return {
    id: bytes.readUInt16BE(0),
    // QR set and OPCODE 0, a standard query.
    isResponse: (flags & 0xf800) === 0x8000,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    isRecursionAvailable: (flags & 0x0080) !== 0,
    responseCode: flags & 0x000f,
    questionName: question.name,
    questionType: bytes.readUInt16BE(question.end),
    questionClass: bytes.readUInt16BE(question.end + 2),
    isWellFormed: authorities !== undefined,
    answers: authorities === undefined || answers === undefined ? [] : answers.records,
    authorities: authorities?.records ?? [],
  };
}

interface Section {
  readonly records: readonly ResourceRecord[];
  readonly end: number;
}

/** Undefined when one of its records cannot be read. The message's length bounds the work, whatever `count` says. */
function readSection(bytes: Buffer, start: number, count: number): Section | undefined {
  const records: ResourceRecord[] = [];
  let offset = start;

  for (let index = 0; index < count; index++) {
    const owner = readName(bytes, offset);

    if (owner === undefined || owner.end + FIXED_RECORD_BYTES > bytes.length) {
      return undefined;
    }

    const type = bytes.readUInt16BE(owner.end);
    const recordClass = bytes.readUInt16BE(owner.end + 2);
    const ttl = bytes.readUInt32BE(owner.end + 4);
    const dataStart = owner.end + FIXED_RECORD_BYTES;
    const dataEnd = dataStart + bytes.readUInt16BE(owner.end + 8);

    if (dataEnd > bytes.length) {
      return undefined;
    }

    if (recordClass === CLASS_IN && isReadType(type)) {
      const data = readData(bytes, type, dataStart, dataEnd);

      if (data === undefined) {
        return undefined;
      }

      // RFC 2181 section 8: a TTL with the top bit set counts as 0.
      records.push({ name: owner.name, ttlSeconds: ttl > 0x7fffffff ? 0 : ttl, data });
    }

    offset = dataEnd;
  }

  return { records, end: offset };
}

function isReadType(type: number): boolean {
  return (
    type === TYPE_NUMBER.A ||
    type === TYPE_NUMBER.AAAA ||
    type === TYPE_NUMBER.SRV ||
    type === TYPE_NUMBER.NAPTR ||
    type === TYPE_NUMBER.CNAME ||
    type === TYPE_NUMBER.SOA
  );
}

/** Undefined unless the data fills its length exactly, so that it cannot reach into what follows. */
function readData(bytes: Buffer, type: number, start: number, end: number): RecordData | undefined {
  switch (type) {
    case TYPE_NUMBER.A:
      return end - start === 4
        ? { type: "A", record: { ip: ipAddressText(bytes.subarray(start, end)) } }
        : undefined;
    case TYPE_NUMBER.AAAA:
      return end - start === 16
        ? { type: "AAAA", record: { ip: ipAddressText(bytes.subarray(start, end)) } }
        : undefined;
    case TYPE_NUMBER.SRV:
      return readSrv(bytes, start, end);
    case TYPE_NUMBER.NAPTR:
      return readNaptr(bytes, start, end);
    case TYPE_NUMBER.CNAME: {
      const target = readNameTo(bytes, start, end);

      return target === undefined ? undefined : { type: "CNAME", target };
    }
    default:
      return readSoa(bytes, start, end);
  }
}

/** The name that ends exactly at `end`. */
function readNameTo(bytes: Buffer, start: number, end: number): string | undefined {
  const read = readName(bytes, start);

  return read?.end === end ? read.name : undefined;
}

function readSrv(bytes: Buffer, start: number, end: number): RecordData | undefined {
  const target = end - start > 6 ? readNameTo(bytes, start + 6, end) : undefined;

  return target === undefined
    ? undefined
    : {
        type: "SRV",
        record: {
          priority: bytes.readUInt16BE(start),
          weight: bytes.readUInt16BE(start + 2),
          port: bytes.readUInt16BE(start + 4),
          target,
        },
      };
}

function readNaptr(bytes: Buffer, start: number, end: number): RecordData | undefined {
  const texts: string[] = [];
  let offset = start + 4;

  // Flags, service, regexp: each a length byte and so many bytes.
  for (let index = 0; index < 3; index++) {
    if (offset >= end || offset + 1 + bytes.readUInt8(offset) > end) {
      return undefined;
    }

    const textEnd = offset + 1 + bytes.readUInt8(offset);

    texts.push(bytes.toString("latin1", offset + 1, textEnd));
    offset = textEnd;
  }

  const replacement = readNameTo(bytes, offset, end);
  const [flags = "", service = "", regexp = ""] = texts;

  return replacement === undefined
    ? undefined
    : {
        type: "NAPTR",
        record: {
          order: bytes.readUInt16BE(start),
          preference: bytes.readUInt16BE(start + 2),
          flags,
          service,
          regexp,
          replacement,
        },
      };
}

/** Of an SOA record only MINIMUM counts here: how long a negative answer is good for (RFC 2308 section 4). */
function readSoa(bytes: Buffer, start: number, end: number): RecordData | undefined {
  const primary = readName(bytes, start);
  const mailbox = primary && readName(bytes, primary.end);

  if (mailbox === undefined || mailbox.end + 20 !== end) {
    return undefined;
  }

  return { type: "SOA", minimumSeconds: bytes.readUInt32BE(mailbox.end + 16) };
}
