import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { ReadOnlyMap } from "../../../src/util/read-only-map.ts";

const ENTRIES: [string, number][] = [
  ["one", 1],
  ["two", 2],
];

describe("a read-only map", () => {
  it("reads as a map does", () => {
    const map = new ReadOnlyMap(new Map(ENTRIES));
    const seen: unknown[] = [];

    map.forEach(function (this: unknown, ...args) {
      seen.push([this, ...args]);
    }, "this");
    assert.equal(map.size, 2);
    assert.equal(map.get("two"), 2);
    assert.deepEqual([map.has("one"), map.has("three")], [true, false]);
    assert.deepEqual([...map], ENTRIES);
    assert.deepEqual([...map.entries()], ENTRIES);
    assert.deepEqual(
      [[...map.keys()], [...map.values()]],
      [
        ["one", "two"],
        [1, 2],
      ],
    );
    assert.deepEqual(seen, [
      ["this", 1, "one", map],
      ["this", 2, "two", map],
    ]);
    assert.equal(inspect(map), inspect(new Map(ENTRIES)));
  });

  it("cannot be changed by whoever gets it", () => {
    const map: unknown = new ReadOnlyMap(new Map(ENTRIES));

    for (const change of [
      () => (map as Map<string, number>).set("three", 3),
      () => (map as Map<string, number>).delete("one"),
      () => (map as Map<string, number>).clear(),
      () => Map.prototype.clear.call(map),
      () => Object.assign(map as object, { get: () => 7 }),
    ]) {
      assert.throws(change, TypeError);
    }

    assert.deepEqual([...(map as Map<string, number>)], ENTRIES);
  });
});
