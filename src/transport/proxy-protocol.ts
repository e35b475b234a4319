/**
 * The PROXY protocol, version 1 (text) and 2 (binary), with which a TLS
 * terminator or load balancer in front tells the client's real address before
 * the first byte of the client (haproxy, doc/proxy-protocol.txt). It is for
 * the listener to read it from trusted peers only.
 */
import { isIPv4, isIPv6 } from "node:net";
import { plainIp } from "./ip-address-bytes.ts";
import {
  invalidProxyHeader,
  type ProxyEndpoint,
  type ProxyHeader,
  type ProxyHeaderFault,
  type ProxyHeaderResult,
} from "./proxy-header.ts";
import { parseProxyHeaderV2, V2_SIGNATURE } from "./proxy-protocol-v2.ts";

/** Section 2.1: the longest line of version 1, CRLF included. */
export const MAX_V1_BYTES = 107;
/** Default for the length field of version 2: addresses and a client certificate's name fit easily. */
export const DEFAULT_MAX_V2_BYTES = 2048;

const V1_PREFIX = Buffer.from("PROXY ", "latin1");

const INCOMPLETE: ProxyHeaderResult = { status: "incomplete" };

/**
 * Reads the header at the start of `bytes`. "incomplete" only while the bytes
 * can still become a header within the limits. Never throws.
 */
export function parseProxyHeader(
  bytes: Buffer,
  maxV2Bytes: number = DEFAULT_MAX_V2_BYTES,
): ProxyHeaderResult {
  if (bytes.length === 0) {
    return INCOMPLETE;
  }

  if (startsLike(bytes, V2_SIGNATURE)) {
    return bytes.length < V2_SIGNATURE.length ? INCOMPLETE : parseProxyHeaderV2(bytes, maxV2Bytes);
  }

  if (!startsLike(bytes, V1_PREFIX)) {
    return invalidProxyHeader("not-proxy", "no PROXY protocol signature");
  }

  const window = bytes.subarray(0, MAX_V1_BYTES);
  const end = window.indexOf(0x0a);

  if (end === -1) {
    return window.length < MAX_V1_BYTES
      ? INCOMPLETE
      : invalidProxyHeader("too-long", `no line end within ${MAX_V1_BYTES} bytes`);
  }

  return window[end - 1] === 0x0d
    ? parseV1Line(window.toString("latin1", 0, end - 1), end + 1)
    : invalidProxyHeader("malformed", "the line does not end in CRLF");
}

/** Whether the bytes begin with the signature, as far as both go. */
function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);

  return bytes.compare(signature, 0, length, 0, length) === 0;
}

/** Section 2.1; `line` without its CRLF. */
function parseV1Line(line: string, consumed: number): ProxyHeaderResult {
  const fields = line.split(" ");
  const [, family, sourceIp = "", destinationIp = "", sourcePort = "", destinationPort = ""] = fields;

  if (family === "UNKNOWN") {
    // Whatever follows must be ignored.
    const header: ProxyHeader = { version: 1, command: "proxy", source: undefined, destination: undefined };

    return { status: "complete", header, consumed };
  }

  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isV1Ipv6 : undefined;

  if (isAddress === undefined || fields.length !== 6) {
    return invalidProxyHeader("malformed", "not TCP4, TCP6 or UNKNOWN with four fields");
  }

  const source = v1Endpoint(isAddress, sourceIp, sourcePort);
  const destination = v1Endpoint(isAddress, destinationIp, destinationPort);

  if (source === undefined || destination === undefined) {
    return invalidProxyHeader("malformed", "an address or port is wrong");
  }

  return { status: "complete", header: { version: 1, command: "proxy", source, destination }, consumed };
}

function isV1Ipv6(text: string): boolean {
  return isIPv6(text) && !text.includes("%");
}

function v1Endpoint(
  isAddress: (text: string) => boolean,
  ip: string,
  port: string,
): ProxyEndpoint | undefined {
  // Leading zeros are forbidden, as they may be read as octal.
  if (!isAddress(ip) || !/^(?:0|[1-9][0-9]{0,4})$/.test(port) || Number(port) > 65535) {
    return undefined;
  }

  return { ip: plainIp(ip.toLowerCase()), port: Number(port) };
}

/** What a reader has once the header is whole: what it says and the client's bytes after it. */
export type ProxyReadResult =
  | { readonly status: "complete"; readonly header: ProxyHeader; readonly rest: Buffer }
  | { readonly status: "invalid"; readonly fault: ProxyHeaderFault; readonly reason: string };

/**
 * Collects a header that arrives in pieces. Holds at most the longest header
 * allowed plus one piece; of no use after the first result.
 */
export class ProxyHeaderReader {
  readonly #maxV2Bytes: number;
  #collected: Buffer = Buffer.alloc(0);

  constructor(maxV2Bytes: number = DEFAULT_MAX_V2_BYTES) {
    this.#maxV2Bytes = maxV2Bytes;
  }

  /** Takes the next bytes of the stream. Undefined: more are needed. */
  push(chunk: Buffer): ProxyReadResult | undefined {
    const bytes = this.#collected.length === 0 ? chunk : Buffer.concat([this.#collected, chunk]);
    const result = parseProxyHeader(bytes, this.#maxV2Bytes);

    if (result.status === "incomplete") {
      this.#collected = bytes;

      return undefined;
    }

    this.#collected = Buffer.alloc(0);

    return result.status === "complete"
      ? { status: "complete", header: result.header, rest: bytes.subarray(result.consumed) }
      : result;
  }
}
