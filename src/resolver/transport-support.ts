/**
 * Which transports a request may take: what its URI asks for (RFC 3263
 * section 4.1, RFC 5630 section 3.1) against what this server can send on.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { IpType } from "../util/ip-address.ts";
import type { ResolverQuery } from "./resolver.ts";

/** The transports that RFC 3263 finds servers for; WebSocket has no such way (RFC 7118 section 5.4). */
export type ServerTransport = "udp" | "tcp" | "tls";

/** Whether this server has a listening point of that transport and IP version to send from. */
export type TransportAvailability = (transport: ServerTransport, ipType: IpType) => boolean;

/** The IP versions that a target of this transport may have, best first. */
export function usableIpTypes(
  transport: ServerTransport,
  profile: ProxyProfile,
  isAvailable: TransportAvailability,
): IpType[] {
  return profile.ipTypePreference.filter((ipType) => isAvailable(transport, ipType));
}

/** Whether the transport is there over any IP version. */
function isTransportAvailable(transport: ServerTransport, isAvailable: TransportAvailability): boolean {
  return isAvailable(transport, "ipv4") || isAvailable(transport, "ipv6");
}

/**
 * The transport that the query names: undefined when it names none, "unsupported"
 * when it names one that cannot be had.
 */
export function requestedTransport(
  query: ResolverQuery,
  isAvailable: TransportAvailability,
): ServerTransport | "unsupported" | undefined {
  const named = query.transport;

  if (query.isSecure) {
    // RFC 5630 section 3.1.4: `transport=tcp` in a sips URI means TLS over TCP.
    const isContradiction = named !== undefined && named !== "tls" && named !== "tcp";

    return isContradiction || !isTransportAvailable("tls", isAvailable) ? "unsupported" : "tls";
  }

  if (named === undefined) {
    return undefined;
  }

  const isKnown = named === "udp" || named === "tcp" || named === "tls";

  return isKnown && isTransportAvailable(named, isAvailable) ? named : "unsupported";
}

/**
 * The transport of an address, or of a name with a port, in a URI without a
 * `transport` parameter: UDP (RFC 3263 section 4.1), or TCP when this server
 * has no UDP.
 */
export function defaultTransport(isAvailable: TransportAvailability): ServerTransport | "unsupported" {
  if (isTransportAvailable("udp", isAvailable)) {
    return "udp";
  }

  return isTransportAvailable("tcp", isAvailable) ? "tcp" : "unsupported";
}
