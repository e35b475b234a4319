/**
 * Which hosts and ports are this server: what a Route, a Request-URI, or the
 * Via of a response is compared with (RFC 3261 sections 16.3, 16.4, 18.1.2).
 */
import { normalizeHost } from "../grammar/host.ts";
import { DEFAULT_PORT } from "./default-port.ts";
import type { ListeningPoint } from "./listening-point.ts";

export interface LocalNames {
  /** Domains that this server answers for (`local_domains`). */
  readonly domains: readonly string[];
  /** Names and addresses by which it is reached besides those of its listening points, such as advertised addresses. */
  readonly aliases: readonly string[];
}

/** Ports by host, for one purpose. `NO_PORT` is in the set where the host alone is meant. */
type PortsOfHost = Map<string, Set<number>>;

const NO_PORT = 0;

export class LocalIdentity {
  readonly #local: PortsOfHost = new Map();
  readonly #sentBy: PortsOfHost = new Map();
  #lastSentByHost: string | undefined = undefined;
  #lastSentByPort: number | undefined = undefined;

  constructor(listeningPoints: readonly ListeningPoint[], names: LocalNames) {
    for (const point of listeningPoints) {
      const advertised = hostOf(point.sentBy);

      this.#addPoint(this.#local, point.ip, point);
      this.#addPoint(this.#local, advertised, point);
      this.#addPoint(this.#sentBy, advertised, point);

      for (const alias of names.aliases) {
        this.#addPoint(this.#local, alias, point);
      }

      for (const domain of names.domains) {
        addPort(this.#local, domain, point.port);
      }
    }

    for (const domain of names.domains) {
      addPort(this.#local, domain, NO_PORT);
    }
  }

  /**
   * Whether this server is meant by a host and, if one is named, a port.
   *
   * Without a port, a domain of ours is this server: which port its records
   * lead to does not matter. An address or host name is only when one of its
   * listening points has the default port of its transport: on another port
   * of the same machine there may be somebody else, whom `sip:192.0.2.1`
   * means. What this server writes into Record-Route and Path always names the
   * port, and all names that it can write there are known here: RFC 3261
   * section 16.4 holds for an advertised address as for the bound one, and
   * after a restart as before.
   *
   * @param host name, address, or IPv6 reference, in any case.
   */
  isLocal(host: string, port: number | undefined): boolean {
    return hasPort(this.#local, host, port);
  }

  /** Whether a sent-by is one that this server writes into a Via (RFC 3261 section 18.1.2). */
  isSentBy(host: string, port: number | undefined): boolean {
    // PERF: to look for a new text in a map costs more than to compare it with the one that it mostly is.
    if (host === this.#lastSentByHost && port === this.#lastSentByPort) {
      return true;
    }

    const isOwn = hasPort(this.#sentBy, host, port);

    if (isOwn) {
      this.#lastSentByHost = host;
      this.#lastSentByPort = port;
    }

    return isOwn;
  }

  #addPoint(ports: PortsOfHost, host: string, point: ListeningPoint): void {
    addPort(ports, host, point.port);

    if (point.port === DEFAULT_PORT[point.transport]) {
      addPort(ports, host, NO_PORT);
    }
  }
}

function addPort(ports: PortsOfHost, host: string, port: number): void {
  const key = hostKey(host);
  const known = ports.get(key);

  if (known === undefined) {
    ports.set(key, new Set([port]));
  } else {
    known.add(port);
  }
}

function hasPort(ports: PortsOfHost, host: string, port: number | undefined): boolean {
  // PERF: most hosts come in their normal form, as this server wrote them.
  const known = ports.get(host) ?? ports.get(hostKey(host));

  return known?.has(port ?? NO_PORT) === true;
}

/** The normal form, with an IPv6 address in brackets. */
function hostKey(host: string): string {
  return normalizeHost(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host);
}

/** The host of a `host:port`. */
function hostOf(sentBy: string): string {
  return sentBy.slice(0, sentBy.lastIndexOf(":"));
}
