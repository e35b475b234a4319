/** Every metric of the server: its name, its meaning, and where its value comes from. */
import type { DnsCache } from "../resolver/dns-cache.ts";
import type { DnsClient } from "../resolver/dns-client.ts";
import type { TargetBlacklist } from "../resolver/target-blacklist.ts";
import type { SipTransactionLayer } from "../transaction/sip-transaction-layer.ts";
import { TRANSACTION_KINDS } from "../transaction/transaction-counts.ts";
import type { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import type { CallbackTimes } from "./callback-times.ts";
import type { MessageCounts, TellCount } from "./message-counts.ts";
import { MetricRegistry } from "./metric-registry.ts";

export type ReloadOutcome = "success" | "failure";

/** What the metrics are read from. */
export interface MetricSources {
  readonly version: string;
  readonly status: () => string;
  readonly messages: MessageCounts;
  readonly callbacks: CallbackTimes;
  readonly transports: Pick<SipTransportLayer, "boundTransports" | "namedFlowCount">;
  readonly transactions: Pick<SipTransactionLayer, "counts" | "forEachState" | "strayResponseCount">;
  readonly dns: Pick<DnsClient, "lookups" | "failures" | "queries">;
  readonly dnsCache: Pick<DnsCache, "hits" | "misses" | "size">;
  readonly blacklist: Pick<TargetBlacklist, "size">;
  readonly reloads: Readonly<Record<ReloadOutcome, number>>;
  /** Undefined when nothing is captured. */
  readonly capture: { readonly sent: number; readonly dropped: number; readonly errors: number } | undefined;
}

const NO_LABELS = {};

export function createServerMetrics(sources: MetricSources): MetricRegistry {
  const registry = new MetricRegistry();

  addServerMetrics(registry, sources);
  addMessageMetrics(registry, sources);
  addTransactionMetrics(registry, sources);
  addResolverMetrics(registry, sources);
  addCaptureMetrics(registry, sources);
  registry.processMetrics();

  return registry;
}

function addServerMetrics(registry: MetricRegistry, sources: MetricSources): void {
  const { callbacks, reloads, status, version } = sources;

  registry.gauge("oversip_info", "Always 1; the labels say what runs.", ["version", "node"], (tell) =>
    tell({ version, node: process.versions.node }, 1),
  );
  registry.gauge("oversip_ready", "1 while traffic is processed, 0 while loading or stopping.", [], (tell) =>
    tell(NO_LABELS, status() === "running" ? 1 : 0),
  );
  registry.counter("oversip_reloads_total", "Reloads, by how they ended.", ["outcome"], (tell) => {
    tell({ outcome: "success" }, reloads.success);
    tell({ outcome: "failure" }, reloads.failure);
  });
  registry.histogram(
    "oversip_callback_duration_seconds",
    "Duration of event handlers and callbacks of server.ts, until the promise that they return is settled.",
    () => [...callbacks.times].map(([callback, { durations }]) => [{ callback }, durations] as const),
  );
  registry.counter(
    "oversip_callback_failures_total",
    "Event handlers and callbacks of server.ts that threw or rejected.",
    ["callback"],
    (tell) => {
      for (const [callback, { failures }] of callbacks.times) {
        tell({ callback }, failures);
      }
    },
  );
}

function addMessageMetrics(registry: MetricRegistry, { messages, transports }: MetricSources): void {
  registry.counter(
    "oversip_sip_requests_total",
    "SIP requests, retransmissions included.",
    ["direction", "transport", "method"],
    (tell) => messages.tellRequests(tell),
  );
  registry.counter(
    "oversip_sip_responses_total",
    "SIP responses, retransmissions included, by the method of their CSeq and the class of their status code.",
    ["direction", "transport", "method", "class"],
    (tell) => messages.tellResponses(tell),
  );
  registry.counter(
    "oversip_parse_failures_total",
    "Received bytes that are no well-formed SIP message, by the rule that they break.",
    ["transport", "rule"],
    (tell) => messages.tellFailures(tell),
  );
  registry.gauge(
    "oversip_connections",
    "Connections, those in handshake included.",
    ["transport"],
    (tell) => {
      for (const [transport, bound] of transports.boundTransports) {
        if (transport !== "udp") {
          tell(
            { transport },
            bound.reduce((sum, { connectionCount = 0 }) => sum + connectionCount, 0),
          );
        }
      }
    },
  );
  registry.gauge("oversip_udp_peers", "UDP peers whose cvars are kept.", [], (tell) => {
    const bound = transports.boundTransports.get("udp") ?? [];

    tell(
      NO_LABELS,
      bound.reduce((sum, { peerCount = 0 }) => sum + peerCount, 0),
    );
  });
  registry.gauge("oversip_flows", "Connections that a flow token leads to (RFC 5626).", [], (tell) =>
    tell(NO_LABELS, transports.namedFlowCount),
  );
}

function addTransactionMetrics(registry: MetricRegistry, { transactions }: MetricSources): void {
  const { counts } = transactions;

  registry.gauge("oversip_transactions", "Transactions that exist.", ["kind", "state"], (tell) =>
    tellStates(transactions, tell),
  );
  registry.counter("oversip_transactions_total", "Transactions that were begun.", ["kind"], (tell) => {
    for (const kind of TRANSACTION_KINDS) {
      tell({ kind }, counts.begun[kind]);
    }
  });
  registry.counter(
    "oversip_transaction_timeouts_total",
    "Client transactions that got no final response.",
    ["kind"],
    (tell) => {
      tell({ kind: "invite_client" }, counts.timeouts.invite_client);
      tell({ kind: "non_invite_client" }, counts.timeouts.non_invite_client);
    },
  );
  registry.counter(
    "oversip_transactions_refused_total",
    "Requests that were answered 503 since core.max_transactions was reached.",
    [],
    (tell) => tell(NO_LABELS, counts.refused),
  );
  registry.counter(
    "oversip_retransmissions_total",
    "Retransmissions: requests that came again, requests and responses that were sent again.",
    ["direction", "message"],
    (tell) => {
      tell({ direction: "received", message: "request" }, counts.requestRetransmissionsReceived);
      tell({ direction: "sent", message: "request" }, counts.requestRetransmissionsSent);
      tell({ direction: "sent", message: "response" }, counts.responseRetransmissionsSent);
    },
  );
  registry.counter(
    "oversip_stray_responses_total",
    "Received responses that belong to no transaction.",
    [],
    (tell) => tell(NO_LABELS, transactions.strayResponseCount),
  );
}

function tellStates(transactions: MetricSources["transactions"], tell: TellCount): void {
  const states = new Map<string, { readonly kind: string; readonly state: string; count: number }>();

  transactions.forEachState((kind, state) => {
    const key = `${kind} ${state}`;
    const known = states.get(key);

    if (known === undefined) {
      states.set(key, { kind, state, count: 1 });
    } else {
      known.count++;
    }
  });

  for (const { kind, state, count } of states.values()) {
    tell({ kind, state }, count);
  }
}

function addResolverMetrics(registry: MetricRegistry, { blacklist, dns, dnsCache }: MetricSources): void {
  registry.counter("oversip_dns_lookups_total", "Lookups that name servers were asked for.", [], (tell) =>
    tell(NO_LABELS, dns.lookups),
  );
  registry.counter("oversip_dns_failures_total", "Lookups that got no answer of use.", [], (tell) =>
    tell(NO_LABELS, dns.failures),
  );
  registry.counter(
    "oversip_dns_queries_total",
    "DNS queries that were sent, repeated ones included.",
    [],
    (tell) => tell(NO_LABELS, dns.queries),
  );
  registry.counter("oversip_dns_cache_hits_total", "Lookups that the cache answered.", [], (tell) =>
    tell(NO_LABELS, dnsCache.hits),
  );
  registry.counter("oversip_dns_cache_misses_total", "Lookups that the cache did not answer.", [], (tell) =>
    tell(NO_LABELS, dnsCache.misses),
  );
  registry.gauge("oversip_dns_cache_entries", "Answers in the cache.", [], (tell) =>
    tell(NO_LABELS, dnsCache.size),
  );
  registry.gauge("oversip_blacklist_targets", "Targets in the blacklist.", [], (tell) =>
    tell(NO_LABELS, blacklist.size),
  );
}

function addCaptureMetrics(registry: MetricRegistry, { capture }: MetricSources): void {
  registry.counter("oversip_capture_packets_total", "HEP3 packets that were sent.", [], (tell) =>
    tell(NO_LABELS, capture?.sent ?? 0),
  );
  registry.counter(
    "oversip_capture_dropped_total",
    "HEP3 packets that were dropped: too many waited, or the receiver could not be looked up.",
    [],
    (tell) => tell(NO_LABELS, capture?.dropped ?? 0),
  );
  registry.counter("oversip_capture_errors_total", "Errors of the socket for HEP3.", [], (tell) =>
    tell(NO_LABELS, capture?.errors ?? 0),
  );
}
