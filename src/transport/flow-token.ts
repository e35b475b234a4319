/**
 * Flow tokens (RFC 5626 section 5.2): what leaves the server in the user part
 * of a Route or Path and leads back to one flow.
 *
 * A token is base64url, whose characters a user part may hold unescaped, of
 * one byte for its kind, its content, and a MAC of both.
 * - UDP: 4 bytes for the listening point, then address and port of the peer.
 *   It holds all there is to know, so it outlives a restart with the same secret.
 * - A connection: random bytes by which the flow table knows it.
 *
 * SECURITY: without the MAC anybody could have this server send to any address.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { ipAddressBytes, ipAddressText } from "./ip-address-bytes.ts";
import { formatHostPort, type ListeningPoint } from "./listening-point.ts";

const UDP_IPV4 = 0x04;
const UDP_IPV6 = 0x06;
const CONNECTION = 0x0c;

/** RFC 5626 section 5.2 asks for at least 80 bits. */
const MAC_BYTES = 12;
const POINT_BYTES = 4;
const PORT_BYTES = 2;
const CONNECTION_ID_BYTES = 9;

const CONTENT_BYTES: ReadonlyMap<number, number> = new Map([
  [UDP_IPV4, POINT_BYTES + 4 + PORT_BYTES],
  [UDP_IPV6, POINT_BYTES + 16 + PORT_BYTES],
  [CONNECTION, CONNECTION_ID_BYTES],
]);

/** The longest is that of an IPv6 peer. */
const MAX_TOKEN_LENGTH = 48;

export type FlowTokenContent =
  | { readonly kind: "udp"; readonly pointId: number; readonly ip: string; readonly port: number }
  | { readonly kind: "connection" };

export class FlowTokenCodec {
  readonly #key: Buffer;

  /** @param secret the server's; tokens are valid wherever it is the same. */
  constructor(secret: Uint8Array) {
    // Another use of the same secret must not yield tokens.
    this.#key = createHmac("sha256", secret).update("flow token").digest();
  }

  /** The number that stands for a UDP listening point in tokens; its address itself, maybe a private one, is not shown. */
  pointId(point: Pick<ListeningPoint, "ip" | "port">): number {
    return createHmac("sha256", this.#key)
      .update(`listening point ${formatHostPort(point.ip, point.port)}`)
      .digest()
      .readUInt32BE(0);
  }

  /** @param ip an address, without brackets. */
  udpToken(pointId: number, ip: string, port: number): string {
    const address = ipAddressBytes(ip) ?? Buffer.alloc(4);
    const content = Buffer.alloc(1 + POINT_BYTES + address.length + PORT_BYTES);

    content.writeUInt8(address.length === 4 ? UDP_IPV4 : UDP_IPV6, 0);
    content.writeUInt32BE(pointId, 1);
    content.set(address, 1 + POINT_BYTES);
    content.writeUInt16BE(port, 1 + POINT_BYTES + address.length);

    return this.#seal(content);
  }

  /** A new token of a connection, which no other one has. */
  connectionToken(): string {
    const content = randomBytes(1 + CONNECTION_ID_BYTES);

    content.writeUInt8(CONNECTION, 0);

    return this.#seal(content);
  }

  /** What a token says; undefined when it is not from this server. Never throws, and takes constant time over the MAC. */
  read(token: string): FlowTokenContent | undefined {
    if (token.length > MAX_TOKEN_LENGTH) {
      return undefined;
    }

    const bytes = Buffer.from(token, "base64url");
    const contentBytes = CONTENT_BYTES.get(bytes[0] ?? 0);

    // The decoder skips what it does not know: another spelling of the same bytes is another token.
    if (
      contentBytes === undefined ||
      bytes.length !== 1 + contentBytes + MAC_BYTES ||
      bytes.toString("base64url") !== token
    ) {
      return undefined;
    }

    const content = bytes.subarray(0, 1 + contentBytes);

    if (!timingSafeEqual(this.#mac(content), bytes.subarray(1 + contentBytes))) {
      return undefined;
    }

    return content[0] === CONNECTION ? { kind: "connection" } : readUdpContent(content);
  }

  #seal(content: Buffer): string {
    return Buffer.concat([content, this.#mac(content)]).toString("base64url");
  }

  #mac(content: Buffer): Buffer {
    return createHmac("sha256", this.#key).update(content).digest().subarray(0, MAC_BYTES);
  }
}

function readUdpContent(content: Buffer): FlowTokenContent {
  const addressEnd = content.length - PORT_BYTES;

  return {
    kind: "udp",
    pointId: content.readUInt32BE(1),
    ip: ipAddressText(content.subarray(1 + POINT_BYTES, addressEnd)),
    port: content.readUInt16BE(addressEnd),
  };
}
