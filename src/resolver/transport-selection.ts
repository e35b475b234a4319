/** Which transports a domain wants to be reached by, and in which order (RFC 3263 section 4.1). */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { NaptrRecord } from "./dns-record.ts";
import { serviceName } from "./server-selection.ts";
import type { ServerTransport } from "./transport-support.ts";

/** A name to ask for SRV records, and the transport of what they lead to. */
export interface SipService {
  readonly transport: ServerTransport;
  readonly name: string;
}

/** The services of RFC 3263 section 4.1 (and 10); SIP+D2S, SCTP, and WebSocket ones are not spoken here. */
const NAPTR_SERVICES: ReadonlyMap<string, ServerTransport> = new Map([
  ["SIPS+D2T", "tls"],
  ["SIP+D2T", "tcp"],
  ["SIP+D2U", "udp"],
]);

/**
 * The services that NAPTR records name, best first: by order, then by
 * preference (RFC 3403 section 4.1), the smaller first; or by the profile's
 * transports when it forces them. Records that cannot be used are skipped.
 */
export function servicesOfNaptr(
  records: readonly NaptrRecord[],
  usable: readonly ServerTransport[],
  profile: ProxyProfile,
): SipService[] {
  const services = [...records]
    .sort((left, right) => left.order - right.order || left.preference - right.preference)
    .flatMap((record) => {
      const transport = NAPTR_SERVICES.get(record.service.toUpperCase());
      // Flag "s": the replacement has SRV records. Nothing else is of use here (RFC 3263 section 4.1).
      const isUsable =
        transport !== undefined &&
        usable.includes(transport) &&
        record.flags.toLowerCase() === "s" &&
        record.regexp === "" &&
        record.replacement !== ".";

      return isUsable ? [{ transport, name: record.replacement }] : [];
    });

  return profile.forceTransportPreference ? preferred(services, profile) : services;
}

/** Only the profile's transports, in its order; what is equal stays in the order it had. */
function preferred(services: readonly SipService[], profile: ProxyProfile): SipService[] {
  return profile.transportPreference.flatMap((transport) =>
    services.filter((service) => service.transport === transport),
  );
}

/**
 * The services to ask for when there is no NAPTR record: those of the
 * profile's transports, in its order; of the usable ones when it names none of
 * them, such as TLS for a `sips` URI.
 */
export function servicesOfPreference(
  domain: string,
  usable: readonly ServerTransport[],
  profile: ProxyProfile,
): SipService[] {
  const wanted = profile.transportPreference.filter((transport) => usable.includes(transport));

  return (wanted.length > 0 ? wanted : usable).map((transport) => ({
    transport,
    name: serviceName(transport, domain),
  }));
}

/**
 * The transport for the domain's own addresses when there is no SRV record
 * either: UDP, or TCP, or TLS, whichever of them the profile names (RFC 3263
 * section 4.1 has UDP for `sip` and TLS for `sips`). Undefined for none.
 */
export function fallbackTransport(
  usable: readonly ServerTransport[],
  profile: ProxyProfile,
): ServerTransport | undefined {
  const order = (["udp", "tcp", "tls"] as const).filter((transport) => usable.includes(transport));

  return order.find((transport) => profile.transportPreference.includes(transport)) ?? order[0];
}
