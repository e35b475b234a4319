/**
 * Version 2 of the PROXY protocol (haproxy, doc/proxy-protocol.txt, section
 * 2.2): a binary header with addresses and type-length-value extensions.
 * Called by `proxy-protocol.ts`, which knows version 1 and the signatures.
 */
import { ipAddressText, plainIp } from "./ip-address-bytes.ts";
import {
  invalidProxyHeader,
  type ProxyEndpoint,
  type ProxyHeader,
  type ProxyHeaderResult,
  type ProxyTlsInfo,
} from "./proxy-header.ts";

export const V2_SIGNATURE: Buffer = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

const FIXED_BYTES = 16;
const COMMAND_LOCAL = 0;
const COMMAND_PROXY = 1;

/** Bytes of the address block by address family, the high four bits of the 14th byte. */
const ADDRESS_BLOCK_BYTES: ReadonlyMap<number, number> = new Map([
  [0, 0], // AF_UNSPEC
  [1, 12], // AF_INET
  [2, 36], // AF_INET6
  [3, 216], // AF_UNIX
]);

const TYPE_AUTHORITY = 0x02;
const TYPE_SSL = 0x20;
const SUBTYPE_SSL_VERSION = 0x21;
const SUBTYPE_SSL_CN = 0x22;
/** Bits of the first byte of PP2_TYPE_SSL: over TLS, certificate on this connection, certificate in this session. */
const CLIENT_SSL = 0x01;
const CLIENT_CERT_CONN = 0x02;
const CLIENT_CERT_SESS = 0x04;

/** Reads a header whose signature is whole and right. Never throws. */
export function parseProxyHeaderV2(bytes: Buffer, maxLength: number): ProxyHeaderResult {
  if (bytes.length < FIXED_BYTES) {
    return { status: "incomplete" };
  }

  const version = (bytes[12] as number) >> 4;
  const command = (bytes[12] as number) & 0x0f;
  const family = (bytes[13] as number) >> 4;
  const protocol = (bytes[13] as number) & 0x0f;
  const length = bytes.readUInt16BE(14);
  const addressBytes = ADDRESS_BLOCK_BYTES.get(family);

  if (version !== 2 || (command !== COMMAND_LOCAL && command !== COMMAND_PROXY)) {
    return invalidProxyHeader("malformed", `version ${version}, command ${command}`);
  }

  if (length > maxLength) {
    return invalidProxyHeader("too-long", `${length} bytes, more than ${maxLength}`);
  }

  // LOCAL: the family must be ignored, so it cannot be wrong either.
  const isLocal = command === COMMAND_LOCAL;

  if (!isLocal && (addressBytes === undefined || protocol > 2 || length < addressBytes)) {
    return invalidProxyHeader("malformed", `family ${family}, protocol ${protocol}, ${length} bytes`);
  }

  const consumed = FIXED_BYTES + length;

  if (bytes.length < consumed) {
    return { status: "incomplete" };
  }

  if (isLocal) {
    const header: ProxyHeader = { version: 2, command: "local", source: undefined, destination: undefined };

    return { status: "complete", header, consumed };
  }

  const extensions = readExtensions(bytes.subarray(FIXED_BYTES + (addressBytes as number), consumed));

  if (extensions === undefined) {
    return invalidProxyHeader("malformed", "an extension does not fit");
  }

  const addresses = readAddresses(bytes.subarray(FIXED_BYTES), family);
  const header: ProxyHeader = { version: 2, command: "proxy", ...addresses, ...extensions };

  return { status: "complete", header, consumed };
}

function readAddresses(
  block: Buffer,
  family: number,
): { source: ProxyEndpoint | undefined; destination: ProxyEndpoint | undefined } {
  const size = family === 1 ? 4 : family === 2 ? 16 : 0;

  // A path of AF_UNIX is no address that SIP could use.
  if (size === 0) {
    return { source: undefined, destination: undefined };
  }

  return {
    source: {
      ip: plainIp(ipAddressText(block.subarray(0, size))),
      port: block.readUInt16BE(2 * size),
    },
    destination: {
      ip: plainIp(ipAddressText(block.subarray(size, 2 * size))),
      port: block.readUInt16BE(2 * size + 2),
    },
  };
}

interface Extensions {
  authority?: string;
  tls?: ProxyTlsInfo;
}

/** Unknown types are skipped. Undefined when one runs past the end. */
function readExtensions(block: Buffer): Extensions | undefined {
  const extensions: Extensions = {};

  const isWhole = forEachExtension(block, (type, value) => {
    if (type === TYPE_AUTHORITY) {
      extensions.authority = value.toString("utf8");

      return true;
    }

    if (type === TYPE_SSL) {
      const tls = readTlsInfo(value);

      if (tls === undefined) {
        return false;
      }

      extensions.tls = tls;
    }

    return true;
  });

  return isWhole ? extensions : undefined;
}

function readTlsInfo(value: Buffer): ProxyTlsInfo | undefined {
  if (value.length < 5) {
    return undefined;
  }

  const client = value[0] as number;
  const hasClientCertificate =
    (client & CLIENT_SSL) !== 0 && (client & (CLIENT_CERT_CONN | CLIENT_CERT_SESS)) !== 0;
  let version: string | undefined;
  let commonName: string | undefined;

  const isWhole = forEachExtension(value.subarray(5), (type, sub) => {
    if (type === SUBTYPE_SSL_VERSION) {
      version = sub.toString("latin1");
    } else if (type === SUBTYPE_SSL_CN) {
      commonName = sub.toString("utf8");
    }

    return true;
  });

  // The verify field is zero when a certificate was presented and found good.
  const isVerified = hasClientCertificate && value.readUInt32BE(1) === 0;

  return isWhole ? { version, hasClientCertificate, isVerified, commonName } : undefined;
}

/** False when one runs past the end, or when `visit` says so. */
function forEachExtension(block: Buffer, visit: (type: number, value: Buffer) => boolean): boolean {
  let offset = 0;

  while (offset < block.length) {
    const start = offset + 3;

    if (start > block.length) {
      return false;
    }

    const end = start + block.readUInt16BE(offset + 1);

    if (end > block.length || !visit(block[offset] as number, block.subarray(start, end))) {
      return false;
    }

    offset = end;
  }

  return true;
}
