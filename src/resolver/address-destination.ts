/** Destinations that are IP addresses and need no DNS (RFC 3263 section 4.2, first rule). */

import type { ProxyProfile } from "../config/proxy-profile.ts";
import { formatIpv6, parseIpv6 } from "../grammar/ipv6-text.ts";
import { DEFAULT_PORT } from "../transport/default-port.ts";
import { plainIp } from "../transport/ip-address-bytes.ts";
import type { Target } from "../transport/target.ts";
import { type IpType, ipTypeOf } from "../util/ip-address.ts";
import { UNSUPPORTED_TRANSPORT, unsupportedIpType } from "./resolution-errors.ts";
import type { ResolutionError } from "./resolver.ts";
import type { ServerTransport, TransportAvailability } from "./transport-support.ts";

export interface IpAddress {
  /** Without brackets; IPv6 as RFC 5952 writes it, so that equal addresses are equal texts. */
  readonly ip: string;
  readonly ipType: IpType;
}

/** The address that a host is, with or without brackets; undefined for a name. */
export function parseIpAddress(host: string): IpAddress | undefined {
  if (ipTypeOf(host) === "ipv4") {
    return { ip: host, ipType: "ipv4" };
  }

  if (!host.includes(":")) {
    return undefined;
  }

  const isReference = host.startsWith("[") && host.endsWith("]");
  const groups = parseIpv6(isReference ? host.slice(1, -1) : host);

  if (groups === undefined) {
    return undefined;
  }

  // An IPv4-mapped address is reached, listed and matched as the IPv4 one.
  const ip = plainIp(formatIpv6(groups));

  return { ip, ipType: ip.includes(":") ? "ipv6" : "ipv4" };
}

/** The one target of an address, or why this server may not send there. */
export function resolveAddress(
  address: IpAddress,
  port: number | undefined,
  transport: ServerTransport | "unsupported",
  profile: ProxyProfile,
  isAvailable: TransportAvailability,
): readonly Target[] | ResolutionError {
  if (transport === "unsupported") {
    return UNSUPPORTED_TRANSPORT;
  }

  const { ip, ipType } = address;

  if (!profile.ipTypePreference.includes(ipType) || !isAvailable(transport, ipType)) {
    return unsupportedIpType(ipType);
  }

  return [{ transport, ip, ipType, port: port ?? DEFAULT_PORT[transport] }];
}
