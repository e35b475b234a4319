/** The pace of those who watch connections: often enough for the shortest limit. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { watchTickMs } from "../../../src/transport/watch-tick.ts";

describe("the tick of a watch", () => {
  it("is a quarter of the shortest limit that there is", () => {
    assert.equal(watchTickMs([0, 10_000, 4_000], 20, 5_000), 1_000);
  });

  it("keeps within its bounds, without any limit too", () => {
    assert.equal(watchTickMs([4], 20, 5_000), 20);
    assert.equal(watchTickMs([7_200_000], 20, 5_000), 5_000);
    assert.equal(watchTickMs([0, 0], 20, 5_000), 5_000);
  });
});
