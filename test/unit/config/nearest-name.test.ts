/** The suggestion for a misspelled key. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { editDistance, nearestName } from "../../../src/config/nearest-name.ts";

describe("edit distance", () => {
  it("counts insertions, deletions, replacements and swaps of neighbours", () => {
    for (const [from, to, distance] of [
      ["", "", 0],
      ["a", "", 1],
      ["", "abc", 3],
      ["kitten", "sitting", 3],
      ["listen_prot", "listen_port", 1],
      ["ab", "ba", 1],
      ["abc", "abc", 0],
    ] as const) {
      assert.equal(editDistance(from, to), distance, `${from} ${to}`);
      assert.equal(editDistance(to, from), distance, `${to} ${from}`);
    }
  });
});

describe("nearest name", () => {
  it("is the one with the smallest distance, case and dashes aside", () => {
    assert.equal(nearestName("LISTEN-PORT", ["listen_port_tls", "listen_port"]), "listen_port");
    assert.equal(nearestName("timer_b", ["timer_B", "timer_C"]), "timer_B");
  });

  it("takes no time for an endless name, and none from nothing", () => {
    assert.equal(nearestName("x".repeat(10_000_000), ["a", "b"]), "a");
    assert.equal(nearestName("x", []), undefined);
  });
});
