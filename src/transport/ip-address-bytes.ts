/**
 * IP addresses between their text and their bytes, for protocols that carry
 * them in binary (STUN, PROXY protocol version 2). No normal form of an
 * address that a person wrote is made here.
 */
import { isIPv4, isIPv6, SocketAddress } from "node:net";

const MAPPED_PREFIX = "::ffff:";

/**
 * An address as the socket layer reports it, with an IPv4-mapped one
 * (`::ffff:192.0.2.1`) as plain IPv4 and without a zone (`%eth0`).
 */
export function plainIp(ip: string): string {
  const zone = ip.indexOf("%");
  const address = zone === -1 ? ip : ip.slice(0, zone);

  if (address.startsWith(MAPPED_PREFIX) && isIPv4(address.slice(MAPPED_PREFIX.length))) {
    return address.slice(MAPPED_PREFIX.length);
  }

  return address;
}

/** The 4 or 16 bytes of an address, in network order; IPv4-mapped gives 4. Undefined when it is no address. */
export function ipAddressBytes(ip: string): Uint8Array | undefined {
  const address = plainIp(ip);

  if (isIPv4(address)) {
    return Uint8Array.from(address.split("."), Number);
  }

  return isIPv6(address) ? ipv6Bytes(address) : undefined;
}

/** Text of 4 or 16 address bytes in network order; IPv6 in the shortest form (RFC 5952). */
export function ipAddressText(bytes: Uint8Array): string {
  if (bytes.length === 4) {
    return bytes.join(".");
  }

  const groups: string[] = [];

  for (let index = 0; index < 16; index += 2) {
    groups.push((((bytes[index] as number) << 8) | (bytes[index + 1] as number)).toString(16));
  }

  return new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address;
}

/** Bytes of a text that `isIPv6` has accepted. */
function ipv6Bytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const gap = address.indexOf("::");
  const head = ipv6GroupBytes(gap === -1 ? address : address.slice(0, gap));
  const tail = gap === -1 ? [] : ipv6GroupBytes(address.slice(gap + 2));

  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);

  return bytes;
}

function ipv6GroupBytes(text: string): number[] {
  if (text === "") {
    return [];
  }

  return text.split(":").flatMap((group) => {
    if (group.includes(".")) {
      return group.split(".").map(Number);
    }

    const value = Number.parseInt(group, 16);

    return [value >> 8, value & 0xff];
  });
}
