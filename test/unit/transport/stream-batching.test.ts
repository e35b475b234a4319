import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { streamBatching } from "../../../src/transport/stream-batching.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** Keeps what was written, by the writes that a socket would make. */
class RecordingSocket extends PassThrough {
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

function setUp(delayMs = 4) {
  const clock = new FakeClock();
  const turns: (() => void)[] = [];
  const batching = streamBatching({ clock, delayMs, afterTurn: (callback) => void turns.push(callback) });
  const socket = new RecordingSocket();

  socket.resume();

  return {
    clock,
    socket,
    batching,
    write: (count: number, to = socket) => {
      for (let i = 0; i < count; i++) {
        batching.write(to, Buffer.from(String(i)), () => {});
      }
    },
    endTurn: () => {
      for (const callback of turns.splice(0)) {
        callback();
      }
    },
  };
}

describe("batching of stream connections", () => {
  it("what carries few messages is read at once", () => {
    const { clock, socket, batching } = setUp();

    for (let i = 0; i < 10; i++) {
      batching.noteRead(socket, 2);
      assert.equal(socket.isPaused(), false);
      clock.advance(4);
    }
  });

  it("a busy connection is read once an interval, and at once again when it is busy no more", () => {
    const { clock, socket, batching, endTurn } = setUp();

    batching.noteRead(socket, 8);
    endTurn();
    assert.equal(socket.isPaused(), false);
    clock.advance(4);
    batching.noteRead(socket, 1);
    // More may be there to be read in the same turn.
    assert.equal(socket.isPaused(), false);
    endTurn();
    assert.equal(socket.isPaused(), true);
    clock.advance(3);
    assert.equal(socket.isPaused(), true);
    clock.advance(1);
    assert.equal(socket.isPaused(), false);
    batching.noteRead(socket, 1);
    endTurn();
    assert.equal(socket.isPaused(), false);
  });

  it("a busy connection remains so until it carries half of what made it busy", () => {
    const { clock, socket, batching, endTurn } = setUp();

    batching.noteRead(socket, 8);
    clock.advance(4);

    for (const [messages, isBusy] of [
      [2, true],
      [2, true],
      [1, true],
      [2, false],
    ] as const) {
      batching.noteRead(socket, messages);
      endTurn();
      assert.equal(socket.isPaused(), isBusy);
      clock.advance(4);
    }
  });

  it("what a connection writes in one turn leaves together at its end, in order", () => {
    const { socket, write, endTurn } = setUp();
    const other = new RecordingSocket();

    write(3);
    write(1, other);
    assert.equal(socket.writes.length + other.writes.length, 0);
    endTurn();
    assert.deepEqual(socket.writes, [["0", "1", "2"]]);
    assert.deepEqual(other.writes, [["0"]]);
    write(1);
    endTurn();
    assert.deepEqual(socket.writes.slice(1), [["0"]]);
  });

  it("a turn that writes much does not hold it all", () => {
    const { socket, batching, endTurn } = setUp();
    const bytes = Buffer.alloc(1000);
    let mostHeld = 0;

    for (let i = 0; i < 2000; i++) {
      batching.write(socket, bytes, () => {});
      mostHeld = Math.max(mostHeld, socket.writableLength);
    }

    assert.ok(mostHeld < 65_536);
    endTurn();
    assert.equal(socket.writes.flat().length, 2000);
    assert.equal(socket.writableCorked, 0);
  });

  it("one that is busy holds up no other", () => {
    const { clock, socket, batching, endTurn } = setUp();
    const other = new RecordingSocket();

    other.resume();
    batching.noteRead(socket, 8);
    clock.advance(4);
    batching.noteRead(socket, 1);
    batching.noteRead(other, 1);
    endTurn();
    assert.equal(socket.isPaused(), true);
    assert.equal(other.isPaused(), false);
  });

  it("what is held leaves when the socket is ended", () => {
    const { socket, write, endTurn } = setUp();

    write(2);
    socket.end();
    assert.deepEqual(socket.writes, [["0", "1"]]);
    // The end of the turn finds a socket that is none any more.
    endTurn();
  });

  it("an interval that ends before the turn leaves no connection paused", () => {
    const { clock, socket, batching, endTurn } = setUp();

    batching.noteRead(socket, 8);
    clock.advance(4);
    batching.noteRead(socket, 8);
    clock.advance(4);
    endTurn();
    assert.equal(socket.isPaused(), false);
  });

  it("has no timer while nothing is read", () => {
    const { clock, socket, batching } = setUp();

    assert.equal(clock.pendingCount, 0);
    batching.noteRead(socket, 100);
    assert.equal(clock.pendingCount, 1);
    clock.advance(12);
    assert.equal(clock.pendingCount, 0);
  });

  it("a delay of 0 keeps everything at once", () => {
    const { clock, socket, batching, write } = setUp(0);

    batching.noteRead(socket, 1_000);
    clock.advance(100);
    batching.noteRead(socket, 1_000);
    write(1);
    assert.equal(socket.isPaused(), false);
    assert.equal(socket.writes.length, 1);
    assert.equal(clock.pendingCount, 0);
  });
});
