import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turnEnds } from "node:timers/promises";
import { TurnEnd } from "../../../src/transport/turn-end.ts";

describe("the end of a turn", () => {
  it("what is to be last is called behind what was asked for after it, in each turn once", async () => {
    const turnEnd = new TurnEnd();
    const called: string[] = [];
    const call = (name: string) => () => void called.push(name);

    turnEnd.callLast(call("last"));
    turnEnd.call(call("one"));
    turnEnd.call(call("two"));
    assert.deepEqual(called, []);
    await turnEnds();
    assert.deepEqual(called, ["one", "two", "last"]);
    turnEnd.call(call("three"));
    await turnEnds();
    turnEnd.callLast(call("last again"));
    await turnEnds();
    assert.deepEqual(called.slice(3), ["three", "last again"]);
  });

  it("and behind what a callback asks for", async () => {
    const turnEnd = new TurnEnd();
    const called: string[] = [];

    turnEnd.callLast(() => called.push("last"));
    turnEnd.call(() => turnEnd.call(() => called.push("asked for")));
    await turnEnds();
    await turnEnds();
    assert.deepEqual(called, ["asked for", "last"]);
  });
});
