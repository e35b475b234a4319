import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { BATCHED_HIGH_WATER_MARK, streamBatching } from "../../../src/transport/stream-batching.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const DELAY_MS = 4;
/** What an interval lasts, as a clock that is late by a millisecond makes it the delay. */
const INTERVAL_MS = 3;

/** A socket whose peer is the test: keeps what was written, by the writes that a socket would make. */
class RecordingSocket extends Duplex {
  readonly writes: string[][] = [];
  /** Whether the runtime would read from the system. */
  isReading = false;

  constructor() {
    super({ readableHighWaterMark: BATCHED_HIGH_WATER_MARK });
  }

  override _read(): void {
    this.isReading = true;
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.writes.push([chunk.toString()]);
    callback();
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.writes.push(chunks.map(({ chunk }) => chunk.toString()));
    callback();
  }

  /** As the runtime does it: it stops reading when nobody wants more. */
  async receive(chunk: Buffer | string | null): Promise<void> {
    this.isReading = this.push(chunk);
    await nextTurn();
  }
}

function setUp(delayMs = DELAY_MS) {
  const clock = new FakeClock();
  const turns: (() => void)[] = [];
  const batching = streamBatching({ clock, delayMs, afterTurn: (callback) => void turns.push(callback) });
  const socket = new RecordingSocket();
  const handled: string[] = [];
  /** Each character is a message. */
  const read = (from = socket) =>
    batching.read(from, (chunk) => {
      handled.push(chunk.toString());

      return chunk.length;
    });

  return {
    clock,
    socket,
    batching,
    handled,
    read,
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
  it("what carries few messages is read at once", async () => {
    const { clock, socket, handled, read } = setUp();

    read();

    for (let i = 0; i < 10; i++) {
      await socket.receive("ab");
      assert.equal(handled.length, i + 1);
      assert.equal(socket.isReading, true);
      clock.advance(DELAY_MS);
    }
  });

  it("a busy connection is read once an interval, and at once again when it is busy no more", async () => {
    const { clock, socket, handled, read } = setUp();

    read();
    await socket.receive("abcdefgh");
    await socket.receive("i");
    assert.deepEqual(handled.splice(0), ["abcdefgh", "i"]);
    clock.advance(INTERVAL_MS);
    await socket.receive("j");
    assert.deepEqual(handled.splice(0), ["j"]);
    // The system keeps what comes now: no code runs for it.
    assert.equal(socket.isReading, false);
    clock.advance(INTERVAL_MS - 1);
    assert.equal(socket.isReading, false);
    clock.advance(1);
    assert.equal(socket.isReading, true);
    await socket.receive("k");
    await socket.receive("l");
    assert.deepEqual(handled.splice(0), ["k", "l"]);
    assert.equal(socket.isReading, true);
  });

  it("a busy connection remains so until it carries half of what made it busy", async () => {
    const { clock, socket, read } = setUp();

    read();
    await socket.receive("abcdefgh");
    clock.advance(INTERVAL_MS);

    for (const [chunk, isBusy] of [
      ["ab", true],
      ["ab", true],
      ["a", true],
      ["ab", false],
    ] as const) {
      await socket.receive(chunk);
      assert.equal(socket.isReading, !isBusy);
      clock.advance(INTERVAL_MS);
    }
  });

  it("where the runtime has read all that it reads at once, more is read", async () => {
    const { clock, socket, handled, read } = setUp();
    const full = Buffer.alloc(65_536);

    read();
    await socket.receive(full);
    clock.advance(INTERVAL_MS);
    await socket.receive(full);
    assert.equal(socket.isReading, true);
    await socket.receive("ab");
    assert.equal(handled.length, 3);
    assert.equal(socket.isReading, false);
  });

  it("all that the runtime has read although it was to wait is handled when the interval ends", async () => {
    const { clock, socket, handled, read } = setUp();

    read();
    await socket.receive("abcdefgh");
    clock.advance(INTERVAL_MS);
    await socket.receive("i");
    await socket.receive("jjj");
    await socket.receive("kkk");
    assert.deepEqual(handled.splice(0), ["abcdefgh", "i"]);

    for (const chunks of [["lll", "mmm"], []]) {
      clock.advance(INTERVAL_MS);
      assert.equal(handled.splice(0).join("").length, 6);

      for (const chunk of chunks) {
        await socket.receive(chunk);
      }
    }
  });

  it("the end of a connection is told, also behind what was to wait", async () => {
    for (const isBusy of [false, true]) {
      const { clock, socket, handled, read } = setUp();
      let hasEnded = false;

      socket.on("end", () => {
        hasEnded = true;
      });
      read();
      await socket.receive(isBusy ? "abcdefgh" : "a");
      clock.advance(INTERVAL_MS);
      await socket.receive("i");
      await socket.receive("j");
      await socket.receive(null);
      assert.equal(hasEnded, !isBusy);
      clock.advance(INTERVAL_MS);
      await nextTurn();
      assert.equal(handled.join("").endsWith("ij"), true);
      assert.equal(hasEnded, true);
    }
  });

  it("nothing more is handled of a connection that was destroyed", async () => {
    const { clock, socket, handled, read } = setUp();

    read();
    await socket.receive("abcdefgh");
    clock.advance(INTERVAL_MS);
    await socket.receive("i");
    await socket.receive("j");
    socket.destroy();
    clock.advance(INTERVAL_MS);
    assert.deepEqual(handled, ["abcdefgh", "i"]);
    assert.equal(clock.pendingCount, 0);
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

  it("one that is busy holds up no other", async () => {
    const { clock, socket, handled, read } = setUp();
    const other = new RecordingSocket();

    read();
    read(other);
    await socket.receive("abcdefgh");
    clock.advance(INTERVAL_MS);
    await socket.receive("i");
    await other.receive("j");
    await other.receive("k");
    assert.equal(socket.isReading, false);
    assert.equal(other.isReading, true);
    assert.deepEqual(handled.slice(1), ["i", "j", "k"]);
  });

  it("what is held leaves when the socket is ended", () => {
    const { socket, write, endTurn } = setUp();

    write(2);
    socket.end();
    assert.deepEqual(socket.writes, [["0", "1"]]);
    // The end of the turn finds a socket that is none any more.
    endTurn();
  });

  it("has no timer while nothing is read", async () => {
    const { clock, socket, read } = setUp();

    read();
    assert.equal(clock.pendingCount, 0);
    await socket.receive("a".repeat(100));
    assert.equal(clock.pendingCount, 1);
    clock.advance(12);
    assert.equal(clock.pendingCount, 0);
  });

  it("a delay of 0 keeps everything at once, and sends what answers a chunk in one write", async () => {
    const { clock, socket, batching, handled, write } = setUp(0);

    batching.read(socket, (chunk) => {
      handled.push(chunk.toString());
      write(3);

      return 1_000;
    });
    await socket.receive("a");
    clock.advance(100);
    await socket.receive("b");
    assert.deepEqual(handled, ["a", "b"]);
    assert.equal(socket.isReading, true);
    assert.equal(socket.writes.length, 2);
    write(1);
    assert.equal(socket.writes.length, 3);
    assert.equal(clock.pendingCount, 0);
  });
});
