/** Metrics of a server without traffic. */
import { CallbackTimes } from "../../src/metrics/callback-times.ts";
import { MessageCounts } from "../../src/metrics/message-counts.ts";
import type { MetricSources } from "../../src/metrics/server-metrics.ts";
import { TransactionCounts } from "../../src/transaction/transaction-counts.ts";

export function idleMetricSources(): MetricSources {
  return {
    version: "1.2.3",
    status: () => "running",
    messages: new MessageCounts(),
    callbacks: new CallbackTimes(),
    transports: { boundTransports: new Map(), namedFlowCount: 0 },
    transactions: { counts: new TransactionCounts(), forEachState: () => undefined, strayResponseCount: 0 },
    dns: { lookups: 0, failures: 0, queries: 0 },
    dnsCache: { hits: 0, misses: 0, size: 0 },
    blacklist: { size: 0 },
    reloads: { success: 0, failure: 0 },
    capture: undefined,
  };
}
