import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { DatagramWait } from "../../../src/transport/datagram-wait.ts";
import { type DatagramSocket, nodeSocketFactory } from "../../../src/transport/udp-socket.ts";
import { AwaitableQueue } from "../../support/awaitable-queue.ts";
import { UdpPeer } from "../../support/udp-peer.ts";

const MAX_DELAY_MS = 10;

/** A thread whose time passes when the test says so, and when it waits. */
class FakeThread {
  nowMs = 1000;
  readonly waits: number[] = [];
  readonly turns: (() => void)[] = [];
  readonly options = {
    maxDelayMs: MAX_DELAY_MS,
    now: () => this.nowMs,
    wait: (ms: number) => {
      this.waits.push(ms);
      this.nowMs += ms;
    },
    afterTurn: (callback: () => void) => void this.turns.push(callback),
  };

  /** Returns how long the thread waited. */
  endTurn(): number {
    const before = this.waits.length;

    for (const callback of this.turns.splice(0)) {
      callback();
    }

    assert.ok(this.waits.length <= before + 1, "waits once a turn");

    return this.waits[before] ?? 0;
  }
}

function setUp() {
  const thread = new FakeThread();
  const wait = new DatagramWait(thread.options);

  /** A turn that reads so many datagrams and takes so long; returns how long the thread waited then. */
  const turn = (datagrams: number, tookMs = 0): number => {
    for (let i = 0; i < datagrams; i++) {
      wait.noteDatagram();
    }

    thread.nowMs += tookMs;

    return thread.endTurn();
  };

  /** Makes it busy, and ends with a wait. */
  const makeBusy = (): void => {
    turn(31, 40);
    assert.equal(turn(31, 40), 0);
    assert.equal(turn(1), MAX_DELAY_MS);
  };

  return { thread, turn, makeBusy };
}

/** Binds a socket and gives what it receives. */
async function bindSocket(context: TestContext, createSocket: ReturnType<typeof nodeSocketFactory>) {
  const received = new AwaitableQueue<string>();
  const socket: DatagramSocket = createSocket({
    ip: "127.0.0.1",
    ipType: "ipv4",
    port: 0,
    onDatagram: (bytes) => received.push(bytes.toString("latin1")),
    onError: (error) => assert.fail(error),
  });

  context.after(() => socket.close());
  await socket.bind();

  return { socket, received };
}

describe("waiting for datagrams", () => {
  it("nothing waits while 750 a second or fewer arrive", () => {
    const { turn } = setUp();

    // 20 in 32 ms, 625 a second.
    for (let i = 0; i < 200; i++) {
      assert.equal(turn(5, 8), 0);
    }
  });

  it("more than that: the thread waits, until the delay has passed since it last did", () => {
    const { thread, turn } = setUp();

    for (let i = 0; i < 8; i++) {
      assert.equal(turn(4, 4), 0);
    }

    // The first turn that is known to be busy came long after the last wait, which there was not.
    assert.equal(turn(4, 0), MAX_DELAY_MS);
    assert.equal(turn(10, 0), MAX_DELAY_MS);
    assert.equal(turn(10, 3), 7);
    // The process has slept by itself.
    thread.nowMs += 4;
    assert.equal(turn(10, 1), 5);
  });

  it("a few at once after a silence are no load", () => {
    const { thread, turn } = setUp();

    thread.nowMs += 60_000;
    assert.equal(turn(31), 0);
    thread.nowMs += 60_000;
    assert.equal(turn(31), 0);
    assert.equal(turn(1), 0);
  });

  it("turns as long as the delay make it none, and so does what is nearly as long", () => {
    const { turn, makeBusy } = setUp();

    makeBusy();
    assert.equal(turn(10, 10), 0);
    assert.equal(turn(10, 25), 0);
    assert.equal(turn(10, 9.8), 0);
    assert.ok(turn(10, 9.6) > 0.3);
    // Each of these was the end of a wait that there was no time for.
    assert.equal(turn(10, 12), 0);
    assert.equal(turn(10, 4), 6);
  });

  it("a turn that has read as many as libuv reads of a socket has left some", () => {
    const { turn, makeBusy } = setUp();

    makeBusy();
    assert.equal(turn(32, 1), 0);
    assert.equal(turn(64, 2), 0);
    // It waits as if those had been one turn with this one.
    assert.equal(turn(31, 1), 6);
  });

  it("it goes on until half as many arrive as made it begin", () => {
    const { thread, turn, makeBusy } = setUp();

    /** Each 10 ms so many arrive; returns the waits of the last turns. */
    const waitsAt = (datagrams: number): number[] => {
      const waits: number[] = [];

      for (let i = 0; i < 20; i++) {
        const waited = turn(datagrams);

        waits.push(waited);
        thread.nowMs += MAX_DELAY_MS - waited;
      }

      // What was counted before is over after 40 ms.
      return waits.slice(5);
    };

    const busy = Array<number>(15).fill(MAX_DELAY_MS);
    const calm = Array<number>(15).fill(0);

    makeBusy();
    assert.deepEqual(waitsAt(4), busy);
    assert.deepEqual(waitsAt(3), calm);
    assert.deepEqual(waitsAt(6), calm);
    thread.nowMs += 100;
    makeBusy();
    assert.deepEqual(waitsAt(6), busy);
  });

  it("what comes first after the load has ended does not wait", () => {
    const { thread, turn, makeBusy } = setUp();

    makeBusy();
    thread.nowMs += 5000;
    assert.equal(turn(1), 0);
    assert.equal(turn(1), 0);
  });

  it("one callback serves a turn, and there is none when nothing is read", () => {
    const thread = new FakeThread();
    const wait = new DatagramWait(thread.options);

    wait.noteDatagram();
    wait.noteDatagram();
    assert.equal(thread.turns.length, 1);
    thread.endTurn();
    assert.equal(thread.turns.length, 0);
    wait.noteDatagram();
    assert.equal(thread.turns.length, 1);
  });

  it("it is the thread that waits unless said otherwise", () => {
    const turns: (() => void)[] = [];
    let nowMs = 0;
    const wait = new DatagramWait({
      maxDelayMs: 30,
      now: () => nowMs,
      afterTurn: (callback) => void turns.push(callback),
    });

    const turn = (): number => {
      for (let i = 0; i < 31; i++) {
        wait.noteDatagram();
      }

      const startMs = performance.now();

      turns.pop()?.();

      return performance.now() - startMs;
    };

    nowMs = 40;
    turn();
    nowMs = 41;

    const waitedMs = turn();

    assert.ok(waitedMs > 28, `waited ${waitedMs} ms`);
  });
});

describe("sockets of node:dgram that wait", () => {
  it("share one wait a turn, and count together", async (context) => {
    const thread = new FakeThread();
    const createSocket = nodeSocketFactory(thread.options);
    const one = await bindSocket(context, createSocket);
    const two = await bindSocket(context, createSocket);
    await using peer = await UdpPeer.open();

    const exchange = async (): Promise<void> => {
      // 500 a second at each.
      for (let i = 0; i < 15; i++) {
        for (const { socket, received } of [one, two]) {
          await peer.send(`datagram ${i}`, socket.port);
          assert.equal(await received.shift(), `datagram ${i}`);
        }
      }
    };

    await exchange();
    assert.equal(thread.turns.length, 1);
    thread.nowMs += 32;
    assert.equal(thread.endTurn(), 0);
    await exchange();
    assert.equal(thread.turns.length, 1);
    thread.nowMs += 2;
    assert.equal(thread.endTurn(), MAX_DELAY_MS - 2);
  });

  it("a delay of 0: nothing waits, and nothing is counted", async (context) => {
    const thread = new FakeThread();
    const { socket, received } = await bindSocket(
      context,
      nodeSocketFactory({ ...thread.options, maxDelayMs: 0, now: () => assert.fail("looks at the clock") }),
    );
    await using peer = await UdpPeer.open();

    for (let i = 0; i < 40; i++) {
      await peer.send("datagram", socket.port);
      await received.shift();
    }

    assert.equal(thread.turns.length, 0);
  });

  it("one that is closed before the turn has ended leaves no work behind", async (context) => {
    const thread = new FakeThread();
    const { socket, received } = await bindSocket(context, nodeSocketFactory(thread.options));
    await using peer = await UdpPeer.open();

    await peer.send("datagram", socket.port);
    await received.shift();
    await socket.close();
    assert.equal(thread.endTurn(), 0);
    assert.equal(thread.turns.length, 0);
  });
});
