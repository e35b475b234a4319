import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Delivery } from "../../../src/proxy/delivery.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Delivery", () => {
  it("without a promise everything happens in the same turn", () => {
    const delivery = new Delivery();
    const order: unknown[] = [];

    delivery.deliver(
      () => {
        order.push("callbacks", delivery.isDelivering);

        return undefined;
      },
      (isDropped) => order.push("rest", isDropped, delivery.isDelivering),
    );
    delivery.take(() => order.push("next"));
    assert.deepEqual(order, ["callbacks", true, "rest", false, false, "next"]);
  });

  it("what is taken while a promise is waited for runs afterwards, in order, each waiting for its own", async () => {
    const delivery = new Delivery();
    const order: string[] = [];

    delivery.deliver(turn, () => order.push("first"));
    delivery.take(() => delivery.deliver(turn, () => order.push("second")));
    delivery.take(() => order.push("third"));
    assert.equal(delivery.isWaiting, true);
    assert.equal(delivery.waitingCount, 2);

    await turn();
    await turn();
    await turn();
    assert.deepEqual(order, ["first", "second", "third"]);
    assert.equal(delivery.isWaiting, false);
  });

  it("drop is for what is with the callbacks, once, and for nothing else", async () => {
    const delivery = new Delivery();
    const dropped: boolean[] = [];

    delivery.drop();
    delivery.deliver(
      () => undefined,
      (isDropped) => dropped.push(isDropped),
    );
    delivery.deliver(
      async () => {
        await turn();
        delivery.drop();
      },
      (isDropped) => dropped.push(isDropped),
    );
    await turn();
    await turn();
    delivery.deliver(
      () => undefined,
      (isDropped) => dropped.push(isDropped),
    );
    assert.deepEqual(dropped, [false, true, false]);
  });
});
