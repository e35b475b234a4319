import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type BatchedAddon, loadBatchedAddon } from "../../../src/transport/udp-batched-addon.ts";
import { BatchedAddresses } from "../../../src/transport/udp-batched-addresses.ts";
import { batchedSocketFactory } from "../../../src/transport/udp-batched-factory.ts";
import { BatchedDatagramSocket } from "../../../src/transport/udp-batched-socket.ts";
import { type DatagramCallback, NodeDatagramSocket } from "../../../src/transport/udp-socket.ts";
import { AwaitableQueue } from "../../support/awaitable-queue.ts";
import { requireBatchedAddon } from "../../support/batched-addon.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { UdpPeer } from "../../support/udp-peer.ts";

const built = requireBatchedAddon();
const BUILT_FILE = join(
  import.meta.dirname,
  `../../../prebuilds/${process.platform}-${process.arch}/udp-batched.node`,
);

interface Received {
  readonly text: string;
  readonly ip: string;
  readonly port: number;
}

/** A bound socket, and what it receives. */
class Bound implements AsyncDisposable {
  readonly socket: BatchedDatagramSocket;
  readonly received = new AwaitableQueue<Received>();
  readonly errors: Error[] = [];

  constructor(addon: BatchedAddon, ip: string, onDatagram?: DatagramCallback) {
    this.socket = new BatchedDatagramSocket(
      addon,
      {
        ip,
        ipType: ip.includes(":") ? "ipv6" : "ipv4",
        port: 0,
        receiveBufferBytes: 4_194_304,
        onDatagram:
          onDatagram ??
          ((bytes, from, port) => this.received.push({ text: bytes.toString("latin1"), ip: from, port })),
        onError: (error) => this.errors.push(error),
      },
      4,
    );
  }

  static async open(addon: BatchedAddon, ip = "127.0.0.1", onDatagram?: DatagramCallback): Promise<Bound> {
    const bound = new Bound(addon, ip, onDatagram);

    await bound.socket.bind();

    return bound;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.socket.close();
  }
}

function openFileCount(): number {
  return readdirSync("/proc/self/fd").length;
}

/** The batched socket with an addon whose `send` is another. */
function withSend(addon: BatchedAddon, send: BatchedAddon["send"]): BatchedAddon {
  return { ...addon, send };
}

function testBatchedSocket(addon: BatchedAddon): void {
  for (const ip of ["127.0.0.1", "::1"]) {
    it(`datagrams go to ${ip} and come back with address and port`, async () => {
      await using one = await Bound.open(addon, ip);
      await using other = await Bound.open(addon, ip);

      one.socket.send(Buffer.from("ping"), ip, other.socket.port);
      assert.deepEqual(await other.received.shift(), { text: "ping", ip, port: one.socket.port });
      other.socket.send(Buffer.from("pong"), ip, one.socket.port);
      assert.deepEqual(await one.received.shift(), { text: "pong", ip, port: other.socket.port });
    });
  }

  it("datagrams of every size up to the largest arrive whole and in order", async () => {
    await using one = await Bound.open(addon);
    await using other = await Bound.open(addon);

    for (const byteCount of [0, 1, 1_500, 65_507]) {
      one.socket.send(Buffer.alloc(byteCount, "x"), "127.0.0.1", other.socket.port);
      assert.equal((await other.received.shift()).text, "x".repeat(byteCount));
    }
  });

  it("a flood is read at intervals, a single datagram at once again after it; none is lost", async () => {
    await using server = await Bound.open(addon, "127.0.0.1", (bytes, ip, port) =>
      server.socket.send(bytes, ip, port),
    );
    await using client = await Bound.open(addon);

    // Far more than a batch, and for longer than the time over which the rate is measured.
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 100; i++) {
        client.socket.send(Buffer.from(`${round}.${i}`), "127.0.0.1", server.socket.port);
      }

      for (let i = 0; i < 100; i++) {
        assert.equal((await client.received.shift()).text, `${round}.${i}`);
      }
    }

    client.socket.send(Buffer.from("the last"), "127.0.0.1", server.socket.port);
    assert.equal((await client.received.shift()).text, "the last");
  });

  it("more than fits at once is sent in parts, by entries and by bytes", async () => {
    await using one = await Bound.open(addon);
    await using other = await Bound.open(addon);
    const { sendEntries, sendBytes } = addon.layout;

    for (let i = 0; i < sendEntries + 44; i++) {
      one.socket.send(Buffer.from(String(i)), "127.0.0.1", other.socket.port);
    }

    for (let i = 0; i < sendEntries + 44; i++) {
      assert.equal((await other.received.shift()).text, String(i));
    }

    const parts = Math.ceil(sendBytes / 60_000) + 1;
    const failed: Error[] = [];

    for (let i = 0; i < parts; i++) {
      one.socket.send(Buffer.alloc(60_000, String(i)), "127.0.0.1", other.socket.port, (e) => failed.push(e));
    }

    assert.equal((await other.received.shift()).text.slice(0, 1), "0");
    assert.deepEqual(failed, []);
  });

  it("what the system does not take waits until it does; what does not fit then fails", async () => {
    let isWritable = false;
    const blocking = withSend(addon, (handle, first, count) =>
      isWritable ? addon.send(handle, first, count) : 0,
    );
    await using one = await Bound.open(blocking);
    await using other = await Bound.open(addon);
    const { promise, resolve } = Promise.withResolvers<Error>();
    const { sendEntries } = addon.layout;

    for (let i = 0; i <= sendEntries; i++) {
      one.socket.send(Buffer.from(String(i)), "127.0.0.1", other.socket.port, resolve);
    }

    assert.equal(((await promise) as NodeJS.ErrnoException).code, "ENOBUFS");
    isWritable = true;
    one.socket.writable();

    for (let i = 0; i < sendEntries; i++) {
      assert.equal((await other.received.shift()).text, String(i));
    }
  });

  it("a datagram that the system refuses fails by itself, those around it arrive", async () => {
    await using one = await Bound.open(addon);
    await using other = await Bound.open(addon);
    const { port } = other.socket;
    const failed = new AwaitableQueue<NodeJS.ErrnoException>();

    one.socket.send(Buffer.from("before"), "127.0.0.1", port, (error) => failed.push(error));
    one.socket.send(Buffer.alloc(65_508), "127.0.0.1", port, (error) => failed.push(error));
    one.socket.send(Buffer.from("after"), "127.0.0.1", port, (error) => failed.push(error));
    assert.equal((await other.received.shift()).text, "before");
    assert.equal((await other.received.shift()).text, "after");

    const error = await failed.shift();

    assert.equal(error.code, "EMSGSIZE");
    assert.equal(error.message, `send EMSGSIZE 127.0.0.1:${port}`);
    assert.equal(failed.length, 0);
  });

  it("no address, one of the other family, no port, and a closed socket are errors that come later", async () => {
    await using one = await Bound.open(addon);
    const failed = new AwaitableQueue<NodeJS.ErrnoException>();
    const cases: [string, number][] = [
      ["name.example", 5060],
      ["127.0.0.1\0", 5060],
      ["1", 5060],
      ["::1", 5060],
      ["", 5060],
      ["1".repeat(1_000), 5060],
      ["127.0.0.1", 0],
      ["127.0.0.1", 65_536],
      ["127.0.0.1", Number.NaN],
    ];

    for (const [ip, port] of cases) {
      let isLater = false;

      one.socket.send(Buffer.from("x"), ip, port, (error) => {
        assert.ok(isLater);
        failed.push(error);
      });
      isLater = true;
      assert.equal((await failed.shift()).code, "EINVAL");
    }

    await one.socket.close();
    one.socket.send(Buffer.from("x"), "127.0.0.1", 5060, (error) => failed.push(error));
    assert.equal((await failed.shift()).code, "EBADF");
  });

  it("bind fails with the system's error, as node:dgram says it", async () => {
    await using peer = await UdpPeer.open();
    const taken = new BatchedDatagramSocket(addon, {
      ip: "127.0.0.1",
      ipType: "ipv4",
      port: peer.port,
      onDatagram: () => {},
      onError: () => {},
    });

    await assert.rejects(taken.bind(), {
      code: "EADDRINUSE",
      message: `bind EADDRINUSE 127.0.0.1:${peer.port}`,
    });
    await taken.close();
    await assert.rejects(new Bound(addon, "192.0.2.1").socket.bind(), { code: "EADDRNOTAVAIL" });
    await assert.rejects(new Bound(addon, "no address").socket.bind(), { code: "EINVAL" });
  });

  it("close may come from within a callback, and twice; its port is free then", async () => {
    const closed = Promise.withResolvers<void>();
    let count = 0;
    const one = await Bound.open(addon, "127.0.0.1", () => {
      count++;
      void one.socket.close().then(() => one.socket.close().then(closed.resolve));
    });
    await using other = await Bound.open(addon);
    const { port } = one.socket;

    for (let i = 0; i < 10; i++) {
      other.socket.send(Buffer.from("x"), "127.0.0.1", port);
    }

    await closed.promise;
    // What came with it is nobody's any more.
    assert.equal(count, 1);
    assert.equal(one.socket.port, 0);

    const again = createSocket("udp4").bind(port, "127.0.0.1");

    await once(again, "listening");
    again.close();
  });

  it("an error of a callback is the process's, and what was sent before it leaves", () => {
    const script = `
      import { loadBatchedAddon } from ${JSON.stringify(join(import.meta.dirname, "../../../src/transport/udp-batched-addon.ts"))};
      import { BatchedDatagramSocket } from ${JSON.stringify(join(import.meta.dirname, "../../../src/transport/udp-batched-socket.ts"))};
      const base = { ip: "127.0.0.1", ipType: "ipv4", port: 0, onError() {} };
      const addon = loadBatchedAddon();
      const two = new BatchedDatagramSocket(addon, { ...base, onDatagram(bytes) { console.log(String(bytes)); one.close(); two.close(); } });
      const one = new BatchedDatagramSocket(addon, { ...base, onDatagram(bytes, ip, port) { one.send(Buffer.from("answer"), ip, port); throw new Error("a fault"); } });
      process.on("uncaughtException", (error) => console.log(error.message));
      await one.bind();
      await two.bind();
      two.send(Buffer.from("x"), "127.0.0.1", one.port);
    `;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });

    assert.deepEqual([status, stdout], [0, "a fault\nanswer\n"]);
  });

  it("a process or worker that ends while a socket is open ends well", () => {
    const open = `
      require(${JSON.stringify(BUILT_FILE)}).open("127.0.0.1", 0, 0, 0, false, 10, {}, () => {}, () => {});
      setTimeout(() => process.exit(7), 50);
    `;
    const inWorker = `
      new (require("node:worker_threads").Worker)(${JSON.stringify(open)}, { eval: true })
        .on("exit", (code) => process.exit(code + 1));
    `;

    for (const [script, expected] of [
      [open, 7],
      [inWorker, 8],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });

      assert.equal(status, expected, stderr);
    }
  });

  it("1,000 sockets opened and closed leave neither files nor memory behind", async () => {
    const cycle = async () => {
      await using bound = await Bound.open(addon);

      bound.socket.send(Buffer.from("x"), "127.0.0.1", bound.socket.port);
      await bound.received.shift();
    };

    for (let i = 0; i < 50; i++) {
      await cycle();
    }

    const files = openFileCount();
    const before = process.memoryUsage.rss();

    for (let i = 0; i < 1_000; i++) {
      await cycle();
    }

    assert.equal(openFileCount(), files);
    // Each has 5 MB of address space, of which it touches some 30 kB; 1,000 that stayed would be 30 MB at the least.
    assert.ok(process.memoryUsage.rss() - before < 25_000_000);
  });

  it("SO_REUSEPORT lets sockets share a port, and is off by default", async () => {
    const options = { ip: "127.0.0.1", ipType: "ipv4", onDatagram: () => {}, onError: () => {} } as const;
    const first = new BatchedDatagramSocket(addon, { ...options, port: 0, reusePort: true });

    await first.bind();

    const second = new BatchedDatagramSocket(addon, { ...options, port: first.port, reusePort: true });
    const third = new BatchedDatagramSocket(addon, { ...options, port: first.port });

    await second.bind();
    await assert.rejects(third.bind(), { code: "EADDRINUSE" });
    await Promise.all([first.close(), second.close()]);
  });

  it("addresses: text is made once, also for those that share a place in the table", () => {
    let made = 0;
    const addresses = new BatchedAddresses(
      {
        ...addon,
        formatAddress: (...words) => {
          made++;

          return addon.formatAddress(...words);
        },
      },
      true,
    );
    const texts = ["::1", "2001:db8::1", "2001:db8::2:1", "fe80::1", "::"];

    for (let round = 0; round < 3; round++) {
      for (const text of texts) {
        assert.equal(addresses.textOf(addresses.wordsOf(text) ?? new Uint32Array(5), 0), text);
      }
    }

    assert.equal(made, texts.length);

    // SECURITY: as many addresses as a peer likes to forge.
    for (let i = 0; i < 20_000; i++) {
      const text = `2001:db8::${((i >> 8) + 1).toString(16)}:${((i & 0xff) + 1).toString(16)}`;

      assert.equal(addresses.textOf(addresses.wordsOf(text) ?? new Uint32Array(5), 0), text);
    }
  });

  it("the addon refuses wrong arguments, and entries outside of its memory", () => {
    const unsafe = addon as unknown as Record<string, (...words: unknown[]) => unknown>;

    for (const name of ["open", "send", "close", "parseAddress", "formatAddress"]) {
      assert.throws(() => unsafe[name]?.(), TypeError);
      assert.throws(() => unsafe[name]?.({}, {}, {}, {}, {}, {}, {}, {}, {}), TypeError);
    }

    const { handle } = addon.open(
      "127.0.0.1",
      0,
      0,
      0,
      false,
      50,
      {},
      () => {},
      () => {},
    );

    assert.throws(
      () =>
        unsafe["open"]?.(
          "127.0.0.1",
          0,
          0,
          0,
          false,
          51,
          {},
          () => {},
          () => {},
        ),
      TypeError,
    );

    assert.equal(addon.send(handle, 4_000_000_000, 10), 0);
    assert.equal(addon.send(handle, 10, 4_000_000_000), 0);
    addon.close(handle);
    addon.close(handle);
    assert.equal(addon.send(handle, 0, 1), 0);
  });
}

describe("batched UDP socket", () => {
  if (built !== undefined) {
    testBatchedSocket(built);
  }
});

describe("choice of UDP sockets", () => {
  const howToBuild = `"npm run build:native" in a checkout builds it for ${process.platform}-${process.arch}`;

  it("where the addon is not there, node:dgram serves, and the log says why, what it costs and what helps", () => {
    for (const [maxDelayMs, effect] of [
      [0, ""],
      [10, ", and under load makes everything else wait for up to core.batching_delay too"],
    ] as const) {
      const logger = new RecordingLogger();
      const createSocket = batchedSocketFactory(logger, { file: "/no/such/udp-batched.node", maxDelayMs });
      const socket = createSocket({
        ip: "127.0.0.1",
        ipType: "ipv4",
        port: 0,
        onDatagram: () => {},
        onError: () => {},
      });

      assert.ok(socket instanceof NodeDatagramSocket);
      assert.deepEqual(logger.textsOf("info"), [
        `UDP datagrams are read and written one at a time, which costs CPU${effect}: the native part is not ` +
          `built for this platform (/no/such/udp-batched.node is not there); ${howToBuild}`,
      ]);
      void socket.close();
    }
  });

  it("then the thread waits for datagrams, as long as is asked for", async (context) => {
    const atomicsWait = context.mock.method(Atomics, "wait", () => "timed-out");
    const turns: (() => void)[] = [];
    const createSocket = batchedSocketFactory(new RecordingLogger(), {
      file: "/no/such/udp-batched.node",
      maxDelayMs: 50,
      afterTurn: (callback) => void turns.push(callback),
    });
    const received = new AwaitableQueue<void>();
    const socket = createSocket({
      ip: "127.0.0.1",
      ipType: "ipv4",
      port: 0,
      onDatagram: () => received.push(),
      onError: assert.fail,
    });
    await using peer = await UdpPeer.open();

    context.after(() => socket.close());
    await socket.bind();

    const deadline = performance.now() + 10_000;

    while (atomicsWait.mock.callCount() === 0 && performance.now() < deadline) {
      for (let i = 0; i < 31; i++) {
        await peer.send("datagram", socket.port);
        await received.shift();
      }

      turns.pop()?.();
    }

    const ms = Number(atomicsWait.mock.calls[0]?.arguments[3]);

    assert.ok(ms > 0 && ms <= 50, `waits for ${ms} ms`);
  });

  it("a file that is no addon, or one of another version, is not loaded", (context) => {
    const directory = mkdtempSync(join(tmpdir(), "oversip-addon-"));
    const text = join(directory, "text.node");
    const old = join(directory, "old.cjs");

    context.after(() => rmSync(directory, { recursive: true }));
    writeFileSync(text, "no addon");
    writeFileSync(old, "exports.interfaceVersion = 0;");

    const reason = String(loadBatchedAddon(text));

    assert.ok(reason.startsWith(`the native part cannot be loaded (`), reason);
    assert.ok(reason.includes(text) && reason.endsWith(`); ${howToBuild}`), reason);
    assert.equal(
      loadBatchedAddon(old),
      `the native part (${old}) is of another version of this program; ${howToBuild}`,
    );
  });

  if (built !== undefined) {
    it("where it is, the batched socket serves", () => {
      const createSocket = batchedSocketFactory(new RecordingLogger());
      const socket = createSocket({
        ip: "127.0.0.1",
        ipType: "ipv4",
        port: 0,
        onDatagram: () => {},
        onError: () => {},
      });

      assert.ok(socket instanceof BatchedDatagramSocket);
    });
  }
});
