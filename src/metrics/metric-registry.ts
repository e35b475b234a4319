/** Metrics whose values are read when somebody asks for them. The text form and the process's own metrics are prom-client's. */
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from "prom-client";
import type { DurationHistogram } from "./duration-histogram.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import type { Labels, TellCount } from "./message-counts.ts";

/** Tells each value with its labels. */
export type ReadValues = (tell: TellCount) => void;

/** PERF: these go through every connection at each scrape, to say no more than how many there are. */
const LEFT_OUT = ["resources", "handles", "requests"].flatMap((kind) => [
  `nodejs_active_${kind}`,
  `nodejs_active_${kind}_total`,
]);

/** `EventLoopDelay` is in place of these. */
const EVENT_LOOP_LAGS = ["", "_min", "_max", "_mean", "_stddev", "_p50", "_p90", "_p99"].map(
  (statistic) => `nodejs_eventloop_lag${statistic}_seconds`,
);
const LONGEST_TIMER_MS = 2_147_483_647;

export class MetricRegistry {
  readonly #registry = new Registry();

  /** Of the text that `text` gives. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  counter(name: string, help: string, labelNames: readonly string[], read: ReadValues): void {
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        read((labels, count) => this.inc(labels, count));
      },
    });
  }

  gauge(name: string, help: string, labelNames: readonly string[], read: ReadValues): void {
    new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        read((labels, value) => this.set(labels, value));
      },
    });
  }

  /** Those of nothing observed yet are left out. */
  histogram(name: string, help: string, read: () => Iterable<readonly [Labels, DurationHistogram]>): void {
    const get = async (): Promise<object> => ({
      name,
      help,
      type: "histogram",
      aggregator: "sum",
      values: [...read()].flatMap(([labels, histogram]) => histogramValues(name, labels, histogram)),
    });

    // What the registry asks of a metric is its name and `get`.
    this.#registry.registerMetric({ name, get } as unknown as Metric);
  }

  /** Memory, CPU, garbage collection, event-loop delay and file descriptors of this process. */
  processMetrics(): void {
    const delay = new EventLoopDelay();

    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LONGEST_TIMER_MS });

    for (const name of [...LEFT_OUT, ...EVENT_LOOP_LAGS]) {
      this.#registry.removeSingleMetric(name);
    }

    this.gauge(
      "oversip_event_loop_delay_seconds",
      "How late the event loop came to what was due, since the last scrape.",
      ["quantile"],
      (tell) => {
        for (const [quantile, seconds] of delay.read()) {
          tell({ quantile }, seconds);
        }
      },
    );
  }
}

function histogramValues(name: string, labels: Labels, histogram: DurationHistogram): readonly object[] {
  const counts = histogram.cumulativeCounts();
  const count = counts.at(-1)?.count ?? 0;

  if (count === 0) {
    return [];
  }

  return [
    ...counts.map((bucket) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bucket.bound === undefined ? "+Inf" : String(bucket.bound) },
      value: bucket.count,
    })),
    { metricName: `${name}_sum`, labels, value: histogram.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
