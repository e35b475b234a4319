/**
 * Locating SIP servers (RFC 3263): from the host, port and transport of a URI
 * to the targets to try. Addresses are answered at once; names go through
 * NAPTR, SRV and A/AAAA.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { Target } from "../transport/target.ts";
import { parseIpAddress, resolveAddress } from "./address-destination.ts";
import { NO_DNS, NO_DNS_RESOLUTION, UNSUPPORTED_TRANSPORT } from "./resolution-errors.ts";
import type { ResolutionError, Resolver, ResolverQuery } from "./resolver.ts";
import { defaultTransport, requestedTransport, type TransportAvailability } from "./transport-support.ts";

export interface SipResolverOptions {
  /** Which transports this server can send on, over which IP version. */
  readonly isAvailable: TransportAvailability;
}

export class SipResolver implements Resolver {
  readonly #isAvailable: TransportAvailability;

  constructor(options: SipResolverOptions) {
    this.#isAvailable = options.isAvailable;
  }

  resolve(
    query: ResolverQuery,
    profile: ProxyProfile,
  ): readonly Target[] | ResolutionError | Promise<readonly Target[] | ResolutionError> {
    const isAvailable = this.#isAvailable;
    const requested = requestedTransport(query, isAvailable);
    const address = parseIpAddress(query.host);

    if (address !== undefined) {
      return resolveAddress(
        address,
        query.port,
        requested ?? defaultTransport(isAvailable),
        profile,
        isAvailable,
      );
    }

    if (requested === "unsupported") {
      return UNSUPPORTED_TRANSPORT;
    }

    if (!profile.useDns) {
      return NO_DNS;
    }

    return NO_DNS_RESOLUTION;
  }
}
