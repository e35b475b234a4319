/** What is said of the metrics elsewhere: the reference has each of them, the dashboard and the alerts no others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { METHOD_LABELS } from "../../../src/metrics/methods.ts";
import { createServerMetrics } from "../../../src/metrics/server-metrics.ts";
import { idleMetricSources } from "../../support/metric-sources.ts";

const ROOT = join(import.meta.dirname, "../../..");
const REFERENCE = readFileSync(join(ROOT, "docs/reference/metrics.md"), "utf8");
const DASHBOARD = readFileSync(join(ROOT, "deploy/grafana-dashboard.json"), "utf8");
const PROMETHEUS = readFileSync(join(ROOT, "deploy/prometheus.yml"), "utf8");

interface Documented {
  readonly type: string;
  readonly labels: readonly string[];
}

/** The rows of the reference, by name. */
const DOCUMENTED: ReadonlyMap<string, Documented> = new Map(
  [...REFERENCE.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*)\|/gm)].map(
    ([, name = "", type = "", labels = ""]) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label) },
    ],
  ),
);

/** All values of "expr" and "query" anywhere in it. */
function queriesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }

  return Object.entries(value).flatMap(([key, member]) =>
    (key === "expr" || key === "query") && typeof member === "string" ? [member] : queriesIn(member),
  );
}

describe("the metrics of the reference", () => {
  const registry = createServerMetrics(idleMetricSources());
  let text: string;

  before(async () => {
    text = await registry.text();
  });

  it("are those that there are, with their types", () => {
    const actual = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);

    assert.deepEqual(
      [...DOCUMENTED].map(([name, { type }]) => `${name} ${type}`).sort(),
      [...new Set(actual)].sort(),
    );
    assert.equal(actual.length, registry.names.length);
  });

  it("have names as Prometheus wants them: a prefix, and _total for counters alone", () => {
    for (const [name, { type }] of DOCUMENTED) {
      assert.match(name, /^(oversip|process|nodejs)_[a-z0-9_]+$/);
      assert.equal(name.endsWith("_total"), type === "counter", name);
    }
  });

  it("have the labels that they are told with", () => {
    for (const [, name = "", pairs = ""] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
      const documented = DOCUMENTED.get(name.replace(/_(bucket|sum|count)$/, "")) ?? DOCUMENTED.get(name);
      const labels = [...pairs.matchAll(/(\w+)="/g)]
        .map(([, label]) => label)
        .filter((label) => label !== "le");

      assert.deepEqual(labels.sort(), [...(documented?.labels ?? [])].sort(), name);
    }
  });

  it("have a help text each, in one line", () => {
    for (const name of registry.names) {
      assert.match(text, new RegExp(`^# HELP ${name} .{10,}$`, "m"));
    }
  });
});

describe("queries for the metrics", () => {
  const expressions = [
    ...queriesIn(JSON.parse(DASHBOARD)),
    ...[...PROMETHEUS.matchAll(/expr: (.*)$/gm)].map(([, expression = ""]) => expression),
  ].filter((expression) => expression !== "prometheus");

  it("are there", () => assert.ok(expressions.length > 35, String(expressions.length)));

  it("name no metric that does not exist", () => {
    for (const expression of expressions) {
      const names = [...expression.matchAll(/\b(?:oversip|process|nodejs)_\w+/g)].map(([name]) => name);

      assert.ok(names.length > 0, expression);

      for (const name of names) {
        const base = name.replace(/_(bucket|sum|count)$/, "");
        const isHistogram = DOCUMENTED.get(base)?.type === "histogram" && base !== name;

        assert.ok(isHistogram || DOCUMENTED.has(name), `${name} in ${expression}`);
        assert.ok(isHistogram || DOCUMENTED.get(name)?.type !== "histogram", `${name} in ${expression}`);
      }
    }
  });

  it("name no label that the metric does not have", () => {
    const ofEvery = ["instance", "job", "le"];

    for (const expression of expressions) {
      const names = [...expression.matchAll(/\b(?:oversip|process|nodejs)_\w+/g)].map(([name]) => name);
      const known = names.flatMap(
        (name) =>
          (DOCUMENTED.get(name) ?? DOCUMENTED.get(name.replace(/_(bucket|sum|count)$/, "")))?.labels ?? [],
      );
      const labels = [
        ...[...expression.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = ""]) => label),
        ...[...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/)),
      ];

      for (const label of labels) {
        assert.ok([...ofEvery, ...known].includes(label), `${label} in ${expression}`);
      }
    }
  });

  it("take rates of counters only, over the interval that Grafana asks for", () => {
    for (const expression of expressions) {
      for (const [, name = ""] of expression.matchAll(/(?:rate|increase)\((\w+)/g)) {
        assert.match(name, /_(total|sum|count|bucket)$/, expression);
      }
    }
  });

  it("ask for methods that are counted", () => {
    for (const [, method = ""] of expressions.join("\n").matchAll(/method="(\w+)"/g)) {
      assert.ok((METHOD_LABELS as readonly string[]).includes(method), method);
    }
  });

  it("of the dashboard and the alerts mean this server: no metric that any process of Node.js has without saying which", () => {
    const { templating } = JSON.parse(DASHBOARD) as {
      templating: { list: { name: string; allValue?: string }[] };
    };

    // Otherwise "all" stands for every process that Prometheus watches.
    assert.deepEqual(
      templating.list.map(({ allValue, name }) => [name, allValue]),
      [
        ["datasource", undefined],
        ["instance", undefined],
      ],
    );

    for (const expression of expressions) {
      for (const [, selector = ""] of expression.matchAll(/\b(?:process|nodejs)_\w+(\{[^}]*\})?/g)) {
        assert.match(selector, /\b(?:instance=~"\$instance"|job="oversip")/, expression);
      }
    }
  });

  it("of the dashboard add no series to another that may not be there", () => {
    for (const expression of expressions) {
      assert.doesNotMatch(expression, /\) \+ /, expression);
    }
  });

  it("of the dashboard are in panels that do not overlap", () => {
    const { panels } = JSON.parse(DASHBOARD) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const cells = new Set<string>();

    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);

    for (const { gridPos } of panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!cells.has(`${x} ${y}`) && x < 24, `${x} ${y}`);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });
});
