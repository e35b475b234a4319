/**
 * Locating SIP servers (RFC 3263): from the host, port and transport of a URI
 * to the targets to try. Addresses are answered at once; names go through
 * NAPTR, SRV and A/AAAA.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { isHost, normalizeHost } from "../grammar/host.ts";
import type { Logger } from "../log/logger.ts";
import type { Target } from "../transport/target.ts";
import { parseIpAddress, resolveAddress } from "./address-destination.ts";
import type { DnsCache } from "./dns-cache.ts";
import type { RecordSource } from "./dns-record.ts";
import {
  DEFAULT_RESOLUTION_LIMITS,
  type Lookup,
  NameResolution,
  type ResolutionLimits,
} from "./name-resolution.ts";
import { NO_DNS, NO_DNS_RESOLUTION, UNSUPPORTED_TRANSPORT } from "./resolution-errors.ts";
import type { ResolutionError, Resolver, ResolverQuery } from "./resolver.ts";
import type { RandomInteger } from "./server-selection.ts";
import {
  defaultTransport,
  requestedTransport,
  type ServerTransport,
  type TransportAvailability,
  usableIpTypes,
} from "./transport-support.ts";

export interface SipResolverOptions extends Partial<ResolutionLimits> {
  readonly dns: RecordSource;
  readonly cache: DnsCache;
  readonly logger: Logger;
  /** Which transports this server can send on, over which IP version. */
  readonly isAvailable: TransportAvailability;
  /** For the weights of SRV records. Default `Math.random`. */
  readonly randomInteger?: RandomInteger | undefined;
}

type Resolution = readonly Target[] | ResolutionError;

export class SipResolver implements Resolver {
  readonly #dns: RecordSource;
  readonly #cache: DnsCache;
  readonly #logger: Logger;
  readonly #isAvailable: TransportAvailability;
  readonly #limits: ResolutionLimits;
  readonly #randomInteger: RandomInteger;

  constructor(options: SipResolverOptions) {
    this.#dns = options.dns;
    this.#cache = options.cache;
    this.#logger = options.logger;
    this.#isAvailable = options.isAvailable;
    this.#limits = {
      maxTargets: options.maxTargets ?? DEFAULT_RESOLUTION_LIMITS.maxTargets,
      maxServices: options.maxServices ?? DEFAULT_RESOLUTION_LIMITS.maxServices,
      maxServerNames: options.maxServerNames ?? DEFAULT_RESOLUTION_LIMITS.maxServerNames,
    };
    this.#randomInteger = options.randomInteger ?? ((bound) => Math.floor(Math.random() * bound));
  }

  resolve(query: ResolverQuery, profile: ProxyProfile): Resolution | Promise<Resolution> {
    const isAvailable = this.#isAvailable;
    const { port } = query;
    const address = parseIpAddress(query.host);
    const isPlain = address !== undefined || port !== undefined;
    const requested = requestedTransport(query, isAvailable);
    const transport = requested ?? (isPlain ? defaultTransport(isAvailable) : undefined);

    if (transport === "unsupported") {
      return UNSUPPORTED_TRANSPORT;
    }

    // SECURITY: a socket throws for a port that is none.
    if (port !== undefined && !(port >= 1 && port <= 65535)) {
      return NO_DNS_RESOLUTION;
    }

    if (address !== undefined && transport !== undefined) {
      return resolveAddress(address, port, transport, profile, isAvailable);
    }

    if (!profile.useDns) {
      return NO_DNS;
    }

    return isHost(query.host) ? this.#resolveName(query, transport, profile) : NO_DNS_RESOLUTION;
  }

  async #resolveName(
    query: ResolverQuery,
    transport: ServerTransport | undefined,
    profile: ProxyProfile,
  ): Promise<Resolution> {
    const candidates: readonly ServerTransport[] =
      transport === undefined ? ["udp", "tcp", "tls"] : [transport];
    const ipTypes = new Map(
      candidates
        .map((candidate) => [candidate, usableIpTypes(candidate, profile, this.#isAvailable)] as const)
        .filter(([, types]) => types.length > 0),
    );

    if (ipTypes.size === 0) {
      return UNSUPPORTED_TRANSPORT;
    }

    const resolution = new NameResolution({
      domain: normalizeHost(query.host),
      profile,
      lookup: profile.useDnsCache
        ? this.#cachedLookup(profile)
        : (name, type) => this.#dns.lookup(name, type),
      ipTypes,
      limits: this.#limits,
      randomInteger: this.#randomInteger,
    });
    const targets = await locate(resolution, query, [...ipTypes.keys()]);

    if (this.#logger.isEnabled("debug")) {
      this.#logger.debug("name resolved", { host: query.host, targets });
    }

    return targets.length > 0 ? targets : NO_DNS_RESOLUTION;
  }

  #cachedLookup(profile: ProxyProfile): Lookup {
    return async (name, type) => {
      const known = this.#cache.get(name, type, profile.dnsCacheTime);

      if (known !== undefined) {
        return known;
      }

      const answer = await this.#dns.lookup(name, type);

      this.#cache.set(name, type, answer);

      return answer;
    };
  }
}

/** RFC 3263 section 4: DNS is asked for what the URI leaves open. */
function locate(
  resolution: NameResolution,
  query: ResolverQuery,
  usable: readonly ServerTransport[],
): Promise<readonly Target[]> {
  const [first] = usable;

  if (query.port !== undefined && first !== undefined) {
    return resolution.withPort(first, query.port);
  }

  return query.transport === undefined
    ? resolution.withOpenTransport(usable)
    : resolution.withNamedTransport(usable);
}
