/** The bytes of a WebSocket handshake request, and of client frames, for tests that write them to a socket. */

/** The key of the example in RFC 6455 section 1.3. */
export const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** The accept value that goes with it. */
export const SAMPLE_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

export interface HandshakeChanges {
  readonly requestLine?: string;
  /** Lines in place of the base line of that name; none to leave it out. */
  readonly replace?: Readonly<Record<string, string | readonly string[]>>;
  /** Lines after the last. */
  readonly extra?: readonly string[];
}

/** A good request with some things changed. */
export function handshakeRequest(changes: HandshakeChanges = {}): string {
  const lines = [
    "Host: sip-ws.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${SAMPLE_KEY}`,
    "Sec-WebSocket-Protocol: sip",
    "Sec-WebSocket-Version: 13",
  ].flatMap((line) => changes.replace?.[line.slice(0, line.indexOf(":"))] ?? line);

  return [changes.requestLine ?? "GET / HTTP/1.1", ...lines, ...(changes.extra ?? []), "", ""].join("\r\n");
}

/** The answer to a good request (RFC 6455 section 4.2.2). */
export const HANDSHAKE_ANSWER = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${SAMPLE_ACCEPT}`,
  "Sec-WebSocket-Protocol: sip",
  "",
  "",
].join("\r\n");

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK = Buffer.from("37fa213d", "hex");

/** A masked frame (RFC 6455 section 5.2). */
export function clientFrame(
  opcode: number,
  payload: string | Buffer,
  options: { readonly isFinal?: boolean; readonly isMasked?: boolean; readonly reservedBits?: number } = {},
): Buffer {
  const data = Buffer.from(payload as string, "latin1");
  const first = (options.isFinal === false ? 0 : 0x80) | ((options.reservedBits ?? 0) << 4) | opcode;
  const maskBit = options.isMasked === false ? 0 : 0x80;
  const header =
    data.length < 126
      ? Buffer.from([first, maskBit | data.length])
      : Buffer.from([first, maskBit | 126, data.length >> 8, data.length & 0xff]);

  if (maskBit === 0) {
    return Buffer.concat([header, data]);
  }

  return Buffer.concat([header, MASK, data.map((byte, index) => byte ^ (MASK[index % 4] as number))]);
}
