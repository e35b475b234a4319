import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SendQueue } from "../../../src/transport/send-queue.ts";

describe("SendQueue", () => {
  it("gives what waited in order and once, and knows its size", () => {
    const queue = new SendQueue();

    queue.wait(Buffer.from("one"), undefined);
    queue.wait(Buffer.from("three"), undefined);
    assert.equal(queue.waitingBytes, 8);
    assert.deepEqual(
      queue.takeWaiting().map(({ bytes }) => Buffer.from(bytes).toString()),
      ["one", "three"],
    );
    assert.equal(queue.waitingBytes, 0);
    assert.deepEqual(queue.takeWaiting(), []);
  });

  it("tells whose messages the system has not taken, oldest first, those that still wait last", () => {
    const queue = new SendQueue();
    const [first, second, third] = [() => {}, () => {}, () => {}];

    queue.noteWritten(first);
    queue.noteWritten(undefined);
    queue.noteWritten(second);
    queue.wait(Buffer.from("x"), third);
    queue.takeWritten();
    assert.deepEqual(queue.takeAll(), [second, third]);
    assert.deepEqual(queue.takeAll(), []);
  });
});
