/**
 * The packets of HEP3, the Homer Encapsulation Protocol version 3 (also known
 * as EEP): a magic word, the total length, and chunks of vendor, type, length
 * and value, all numbers in network order.
 */

/** Types of the generic chunks (vendor 0). */
export const CHUNK = {
  IP_FAMILY: 0x0001,
  IP_PROTOCOL: 0x0002,
  SOURCE_IPV4: 0x0003,
  DESTINATION_IPV4: 0x0004,
  SOURCE_IPV6: 0x0005,
  DESTINATION_IPV6: 0x0006,
  SOURCE_PORT: 0x0007,
  DESTINATION_PORT: 0x0008,
  TIME_SECONDS: 0x0009,
  TIME_MICROSECONDS: 0x000a,
  PROTOCOL_TYPE: 0x000b,
  AGENT_ID: 0x000c,
  AUTHENTICATION_KEY: 0x000e,
  PAYLOAD: 0x000f,
  CORRELATION_ID: 0x0011,
  NODE_NAME: 0x0013,
} as const;

/** Largest packet that a datagram of IPv4 carries. */
export const MAX_PACKET_BYTES = 65_507;

const MAGIC = Buffer.from("HEP3", "latin1");
const HEADER_BYTES = 6;
const CHUNK_HEADER_BYTES = 6;
/** AF_INET and AF_INET6, as the specification numbers them on every system. */
const FAMILY_IPV4 = 2;
const FAMILY_IPV6 = 10;
const PROTOCOL_SIP = 1;
const IPV4_BYTES = 4;

/** What every packet of one capture agent says of it. */
export interface CaptureAgent {
  /** 32 bits. */
  readonly id: number;
  readonly name?: string | undefined;
  readonly authenticationKey?: string | undefined;
}

export interface CapturedMessage {
  /** 4 or 16 bytes; both ends have as many. */
  readonly sourceIp: Uint8Array;
  readonly destinationIp: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** IP protocol number: 17 is UDP, 6 is TCP. */
  readonly ipProtocol: number;
  /** Since 1970, in microseconds. */
  readonly timeUs: number;
  /** The Call-ID; undefined when there is none. */
  readonly correlationId: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

export class Hep3Encoder {
  /** The chunks that are the same in each packet. */
  readonly #agentChunks: Buffer;

  constructor(agent: CaptureAgent) {
    const id = Buffer.alloc(4);

    id.writeUInt32BE(agent.id);
    this.#agentChunks = Buffer.concat([
      chunk(CHUNK.AGENT_ID, id),
      optionalChunk(CHUNK.NODE_NAME, agent.name),
      optionalChunk(CHUNK.AUTHENTICATION_KEY, agent.authenticationKey),
    ]);
  }

  /** The packet; a payload for which it has no room is cut off at its end. */
  encode(message: CapturedMessage): Buffer {
    const { correlationId, destinationIp, sourceIp } = message;
    const isIpv4 = sourceIp.length === IPV4_BYTES;
    const writer = new ChunkWriter(message.payload.length + this.#agentChunks.length);

    writer.uint8(CHUNK.IP_FAMILY, isIpv4 ? FAMILY_IPV4 : FAMILY_IPV6);
    writer.bytes(isIpv4 ? CHUNK.SOURCE_IPV4 : CHUNK.SOURCE_IPV6, sourceIp);
    writer.bytes(isIpv4 ? CHUNK.DESTINATION_IPV4 : CHUNK.DESTINATION_IPV6, destinationIp);
    writer.uint8(CHUNK.IP_PROTOCOL, message.ipProtocol);
    writer.uint16(CHUNK.SOURCE_PORT, message.sourcePort);
    writer.uint16(CHUNK.DESTINATION_PORT, message.destinationPort);
    writer.uint32(CHUNK.TIME_SECONDS, Math.floor(message.timeUs / 1_000_000));
    writer.uint32(CHUNK.TIME_MICROSECONDS, message.timeUs % 1_000_000);
    writer.uint8(CHUNK.PROTOCOL_TYPE, PROTOCOL_SIP);
    writer.raw(this.#agentChunks);

    if (correlationId !== undefined) {
      writer.bytes(CHUNK.CORRELATION_ID, correlationId);
    }

    writer.bytes(CHUNK.PAYLOAD, message.payload);

    return writer.finish();
  }
}

/** Everything but agent, correlation id and payload: 112 bytes for IPv6, and the payload's chunk header. */
const FIXED_BYTES = 128;
/** Longest correlation id; a longer one is cut off, the same in each message. */
export const MAX_CORRELATION_ID_BYTES = 1024;

class ChunkWriter {
  readonly #buffer: Buffer;
  #offset = HEADER_BYTES;

  constructor(variableBytes: number) {
    const size = Math.min(FIXED_BYTES + MAX_CORRELATION_ID_BYTES + variableBytes, MAX_PACKET_BYTES);

    this.#buffer = Buffer.allocUnsafe(size);
    this.#buffer.set(MAGIC, 0);
  }

  uint8(type: number, value: number): void {
    this.#head(type, 1);
    this.#offset = this.#buffer.writeUInt8(value, this.#offset);
  }

  uint16(type: number, value: number): void {
    this.#head(type, 2);
    this.#offset = this.#buffer.writeUInt16BE(value, this.#offset);
  }

  uint32(type: number, value: number): void {
    this.#head(type, 4);
    this.#offset = this.#buffer.writeUInt32BE(value, this.#offset);
  }

  /** As much of them as there is room for. */
  bytes(type: number, value: Uint8Array): void {
    const room = this.#buffer.length - this.#offset - CHUNK_HEADER_BYTES;
    const part = value.length > room ? value.subarray(0, room) : value;

    this.#head(type, part.length);
    this.raw(part);
  }

  raw(value: Uint8Array): void {
    this.#buffer.set(value, this.#offset);
    this.#offset += value.length;
  }

  finish(): Buffer {
    this.#buffer.writeUInt16BE(this.#offset, MAGIC.length);

    return this.#buffer.subarray(0, this.#offset);
  }

  #head(type: number, valueBytes: number): void {
    writeChunkHead(this.#buffer, this.#offset, type, valueBytes);
    this.#offset += CHUNK_HEADER_BYTES;
  }
}

/** Vendor 0 ("generic"), type, and the length with this head. */
function writeChunkHead(buffer: Buffer, offset: number, type: number, valueBytes: number): void {
  buffer.writeUInt16BE(0, offset);
  buffer.writeUInt16BE(type, offset + 2);
  buffer.writeUInt16BE(CHUNK_HEADER_BYTES + valueBytes, offset + 4);
}

function chunk(type: number, value: Buffer): Buffer {
  const buffer = Buffer.alloc(CHUNK_HEADER_BYTES + value.length);

  writeChunkHead(buffer, 0, type, value.length);
  buffer.set(value, CHUNK_HEADER_BYTES);

  return buffer;
}

function optionalChunk(type: number, text: string | undefined): Buffer {
  return text === undefined ? Buffer.alloc(0) : chunk(type, Buffer.from(text, "utf8"));
}
