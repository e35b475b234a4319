/** What the resolver's tests share: a DNS that is a table, a profile, and a silent log. */
import type { ProxyProfile } from "../../../src/config/proxy-profile.ts";
import type { Logger } from "../../../src/log/logger.ts";
import { DnsCache } from "../../../src/resolver/dns-cache.ts";
import type {
  DnsAnswer,
  QuestionType,
  RecordOfQuestion,
  RecordSource,
} from "../../../src/resolver/dns-record.ts";
import type { ResolutionError, ResolverQuery } from "../../../src/resolver/resolver.ts";
import { SipResolver, type SipResolverOptions } from "../../../src/resolver/sip-resolver.ts";
import type { Target } from "../../../src/transport/target.ts";
import { FakeClock } from "../../support/fake-clock.ts";

export const PROFILE: ProxyProfile = {
  name: "default_proxy",
  doRecordRouting: true,
  recordRouteAll: false,
  useDns: true,
  useDnsCache: true,
  dnsCacheTime: 300,
  useBlacklist: true,
  blacklistTime: 10,
  useNaptr: true,
  useSrv: true,
  transportPreference: ["tls", "tcp", "udp"],
  forceTransportPreference: false,
  ipTypePreference: ["ipv4", "ipv6"],
  dnsFailoverOn503: true,
  timerB: 32,
  timerC: 120,
  timerF: 32,
  callbackOnServerTlsHandshake: true,
};

export const SILENT_LOGGER: Logger = {
  debug: () => undefined,
  info: () => undefined,
  notice: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  crit: () => undefined,
  isEnabled: () => true,
  child: () => SILENT_LOGGER,
};

/** Records as a zone file has them, by `TYPE name`: `1.2.3.4`, `10 20 5060 host`, `1 2 flags service replacement`. */
export type RecordTable = Readonly<Record<string, readonly string[] | "failed">>;

export class TableDns implements RecordSource {
  readonly questions: string[] = [];
  ttlSeconds = 60;
  table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async lookup<Type extends QuestionType>(name: string, type: Type): Promise<DnsAnswer<Type>> {
    this.questions.push(`${type} ${name}`);

    const texts = this.table[`${type} ${name}`];

    if (texts === undefined) {
      return { outcome: "none", ttlSeconds: 30 };
    }

    if (texts === "failed") {
      return { outcome: "failed", cause: "no server answered" };
    }

    const records = texts.map((text) => parseRecord(text, type)) as RecordOfQuestion[Type][];

    return { outcome: "records", records, ttlSeconds: this.ttlSeconds };
  }
}

function parseRecord(text: string, type: QuestionType): RecordOfQuestion[QuestionType] {
  const words = text.split(" ");
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = words;

  switch (type) {
    case "SRV":
      return { priority: Number(first), weight: Number(second), port: Number(third), target: fourth };
    case "NAPTR":
      return {
        order: Number(first),
        preference: Number(second),
        flags: third,
        service: fourth,
        regexp: "",
        replacement: fifth,
      };
    default:
      return { ip: first };
  }
}

export interface ResolverFixture {
  readonly resolver: SipResolver;
  readonly dns: TableDns;
  readonly clock: FakeClock;
  readonly cache: DnsCache;
}

export function createFixture(
  table: RecordTable,
  options: Partial<SipResolverOptions> = {},
): ResolverFixture {
  const clock = new FakeClock();
  const dns = new TableDns(table);
  const cache = new DnsCache({ clock });
  const resolver = new SipResolver({
    dns,
    cache,
    logger: SILENT_LOGGER,
    isAvailable: () => true,
    // Of equal records the first; a draw of 0.
    randomInteger: () => 0,
    ...options,
  });

  return { resolver, dns, clock, cache };
}

/** A query of a `sip` URI: `host`, `host:port`, with `;transport=x`; `sips:` before it for a secure one. */
export function query(uri: string): ResolverQuery {
  const match = /^(sips:)?(\[[^\]]*\]|[^:;]*)(?::(\d+))?(?:;transport=(.*))?$/.exec(uri);

  return {
    host: match?.[2] ?? "",
    port: match?.[3] === undefined ? undefined : Number(match[3]),
    transport: match?.[4],
    isSecure: match?.[1] !== undefined,
  };
}

/** `udp:192.0.2.1:5060` for each target, or `404 no_dns_resolution`. */
export function show(resolution: readonly Target[] | ResolutionError): string[] | string {
  return "status" in resolution
    ? `${resolution.status} ${resolution.reason} ${resolution.code}`
    : resolution.map((target) => `${target.transport}:${target.ip}:${target.port}`);
}
