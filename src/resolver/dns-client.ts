/**
 * A stub resolver (RFC 1034 section 5.3.1): answers from the machine's hosts
 * file or by asking recursive servers, and follows aliases. Equal questions at
 * the same time are asked once. Keeps no answers; `DnsCache` does.
 */
import type { Logger } from "../log/logger.ts";
import { LimitedLog } from "../transport/limited-log.ts";
import type { Clock } from "../util/clock.ts";
import type { DnsServer } from "./dns-exchange.ts";
import { isDomainName } from "./dns-name.ts";
import type { DnsAnswer, QuestionType, RecordSource } from "./dns-record.ts";
import { DEFAULT_NAME_SERVER_LIMITS, type NameServerLimits, NameServers } from "./name-servers.ts";
import {
  findHostAddresses,
  type HostTable,
  isLoopbackName,
  parseNameserver,
  readHostTable,
  readNameservers,
} from "./system-dns.ts";

export interface DnsClientOptions extends Partial<NameServerLimits> {
  readonly clock: Clock;
  readonly logger: Logger;
  /** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. Default: those of `resolvConfPath`. */
  readonly nameservers?: readonly string[] | undefined;
  /** Default `/etc/resolv.conf`. */
  readonly resolvConfPath?: string | undefined;
  /** Default `/etc/hosts`. */
  readonly hostsPath?: string | undefined;
  /** For one lookup in all, aliases included, in milliseconds. Default 6,000. */
  readonly lookupTimeoutMs?: number | undefined;
  /**
   * Lookups under way at the same time; more fail at once. Default 512.
   * SECURITY: requests to many names whose servers are silent must not take
   * all sockets.
   */
  readonly maxPendingLookups?: number | undefined;
}

const NO_RECORD: DnsAnswer<never> = { outcome: "none", ttlSeconds: undefined };

export class DnsClient implements RecordSource {
  /** Lookups that the servers were asked for, and those of them that failed, since the start. */
  lookups = 0;
  failures = 0;
  readonly #options: DnsClientOptions;
  readonly #clock: Clock;
  readonly #limitedLog: LimitedLog;
  readonly #lookupTimeoutMs: number;
  readonly #maxPendingLookups: number;
  readonly #servers: NameServers;
  readonly #pending = new Map<string, Promise<DnsAnswer<QuestionType>>>();
  #hosts: HostTable;
  #isClosed = false;

  /** Throws `TypeError` for a nameserver that is no address. */
  constructor(options: DnsClientOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#limitedLog = new LimitedLog(options.logger, options.clock);
    this.#lookupTimeoutMs = options.lookupTimeoutMs ?? 6000;
    this.#maxPendingLookups = options.maxPendingLookups ?? 512;
    this.#servers = new NameServers(chooseServers(options), options.clock, {
      serverTimeoutMs: options.serverTimeoutMs ?? DEFAULT_NAME_SERVER_LIMITS.serverTimeoutMs,
      rounds: options.rounds ?? DEFAULT_NAME_SERVER_LIMITS.rounds,
      serverRestMs: options.serverRestMs ?? DEFAULT_NAME_SERVER_LIMITS.serverRestMs,
    });
    this.#hosts = readHostTable(options.hostsPath ?? "/etc/hosts");
  }

  /** Queries that were sent to servers, repeated ones included, since the start. */
  get queries(): number {
    return this.#servers.queries;
  }

  /** The servers asked, as `address port number`, in order. */
  get nameservers(): readonly string[] {
    return this.#servers.servers.map((server) => `${server.ip} port ${server.port}`);
  }

  /** Reads the machine's files again. */
  reload(): void {
    this.#servers.replace(chooseServers(this.#options));
    this.#hosts = readHostTable(this.#options.hostsPath ?? "/etc/hosts");
  }

  /** Lookups under way, and all later ones, fail. */
  close(): void {
    this.#isClosed = true;
    this.#servers.close();
  }

  lookup<Type extends QuestionType>(name: string, type: Type): Promise<DnsAnswer<Type>> {
    const key = name.toLowerCase();
    const known = this.#answerWithoutQuery(key, type);

    if (known !== undefined) {
      return Promise.resolve(known as DnsAnswer<Type>);
    }

    const pendingKey = `${type} ${key}`;
    let pending = this.#pending.get(pendingKey);

    if (pending === undefined) {
      if (this.#pending.size >= this.#maxPendingLookups) {
        return Promise.resolve({ outcome: "failed", cause: "too many lookups under way" });
      }

      this.lookups++;
      pending = this.#ask(key, type).finally(() => this.#pending.delete(pendingKey));
      this.#pending.set(pendingKey, pending);
    }

    return pending as Promise<DnsAnswer<Type>>;
  }

  #answerWithoutQuery(name: string, type: QuestionType): DnsAnswer<QuestionType> | undefined {
    if (this.#isClosed) {
      return { outcome: "failed", cause: "the server is stopping" };
    }

    const isAddressQuestion = type === "A" || type === "AAAA";
    const addresses = isAddressQuestion ? findHostAddresses(this.#hosts, name) : undefined;

    if (addresses === undefined) {
      return isDomainName(name) && !isLoopbackName(name) ? undefined : NO_RECORD;
    }

    const ips = type === "A" ? addresses.ipv4 : addresses.ipv6;

    // Not to be cached: it is at hand, and a reload reads the file again.
    return ips.length === 0
      ? NO_RECORD
      : { outcome: "records", records: ips.map((ip) => ({ ip })), ttlSeconds: 0 };
  }

  async #ask(name: string, type: QuestionType): Promise<DnsAnswer<QuestionType>> {
    const deadlineMs = this.#clock.now() + this.#lookupTimeoutMs;
    let owner = name;
    let aliases = 0;
    let ttlSeconds = Number.POSITIVE_INFINITY;

    for (;;) {
      const meaning = await this.#servers.ask(owner, type, aliases, deadlineMs);

      switch (meaning.outcome) {
        case "records":
          return { ...meaning, ttlSeconds: Math.min(ttlSeconds, meaning.ttlSeconds) };
        case "none":
          return {
            outcome: "none",
            ttlSeconds:
              meaning.ttlSeconds === undefined ? undefined : Math.min(ttlSeconds, meaning.ttlSeconds),
          };
        case "server-failure":
          return this.#fail(name, type, meaning.cause);
        case "alias":
          owner = meaning.target;
          ttlSeconds = Math.min(ttlSeconds, meaning.ttlSeconds);
          aliases = meaning.aliases;

          if (!isDomainName(owner)) {
            return this.#fail(name, type, "an alias leads nowhere");
          }
      }
    }
  }

  #fail(name: string, type: QuestionType, cause: string): DnsAnswer<never> {
    this.failures++;

    // SECURITY: the name is often that of a peer's Request-URI.
    if (!this.#isClosed) {
      this.#limitedLog.write("notice", "failed", "DNS lookup failed", { name, type, cause });
    }

    return { outcome: "failed", cause };
  }
}

function chooseServers(options: DnsClientOptions): readonly DnsServer[] {
  const { nameservers = [], resolvConfPath = "/etc/resolv.conf" } = options;

  if (nameservers.length === 0) {
    return readNameservers(resolvConfPath);
  }

  return nameservers.map((text) => {
    const server = parseNameserver(text);

    if (server === undefined) {
      throw new TypeError(`not the address of a nameserver: ${text}`);
    }

    return server;
  });
}
