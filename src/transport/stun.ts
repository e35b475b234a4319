/**
 * STUN Binding over the SIP UDP port: the keep-alive and address discovery of
 * RFC 5626 section 4.4.2, as RFC 8489 (and RFC 5389) defines it, and for
 * clients without the magic cookie as RFC 3489 did. A pure function from one
 * datagram to its answer; no state, no socket.
 */
import { crc32 } from "node:zlib";
import { ipAddressBytes } from "./ip-address-bytes.ts";

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const FINGERPRINT_XOR = 0x5354554e;

const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;

const MAPPED_ADDRESS = 0x0001;
const CHANGE_REQUEST = 0x0003;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const UNKNOWN_ATTRIBUTES = 0x000a;
const MESSAGE_INTEGRITY_SHA256 = 0x001c;
const XOR_MAPPED_ADDRESS = 0x0020;
const SOFTWARE = 0x8022;
const FINGERPRINT = 0x8028;

/** RFC 8489 §14.14: fewer than 128 characters, at most 763 bytes. */
const MAX_SOFTWARE_CHARACTERS = 127;
/** Names in one 420 answer; the client learns of the rest when it asks again. */
const MAX_UNKNOWN_REPORTED = 16;

/**
 * Comprehension-required attributes that this server understands. Those for
 * authentication are among them: a server that asks for none ignores them.
 */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  MAPPED_ADDRESS,
  0x0006, // USERNAME
  MESSAGE_INTEGRITY,
  ERROR_CODE,
  UNKNOWN_ATTRIBUTES,
  0x0014, // REALM
  0x0015, // NONCE
  MESSAGE_INTEGRITY_SHA256,
  0x001d, // PASSWORD-ALGORITHM
  0x001e, // USERHASH
  XOR_MAPPED_ADDRESS,
]);

/** Where the request came from. */
export interface StunPeer {
  /** Address as `dgram` reports it; an IPv4-mapped one counts as IPv4. */
  readonly ip: string;
  readonly port: number;
}

export interface StunOptions {
  /** Value of SOFTWARE in answers; none by default, as it tells an attacker more than a client. */
  readonly software?: string | undefined;
}

/**
 * Whether a datagram on the SIP port must be taken as STUN and never as SIP:
 * a SIP message starts with a letter or CRLF, STUN of this method with 0 or 1.
 */
export function isStunDatagram(bytes: Uint8Array): boolean {
  return bytes.length > 0 && (bytes[0] as number) <= 1;
}

/**
 * The answer to one datagram, or undefined when it deserves none: anything but
 * a well-formed Binding request, a wrong FINGERPRINT included. Never throws.
 */
export function answerStunBinding(
  bytes: Uint8Array,
  peer: StunPeer,
  options: StunOptions = {},
): Buffer | undefined {
  const request = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

  if (
    request.length < HEADER_BYTES ||
    request.readUInt16BE(0) !== BINDING_REQUEST ||
    request.readUInt16BE(2) !== request.length - HEADER_BYTES ||
    request.length % 4 !== 0
  ) {
    return undefined;
  }

  const isClassic = request.readUInt32BE(4) !== MAGIC_COOKIE;
  const unknown = unknownAttributes(request, isClassic);
  const address = ipAddressBytes(peer.ip);

  if (unknown === undefined || address === undefined) {
    return undefined;
  }

  const attributes =
    unknown.length > 0
      ? [errorCode(420, "Unknown Attribute"), unknownAttributesAttribute(unknown, isClassic)]
      : [mappedAddress(address, peer.port, isClassic ? undefined : request.subarray(4, HEADER_BYTES))];

  if (options.software !== undefined && !isClassic) {
    attributes.push(attribute(SOFTWARE, Buffer.from(options.software.slice(0, MAX_SOFTWARE_CHARACTERS))));
  }

  return response(unknown.length > 0 ? BINDING_ERROR : BINDING_SUCCESS, request, attributes, !isClassic);
}

/**
 * Types of the comprehension-required attributes (below 0x8000) that this
 * server does not know, in order, each once. Undefined when an attribute does
 * not fit into the message, or FINGERPRINT is wrong or not last.
 */
function unknownAttributes(request: Buffer, isClassic: boolean): number[] | undefined {
  const unknown: number[] = [];
  let isPastIntegrity = false;
  let offset = HEADER_BYTES;

  while (offset < request.length) {
    // The length is a multiple of four, so four bytes are there.
    const type = request.readUInt16BE(offset);
    const length = request.readUInt16BE(offset + 2);
    const end = offset + 4 + length;
    const next = offset + 4 + paddedLength(length);

    if (next > request.length) {
      return undefined;
    }

    if (type === FINGERPRINT && !isClassic) {
      // §14.7: the last attribute, over everything before it.
      return length === 4 &&
        end === request.length &&
        fingerprint(request, offset) === request.readUInt32BE(offset + 4)
        ? unknown
        : undefined;
    }

    // §14.5: what follows the message integrity is ignored.
    if (!isPastIntegrity && type < 0x8000 && !isUnderstood(type, request.subarray(offset + 4, end))) {
      if (unknown.length < MAX_UNKNOWN_REPORTED && !unknown.includes(type)) {
        unknown.push(type);
      }
    }

    isPastIntegrity ||= type === MESSAGE_INTEGRITY || type === MESSAGE_INTEGRITY_SHA256;
    offset = next;
  }

  return unknown;
}

function isUnderstood(type: number, value: Buffer): boolean {
  if (type === CHANGE_REQUEST) {
    // INTEROP: RFC 3489 phones send it with no flag set, which asks for nothing.
    return value.length === 4 && value.readUInt32BE(0) === 0;
  }

  // SECURITY: RESPONSE-ADDRESS (0x0002) of RFC 3489 asks for an answer to
  // another host. It is not understood here, so that nobody is reflected to.
  return UNDERSTOOD.has(type);
}

function paddedLength(length: number): number {
  return (length + 3) & ~3;
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + paddedLength(value.length));

  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);

  return bytes;
}

/** MAPPED-ADDRESS (§14.1), or XOR-MAPPED-ADDRESS (§14.2) when given the cookie and transaction identifier. */
function mappedAddress(address: Uint8Array, port: number, xorBytes: Buffer | undefined): Buffer {
  const value = Buffer.alloc(4 + address.length);

  value.writeUInt8(address.length === 4 ? 1 : 2, 1);
  value.writeUInt16BE(port, 2);
  value.set(address, 4);

  if (xorBytes === undefined) {
    return attribute(MAPPED_ADDRESS, value);
  }

  // The port takes the first half of the cookie; the address starts again at
  // its first byte and, for IPv6, goes on into the transaction identifier.
  value.writeUInt16BE(port ^ xorBytes.readUInt16BE(0), 2);

  for (let index = 0; index < address.length; index += 1) {
    value[4 + index] = (address[index] as number) ^ (xorBytes[index] as number);
  }

  return attribute(XOR_MAPPED_ADDRESS, value);
}

/** ERROR-CODE (§14.8). */
function errorCode(code: number, reason: string): Buffer {
  const value = Buffer.alloc(4 + Buffer.byteLength(reason));

  value.writeUInt8(Math.trunc(code / 100), 2);
  value.writeUInt8(code % 100, 3);
  value.write(reason, 4);

  return attribute(ERROR_CODE, value);
}

/** UNKNOWN-ATTRIBUTES (§14.9); RFC 3489 §11.2.10 fills an odd list up by repeating one name. */
function unknownAttributesAttribute(types: readonly number[], isClassic: boolean): Buffer {
  const listed = isClassic && types.length % 2 === 1 ? [...types, types[0] as number] : types;
  const value = Buffer.alloc(listed.length * 2);

  listed.forEach((type, index) => {
    value.writeUInt16BE(type, index * 2);
  });

  return attribute(UNKNOWN_ATTRIBUTES, value);
}

/** FINGERPRINT (§14.7) of the bytes before `end`, whose header already counts the attribute itself. */
function fingerprint(message: Buffer, end: number): number {
  return (crc32(message.subarray(0, end)) ^ FINGERPRINT_XOR) >>> 0;
}

function response(
  type: number,
  request: Buffer,
  attributes: readonly Buffer[],
  hasFingerprint: boolean,
): Buffer {
  const header = Buffer.from(request.subarray(0, HEADER_BYTES));
  const bodyBytes = attributes.reduce((sum, bytes) => sum + bytes.length, 0);

  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(bodyBytes + (hasFingerprint ? 8 : 0), 2);

  const message = Buffer.concat([header, ...attributes]);

  if (!hasFingerprint) {
    return message;
  }

  const value = Buffer.alloc(4);

  value.writeUInt32BE(fingerprint(message, message.length), 0);

  return Buffer.concat([message, attribute(FINGERPRINT, value)]);
}
