import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SrvRecord } from "../../../src/resolver/dns-record.ts";
import { isServiceRefused, orderServers, serviceName } from "../../../src/resolver/server-selection.ts";
import { seededRandom } from "../../support/seeded-random.ts";

function record(target: string, priority: number, weight: number, port = 5060): SrvRecord {
  return { target, priority, weight, port };
}

/** How often each target came first in so many draws. */
function countFirst(records: readonly SrvRecord[], draws: number): Map<string, number> {
  const random = seededRandom(2782);
  const counts = new Map<string, number>();

  for (let draw = 0; draw < draws; draw++) {
    const first = orderServers(records, (bound) => random.integer(bound))[0]?.target ?? "";

    counts.set(first, (counts.get(first) ?? 0) + 1);
  }

  return counts;
}

describe("RFC 2782: the order of SRV records", () => {
  it("lower priority values come first, all of them before the next", () => {
    const ordered = orderServers(
      [record("c", 20, 0), record("a", 5, 1), record("d", 30, 9), record("b", 5, 1)],
      () => 0,
    );

    assert.deepEqual(
      ordered.map(({ target }) => target),
      ["a", "b", "c", "d"],
    );
  });

  it("within a priority the first server is drawn in proportion to its weight", () => {
    const counts = countFirst([record("a", 1, 10), record("b", 1, 20), record("c", 1, 70)], 20_000);
    const shareOf = (target: string): number => (counts.get(target) ?? 0) / 20_000;

    // Of 0 to 100, the 0 goes to the first too: 11, 20 and 70 of 101.
    assert.ok(Math.abs(shareOf("a") - 11 / 101) < 0.01, String(shareOf("a")));
    assert.ok(Math.abs(shareOf("b") - 20 / 101) < 0.01, String(shareOf("b")));
    assert.ok(Math.abs(shareOf("c") - 70 / 101) < 0.01, String(shareOf("c")));
  });

  it("numbers are drawn from 0 to the sum of the weights that are left, inclusive", () => {
    const bounds: number[] = [];

    orderServers([record("a", 1, 10), record("b", 1, 20), record("c", 1, 70)], (bound) => {
      bounds.push(bound);

      return 0;
    });
    assert.deepEqual(bounds, [101, 91, 71]);
  });

  it("weight 0 beside others has a very small chance of coming first, and is never lost", () => {
    const records = [record("heavy", 1, 99), record("zero", 1, 0)];
    const counts = countFirst(records, 20_000);
    const share = (counts.get("zero") ?? 0) / 20_000;

    assert.ok(share > 0 && share < 0.02, String(share));
    assert.deepEqual(
      orderServers(records, (bound) => bound - 1).map(({ target }) => target),
      ["heavy", "zero"],
    );
  });

  it("several records of weight 0 are all there, as single targets", () => {
    const ordered = orderServers([record("a", 1, 0), record("b", 1, 0), record("c", 1, 0)], () => 0);

    assert.deepEqual(
      ordered.map(({ target }) => target),
      ["a", "b", "c"],
    );
  });

  it("every draw yields each record once", () => {
    const random = seededRandom(1);
    const records = Array.from({ length: 12 }, (_, index) => record(`h${index}`, index % 3, (index * 7) % 5));

    for (let draw = 0; draw < 500; draw++) {
      const ordered = orderServers(records, (bound) => random.integer(bound));

      assert.deepEqual(new Set(ordered), new Set(records));
      assert.equal(ordered.length, records.length);
    }
  });

  it('the target "." alone refuses the service; among others it is skipped, as is port 0', () => {
    assert.equal(isServiceRefused([record(".", 0, 0)]), true);
    assert.equal(isServiceRefused([record(".", 0, 0), record("a", 0, 0)]), false);
    assert.equal(isServiceRefused([]), false);
    assert.deepEqual(
      orderServers([record(".", 0, 0), record("a", 0, 0, 0), record("b", 0, 0)], () => 0).map(
        (r) => r.target,
      ),
      ["b"],
    );
  });

  it("RFC 3263 §4.1: the names that are asked for", () => {
    assert.equal(serviceName("udp", "example.com"), "_sip._udp.example.com");
    assert.equal(serviceName("tcp", "example.com"), "_sip._tcp.example.com");
    assert.equal(serviceName("tls", "example.com"), "_sips._tcp.example.com");
  });
});
