import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TtlMap } from "../../../src/util/ttl-map.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function mapOf(maxEntries = 1_000): { map: TtlMap<string, number>; clock: FakeClock } {
  const clock = new FakeClock();

  return { map: new TtlMap<string, number>({ ttlMs: 100, maxEntries, clock }), clock };
}

describe("TtlMap", () => {
  it("keeps an unused entry for its time to live, and not for twice as long", () => {
    const { map, clock } = mapOf();

    clock.advance(50);
    map.set("a", 1);
    clock.advance(100);
    assert.equal(map.size, 1);
    clock.advance(100);
    assert.equal(map.size, 0);
    assert.equal(map.get("a"), undefined);
  });

  it("keeps an entry for as long as it is used", () => {
    const { map, clock } = mapOf();

    map.set("a", 1);

    for (let i = 0; i < 20; i++) {
      clock.advance(90);
      assert.equal(map.get("a"), 1);
    }
  });

  it("counts an entry once, whichever generation it came from", () => {
    const { map, clock } = mapOf();

    map.set("a", 1);
    clock.advance(100);
    map.set("a", 2);
    assert.equal(map.size, 1);
    assert.equal(map.get("a"), 2);
    map.delete("a");
    assert.equal(map.size, 0);
  });

  it("never holds more than its bound, and forgets the longest unused first", () => {
    const { map } = mapOf(10);

    for (let i = 0; i < 1_000; i++) {
      map.set(`entry ${i}`, i);
      assert.ok(map.size <= 10);
    }

    assert.equal(map.get("entry 999"), 999);
    assert.equal(map.get("entry 0"), undefined);
  });

  it("has one timer while it holds something, and none afterwards", () => {
    const { map, clock } = mapOf();

    assert.equal(clock.pendingCount, 0);
    map.set("a", 1);
    map.set("b", 2);
    assert.equal(clock.pendingCount, 1);
    clock.advance(1_000);
    assert.equal(clock.pendingCount, 0);
    map.set("c", 3);
    assert.equal(clock.pendingCount, 1);
    map.clear();
    assert.equal(clock.pendingCount, 0);
    assert.equal(map.size, 0);
  });
});
