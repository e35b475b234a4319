import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, describe, it } from "node:test";
import type { TransportFailure } from "../../src/errors/errors.ts";
import type { StreamLimits } from "../../src/transport/stream-limits.ts";
import type { StreamTransport, StreamTransportOptions } from "../../src/transport/stream-transport.ts";
import { TcpTransport } from "../../src/transport/tcp-transport.ts";
import { TlsTransport } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { EventLog } from "../support/event-log.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { request } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { SilentServer } from "../support/silent-server.ts";
import { StreamPeer, StreamServer } from "../support/stream-peer.ts";

const INVITE = request();

let credentials: MadeCertificate;
let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: StreamTransport;
let peers: StreamPeer[] = [];

function makeOptions(limits: Partial<StreamLimits>): StreamTransportOptions {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();

  return { listen: [{ ip: "127.0.0.1", port: 0 }], receiver, logger, clock: new SystemClock(), limits };
}

async function startTcp(
  limits: Partial<StreamLimits>,
  more: Partial<StreamTransportOptions> = {},
): Promise<void> {
  transport = new TcpTransport({ ...makeOptions(limits), ...more });
  await transport.bind();
}

async function startTls(limits: Partial<StreamLimits>): Promise<void> {
  transport = new TlsTransport({ ...makeOptions(limits), credentials });
  await transport.bind();
}

async function client(localAddress = "127.0.0.1"): Promise<StreamPeer> {
  const port = transport.listeningPoints[0]?.port ?? 0;
  const peer = await StreamPeer.connect({ host: "127.0.0.1", port, localAddress });

  peers.push(peer);

  return peer;
}

function connectTo(port: number) {
  const flow = transport.connect({ transport: "tcp", ip: "127.0.0.1", ipType: "ipv4", port });

  assert.ok(flow !== undefined);

  return flow;
}

/** Sends a byte of `bytes` every few milliseconds until the connection is closed. Resolves with the time it took. */
async function trickle(peer: StreamPeer, bytes: Buffer): Promise<number> {
  const begin = performance.now();
  let index = 0;
  const timer = setInterval(() => {
    if (peer.socket.writable && index < bytes.length) {
      peer.write(bytes.subarray(index, index + 1));
      index++;
    }
  }, 10);

  await peer.closes();
  clearInterval(timer);

  return performance.now() - begin;
}

before(() => {
  const authority = new CertificateAuthority();

  credentials = authority.leaf();
  authority.remove();
});

after(() => {
  peers = [];
});

afterEach(async () => {
  await transport.close();
  await Promise.all(peers.map((peer) => peer.destroy()));
  peers = [];
  assert.equal(transport.connectionCount, 0);
});

describe("limits on connections", () => {
  it("in all: one more is closed at once with a log line; a place that becomes free is given again", async () => {
    await startTcp({ maxConnections: 2 });

    const first = await client();

    first.write(INVITE);
    (await client("127.0.0.2")).write(INVITE);
    await receiver.messages.at(1);
    await (await client("127.0.0.3")).closes();
    assert.deepEqual(logger.textsOf("warn"), ["connection refused: too many connections"]);
    assert.equal(logger.lines[0]?.fields["peer"], "127.0.0.3");

    await first.destroy();
    await receiver.closed.at(0);
    (await client("127.0.0.3")).write(INVITE);
    await receiver.messages.at(2);
  });

  for (const [name, startTransport] of [
    ["TCP", startTcp],
    ["TLS, before any handshake", startTls],
  ] as const) {
    it(`for one address, ${name}: others are let in`, async () => {
      await startTransport({ maxConnectionsPerAddress: 2 });
      await client("127.0.0.2");
      await client("127.0.0.2");
      await (await client("127.0.0.2")).closes();
      assert.deepEqual(logger.textsOf("warn"), [
        "connection refused: too many connections from this address",
      ]);

      const other = await client("127.0.0.3");

      assert.equal(other.socket.destroyed, false);
    });
  }

  it("TLS handshakes in progress: one more is closed at once, those under way are not", async () => {
    await startTls({ maxPendingHandshakes: 2 });

    const waiting = [await client(), await client()];

    await (await client()).closes();
    assert.deepEqual(logger.textsOf("warn"), ["connection refused: too many handshakes in progress"]);
    assert.ok(waiting.every((peer) => !peer.socket.destroyed));

    await waiting[0]?.destroy();

    const next = await client();

    next.write("no TLS at all");
    await next.closes();
    assert.equal(logger.textsOf("warn").length, 1);
  });

  it("connections to targets: one more fails at once, and is counted no longer", async () => {
    await startTcp({ maxOpenedConnections: 1 });

    const one = await new StreamServer().listen("127.0.0.1");
    const other = await new StreamServer().listen("127.0.0.1");
    const failures = new EventLog<TransportFailure>();

    const first = connectTo(one.port);

    first.send(INVITE);
    await one.peers.at(0);
    connectTo(other.port).send(INVITE, (error) => failures.push(error.failure));
    assert.equal(await failures.at(0), "connection");
    await receiver.closed.at(0);

    first.close();
    await (await one.peers.at(0)).closes();
    await receiver.closed.at(1);
    connectTo(other.port).send(INVITE);
    await (await other.peers.at(0)).receives("INVITE");
    await transport.close();
    await one.close();
    await other.close();
  });

  it("SECURITY: a flood of refused connections writes a bounded number of lines", async () => {
    await startTcp({ maxConnections: 1 });
    (await client()).write(INVITE);
    await receiver.messages.at(0);

    for (let index = 0; index < 300; index++) {
      await (await client()).closes();
    }

    assert.equal(logger.textsOf("warn").length, 50);
  });
});

describe("limits on time", () => {
  it("a client that sends nothing is cut, as is one that sends keep-alives only; not one that has sent SIP", async () => {
    await startTcp({ firstMessageTimeoutMs: 200 });

    const silent = await client();
    const pinging = await client();
    const registered = await client();
    const begin = performance.now();
    const drip = setInterval(() => {
      pinging.write("\r\n\r\n");
      registered.write("\r\n\r\n");
    }, 10);

    registered.write(INVITE);
    await Promise.all([silent.closes(), pinging.closes()]);
    clearInterval(drip);
    assert.ok(performance.now() - begin >= 199);
    assert.match(pinging.text, /^(\r\n)+$/);
    await receiver.closed.at(1);
    assert.deepEqual(logger.textsOf("info"), Array(2).fill("connection closed: no SIP received in time"));
    assert.equal(registered.socket.destroyed, false);
  });

  it("slowloris: a message that trickles in is cut at its time, however alive the peer is", async () => {
    await startTcp({ messageTimeoutMs: 200 });

    const peer = await client();

    peer.write(INVITE);
    await receiver.messages.at(0);

    const tookMs = await trickle(peer, request({ body: "x".repeat(100) }));

    assert.ok(tookMs >= 199 && tookMs < 2_000, `${tookMs}`);
    await receiver.closed.at(0);
    assert.deepEqual(logger.textsOf("info"), ["connection closed: message not finished in time"]);
  });

  it("a TLS handshake that trickles in is cut at its time", async () => {
    await startTls({ handshakeTimeoutMs: 200 });

    const clientHello = Buffer.concat([Buffer.from("16030100c8010000c40303", "hex"), Buffer.alloc(192, 1)]);
    const tookMs = await trickle(await client(), clientHello);

    assert.ok(tookMs >= 199 && tookMs < 2_000, `${tookMs}`);
    assert.deepEqual(logger.textsOf("info"), ["connection closed: TLS handshake not done in time"]);
  });

  it("an idle connection is closed, whoever opened it", async () => {
    await startTcp({ idleTimeoutMs: 200 });

    const server = await new StreamServer().listen("127.0.0.1");
    const peer = await client();

    peer.write(INVITE);
    connectTo(server.port).send(INVITE);
    await peer.closes();
    await (await server.peers.at(0)).closes();
    await receiver.closed.at(1);
    assert.deepEqual(logger.textsOf("info"), [
      "connection closed: idle for too long",
      "connection closed: idle for too long",
    ]);
    await server.close();
  });

  it('a target that does not answer: the messages fail with "timeout", one too many before with "overflow"', async () => {
    await startTcp({ connectTimeoutMs: 300, maxSendBufferBytes: 2 * INVITE.length });

    const silent = await SilentServer.start();
    const flow = connectTo(silent.port);
    const failures: string[] = [];

    for (const name of ["first", "second", "third"]) {
      flow.send(INVITE, (error) => failures.push(`${name}: ${error.failure}`));
    }

    assert.equal(await receiver.closed.at(0), flow);
    assert.deepEqual(failures, ["third: overflow", "first: timeout", "second: timeout"]);
    assert.deepEqual(logger.textsOf("info"), ["connection closed: not connected in time"]);
    await silent.close();
  });

  it("a peer that does not close its side is cut", async () => {
    await startTcp({ closeTimeoutMs: 200 });

    const port = transport.listeningPoints[0]?.port ?? 0;
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port, allowHalfOpen: true });

    peers.push(peer);
    peer.write("GET / HTTP/1.0\r\n\r\n");
    await peer.events.until("the end", (events) => events.includes("end"));
    await receiver.closed.at(0);
    assert.deepEqual(logger.textsOf("info"), ["connection closed: bad SIP message: no SIP start line"]);
  });

  it("a request that nobody answers keeps a broken stream no longer than that", async () => {
    await startTcp({ closeTimeoutMs: 200 });

    const peer = await client();

    peer.write(Buffer.concat([INVITE, Buffer.from("\0")]));

    const { flow } = await receiver.messages.at(0);

    await receiver.failures.at(0);
    assert.equal(flow.takesAnswers, true);
    await peer.closes();
    await receiver.closed.at(0);

    const failure = await new Promise<TransportFailure>((resolve) => {
      flow.send(INVITE, (error) => resolve(error.failure));
    });

    assert.equal(failure, "closed");
    assert.deepEqual(logger.textsOf("info"), ["connection closed: bad SIP message: no SIP start line"]);
  });
});

describe("limits on memory", () => {
  it('a peer that does not read is cut off: the message that was too much, and all before it, fail with "overflow"', async () => {
    await startTcp({ maxSendBufferBytes: 1_000_000 });

    const peer = await client();

    peer.socket.pause();
    peer.write(INVITE);

    const { flow } = await receiver.messages.at(0);
    const big = request({ replace: { "Content-Length": "Content-Length: 60000" }, body: "x".repeat(60_000) });
    const failures = new Set<string>();

    while (flow.isOpen) {
      flow.send(big, (error) => failures.add(error.failure));
      await new Promise((resolve) => setImmediate(resolve));
    }

    await receiver.closed.at(0);
    assert.deepEqual([...failures], ["overflow"]);
    assert.deepEqual(logger.textsOf("info"), [
      "connection closed: the send buffer is full, the peer does not read",
    ]);
  });

  for (const batchingDelayMs of [0, 10]) {
    it(`many requests in one chunk, with longer answers, fill no buffer of a peer that reads (batching ${batchingDelayMs} ms)`, async () => {
      await startTcp({ maxSendBufferBytes: 65_536 }, { batchingDelayMs });

      const answer = request({
        replace: { "Content-Length": "Content-Length: 2000" },
        body: "x".repeat(2_000),
      });

      receiver.onMessage = (_message, flow) => flow.send(answer);

      const peer = await client();

      peer.write(Buffer.concat(new Array(150).fill(INVITE)));
      await peer.events.until("every answer", () => peer.text.length === 150 * answer.length);
      assert.deepEqual(logger.textsOf("info"), []);
    });
  }

  it("a message alone is sent, however small the buffer is", async () => {
    await startTcp({ maxSendBufferBytes: 1000 });

    const server = await new StreamServer().listen("127.0.0.1");
    const flow = connectTo(server.port);
    const big = request({ replace: { "Content-Length": "Content-Length: 60000" }, body: "x".repeat(60_000) });

    flow.send(big);
    await (await server.peers.at(0)).receives("x".repeat(60_000));
    flow.send(big);
    await (await server.peers.at(0)).events.until(
      "the second one",
      () => (server.peers.items[0]?.text.length ?? 0) === 2 * big.length,
    );
    await transport.close();
    await server.close();
  });

  it("a peer that pings and does not read is cut off as well", async () => {
    await startTcp({ maxSendBufferBytes: 20_000 });

    const peer = await client();
    const pings = "\r\n\r\n".repeat(50_000);

    peer.socket.pause();

    while (!peer.events.items.includes("close") && receiver.closed.items.length === 0) {
      peer.write(pings);
      await new Promise((resolve) => setImmediate(resolve));
    }

    await receiver.closed.at(0);
    assert.match(logger.textsOf("info")[0] ?? "", /the send buffer is full/);
  });

  it("a message larger than the parser allows closes the connection before it is collected", async () => {
    await startTcp({});

    const peer = await client();

    peer.write(request({ replace: { "Content-Length": "Content-Length: 999999999" } }));

    const { failure } = await receiver.failures.at(0);

    assert.equal(failure.statusCode, 413);
    await peer.closes();
  });
});

describe("tcp_keepalive_interval", () => {
  it("sets the system's keep-alive on accepted and opened connections, and on none without it", async () => {
    const server = await new StreamServer().listen("127.0.0.1");

    for (const [intervalMs, expected] of [
      [undefined, 0],
      [600_000, 600],
    ] as const) {
      await startTcp({}, { tcpKeepAliveIntervalMs: intervalMs });

      const peer = await client();

      peer.write(INVITE);

      const flow = connectTo(server.port);

      flow.send(INVITE);
      await (await server.peers.at(intervalMs === undefined ? 0 : 1)).receives("INVITE");
      await receiver.messages.at(0);

      const accepted = { local: transport.listeningPoints[0]?.port ?? 0, remote: peer.socket.localPort ?? 0 };
      const opened = { local: flow.localPort, remote: server.port };

      for (const { local, remote } of [accepted, opened]) {
        assert.ok(Math.abs(keepAliveSeconds(local, remote) - expected) < 5, `${local} ${remote}`);
      }

      await transport.close();
    }

    await server.close();
  });
});

/** Seconds until the system's next keep-alive on this connection, of /proc/net/tcp; 0 when it sends none. */
function keepAliveSeconds(localPort: number, remotePort: number): number {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, "0");
  const line = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((text) => text.trim().split(/\s+/))
    .find(
      (fields) => fields[1]?.endsWith(`:${hex(localPort)}`) && fields[2]?.endsWith(`:${hex(remotePort)}`),
    );
  const [kind = "", ticks = ""] = (line?.[5] ?? "").split(":");

  // Kind 2 is the keep-alive timer; a tick is a hundredth of a second.
  return kind === "02" ? Number.parseInt(ticks, 16) / 100 : 0;
}
