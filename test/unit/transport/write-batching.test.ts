import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { WriteBatching } from "../../../src/transport/write-batching.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Keeps what was written, by the writes that a socket would make. */
class RecordingSocket extends Writable {
  readonly writes: string[][] = [];

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.writes.push([chunk.toString()]);
    callback();
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString()));
    callback();
  }
}

function setUp() {
  const clock = new FakeClock();
  const batching = new WriteBatching(clock, 4);
  const socket = new RecordingSocket();
  const write = (count: number, to: Writable = socket) => {
    for (let i = 0; i < count; i++) {
      batching.write(to, Buffer.from(String(i)), () => {});
    }
  };

  return { clock, socket, write };
}

describe("batching of writes to streams", () => {
  it("what a connection writes now and then leaves at once", () => {
    const { clock, socket, write } = setUp();

    for (let i = 0; i < 10; i++) {
      write(7);
      assert.equal(socket.writes.length, 7 * (i + 1));
      clock.advance(4);
    }
  });

  it("a busy connection writes once an interval, in order, and at once again when it is busy no more", () => {
    const { clock, socket, write } = setUp();

    write(8);
    assert.equal(socket.writes.length, 8);
    clock.advance(4);
    write(3);
    assert.equal(socket.writes.length, 8);
    clock.advance(4);
    assert.deepEqual(socket.writes.slice(8), [["0", "1", "2"]]);
    write(1);
    assert.equal(socket.writes.length, 10);
  });

  it("one that is busy holds up no other", () => {
    const { clock, socket, write } = setUp();
    const other = new RecordingSocket();

    write(8);
    clock.advance(4);
    write(1);
    write(1, other);
    assert.equal(socket.writes.length, 8);
    assert.equal(other.writes.length, 1);
  });

  it("what is held leaves when the socket is ended", async () => {
    const { clock, socket, write } = setUp();

    write(8);
    clock.advance(4);
    write(2);
    socket.end();
    assert.deepEqual(socket.writes.at(-1), ["0", "1"]);
    // The end of the interval finds a socket that is none any more.
    clock.advance(4);
    clock.advance(4);
    assert.equal(clock.pendingCount, 0);
  });

  it("has no timer while nobody writes", () => {
    const { clock, write } = setUp();

    assert.equal(clock.pendingCount, 0);
    write(100);
    assert.equal(clock.pendingCount, 1);
    clock.advance(12);
    assert.equal(clock.pendingCount, 0);
  });
});
