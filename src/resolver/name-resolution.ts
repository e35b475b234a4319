/** From one domain name to its targets: NAPTR, SRV, A and AAAA in turn (RFC 3263 section 4). */

import type { ProxyProfile } from "../config/proxy-profile.ts";
import { DEFAULT_PORT } from "../transport/default-port.ts";
import type { Target } from "../transport/target.ts";
import type { IpType } from "../util/ip-address.ts";
import { type IpAddress, parseIpAddress } from "./address-destination.ts";
import type { DnsAnswer, QuestionType, RecordOfQuestion } from "./dns-record.ts";
import { isServiceRefused, orderServers, type RandomInteger } from "./server-selection.ts";
import {
  fallbackTransport,
  type SipService,
  servicesOfNaptr,
  servicesOfPreference,
} from "./transport-selection.ts";
import type { ServerTransport } from "./transport-support.ts";

/** SECURITY: how much work and how many requests one domain may cause (RFC 5393 is about the like). */
export interface ResolutionLimits {
  /** Targets of one resolution; the worst are left out. Default 32. */
  readonly maxTargets: number;
  /** NAPTR records that are followed. Default 8. */
  readonly maxServices: number;
  /** Different names of servers that are asked for. Default 16. */
  readonly maxServerNames: number;
}

export const DEFAULT_RESOLUTION_LIMITS: ResolutionLimits = Object.freeze({
  maxTargets: 32,
  maxServices: 8,
  maxServerNames: 16,
});

/** A lookup with the cache in front, if the profile wants it. Never rejects. */
export type Lookup = <Type extends QuestionType>(name: string, type: Type) => Promise<DnsAnswer<Type>>;

/** A host to send to, whose addresses are yet to be found. */
interface SipServer {
  readonly transport: ServerTransport;
  readonly host: string;
  readonly port: number;
}

interface FoundServers {
  readonly servers: readonly SipServer[];
  /** Transports for which the domain says that it has no service. */
  readonly refused: readonly ServerTransport[];
}

export interface NameResolutionOptions {
  /** Lower-case, without a dot at the end. */
  readonly domain: string;
  readonly profile: ProxyProfile;
  readonly lookup: Lookup;
  /** The IP versions that each transport may be used over, best first; transports that cannot be used are left out. */
  readonly ipTypes: ReadonlyMap<ServerTransport, readonly IpType[]>;
  readonly limits: ResolutionLimits;
  readonly randomInteger: RandomInteger;
}

export class NameResolution {
  readonly #options: NameResolutionOptions;

  constructor(options: NameResolutionOptions) {
    this.#options = options;
  }

  /** The port is known: addresses only (RFC 3263 section 4.2). */
  withPort(transport: ServerTransport, port: number): Promise<Target[]> {
    return this.#targetsOf([{ transport, host: this.#options.domain, port }]);
  }

  /** Nothing is known but which transports may be used (RFC 3263 section 4.1). */
  async withOpenTransport(usable: readonly ServerTransport[]): Promise<Target[]> {
    const { domain, profile, limits } = this.#options;

    if (profile.useNaptr && profile.useSrv) {
      const records = await this.#records(domain, "NAPTR");
      const services = servicesOfNaptr(records, usable, profile).slice(0, limits.maxServices);
      const { servers } = await this.#serversOf(services);
      const targets = await this.#targetsOf(servers);

      if (targets.length > 0) {
        return targets;
      }
    }

    return this.withNamedTransport(usable);
  }

  /** SRV records of the given transports, or else the addresses of the domain (RFC 3263 section 4.2). */
  async withNamedTransport(usable: readonly ServerTransport[]): Promise<Target[]> {
    const { domain, profile } = this.#options;
    const services = profile.useSrv ? servicesOfPreference(domain, usable, profile) : [];
    const { servers, refused } = await this.#serversOf(services);

    if (servers.length > 0) {
      return this.#targetsOf(servers);
    }

    const transport = fallbackTransport(
      usable.filter((candidate) => !refused.includes(candidate)),
      profile,
    );

    return transport === undefined ? [] : this.withPort(transport, DEFAULT_PORT[transport]);
  }

  /** The servers of all services, in the services' order. */
  async #serversOf(services: readonly SipService[]): Promise<FoundServers> {
    const answers = await Promise.all(services.map((service) => this.#records(service.name, "SRV")));
    const servers: SipServer[] = [];
    const refused: ServerTransport[] = [];

    services.forEach(({ transport }, index) => {
      const records = answers[index] ?? [];

      if (isServiceRefused(records)) {
        refused.push(transport);
      }

      for (const { target, port } of orderServers(records, this.#options.randomInteger)) {
        servers.push({ transport, host: target, port });
      }
    });

    return { servers: servers.slice(0, this.#options.limits.maxTargets), refused };
  }

  /** All addresses of all servers: server by server, in each the profile's first IP version first. */
  async #targetsOf(servers: readonly SipServer[]): Promise<Target[]> {
    const { domain, ipTypes, limits } = this.#options;
    const hosts = [...new Set(servers.map((server) => server.host))].slice(0, limits.maxServerNames);
    const wanted = new Set(servers.flatMap((server) => ipTypes.get(server.transport) ?? []));
    const addresses = new Map(
      await Promise.all(hosts.map(async (host) => [host, await this.#addressesOf(host, wanted)] as const)),
    );
    const targets = new Map<string, Target>();

    for (const { transport, host, port } of servers) {
      for (const ipType of ipTypes.get(transport) ?? []) {
        for (const address of addresses.get(host) ?? []) {
          const key = `${transport} ${address.ip} ${port}`;

          if (address.ipType === ipType && !targets.has(key) && targets.size < limits.maxTargets) {
            targets.set(key, { transport, ip: address.ip, ipType, port, domain });
          }
        }
      }
    }

    return [...targets.values()];
  }

  async #addressesOf(host: string, wanted: ReadonlySet<IpType>): Promise<readonly IpAddress[]> {
    const literal = parseIpAddress(host);

    // INTEROP: RFC 2782 forbids an address as the target of an SRV record, but zones have them.
    if (literal !== undefined) {
      return [literal];
    }

    const answers = await Promise.all(
      [...wanted].map(async (ipType) => {
        const records = await this.#records(host, ipType === "ipv4" ? "A" : "AAAA");

        return records.map(({ ip }): IpAddress => ({ ip, ipType }));
      }),
    );

    return answers.flat();
  }

  async #records<Type extends QuestionType>(
    name: string,
    type: Type,
  ): Promise<readonly RecordOfQuestion[Type][]> {
    const answer = await this.#options.lookup(name, type);

    return answer.outcome === "records" ? answer.records : [];
  }
}
