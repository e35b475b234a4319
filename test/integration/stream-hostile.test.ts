import assert from "node:assert/strict";
import { connect as connectTcp, type Socket } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import type { StreamTransport } from "../../src/transport/stream-transport.ts";
import { TcpTransport } from "../../src/transport/tcp-transport.ts";
import { TlsTransport } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { request, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";
import { StreamPeer } from "../support/stream-peer.ts";

const CONNECTIONS = 150;
const PROXY = Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 56324 5061\r\n");
const PROXY_V2 = Buffer.from("0d0a0d0a000d0a515549540a2111000cc0000202c6336401dc0513c5", "hex");

let credentials: MadeCertificate;
let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: StreamTransport | undefined;

function options() {
  receiver = new RecordingReceiver();
  receiver.onMessage = (_message, flow) => flow.send(response());
  receiver.onFailure = (_failure, flow) => flow.send(response());
  logger = new RecordingLogger();

  return { listen: [{ ip: "127.0.0.1", port: 0 }], receiver, logger, clock: new SystemClock() };
}

/** What a broken or hostile peer may send: noise, or something good with bytes changed, cut or doubled. */
function hostileBytes(random: SeededRandom, good: Buffer): Buffer {
  const noise = Buffer.from(Array.from({ length: random.integer(600) }, () => random.integer(256)));
  const damaged = Buffer.from(good);

  for (let count = random.integer(6); count > 0; count--) {
    damaged[random.integer(damaged.length)] = random.integer(256);
  }

  switch (random.integer(4)) {
    case 0:
      return noise;
    case 1:
      return damaged.subarray(0, random.integer(damaged.length));
    case 2:
      return Buffer.concat([damaged, noise, good]);
    default:
      return Buffer.concat([good, damaged, good]);
  }
}

/** Sends the bytes in pieces and leaves: at its end, in the middle, or with a reset. */
async function attack(socket: Socket, bytes: Buffer, random: SeededRandom): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const end = random.integer(3) === 0 ? random.integer(bytes.length + 1) : bytes.length;

  socket.on("error", () => {});
  socket.resume();

  for (let offset = 0; offset < end && !socket.destroyed; ) {
    const size = 1 + random.integer(200);

    socket.write(bytes.subarray(offset, Math.min(end, offset + size)));
    offset += size;

    if (random.integer(4) === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  switch (random.integer(3)) {
    case 0:
      socket.end();
      break;
    case 1:
      socket.destroy();
      break;
    default:
      socket.destroySoon();
  }

  // A TLS client that never finished its handshake does not close by itself.
  const timer = setTimeout(() => socket.destroy(), 200);

  await closed;
  clearTimeout(timer);
}

interface Case {
  readonly name: string;
  start(): StreamTransport;
  connect(port: number): Socket;
  readonly good: Buffer;
}

const CASES: readonly Case[] = [
  {
    name: "TCP",
    start: () => new TcpTransport(options()),
    connect: (port) => connectTcp({ host: "127.0.0.1", port }),
    good: request(),
  },
  {
    name: "TLS, below the handshake",
    start: () => new TlsTransport({ ...options(), credentials }),
    connect: (port) => connectTcp({ host: "127.0.0.1", port }),
    good: Buffer.concat([Buffer.from("16030100c8010000c40303", "hex"), Buffer.alloc(192, 7)]),
  },
  {
    name: "TLS, after the handshake",
    start: () => new TlsTransport({ ...options(), credentials, onClientTlsHandshake: async () => {} }),
    connect: (port) => connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false }),
    good: request(),
  },
  {
    name: "the TLS tunnel",
    start: () => new TlsTransport({ ...options(), tunnel: { listen: [{ ip: "127.0.0.1", port: 0 }] } }),
    connect: (port) => connectTcp({ host: "127.0.0.1", port }),
    good: Buffer.concat([PROXY, request(), PROXY_V2]),
  },
  {
    name: "the TLS tunnel, version 2",
    start: () => new TlsTransport({ ...options(), tunnel: { listen: [{ ip: "127.0.0.1", port: 0 }] } }),
    connect: (port) => connectTcp({ host: "127.0.0.1", port }),
    good: Buffer.concat([PROXY_V2, request()]),
  },
];

before(() => {
  const authority = new CertificateAuthority();

  credentials = authority.leaf();
  authority.remove();
});

after(() => {
  transport = undefined;
});

afterEach(async () => {
  await transport?.close();
});

describe("SECURITY: nothing that a peer sends reaches past its connection", () => {
  for (const [seed, { name, start, connect, good }] of CASES.entries()) {
    it(`${name}: after ${CONNECTIONS} hostile connections a good one is served, and nothing is left of them`, async () => {
      const random = seededRandom(seed + 1);

      transport = start();
      await transport.bind();

      const port = transport.boundPoints[0]?.port ?? 0;

      await Promise.all(
        Array.from({ length: CONNECTIONS }, () => attack(connect(port), hostileBytes(random, good), random)),
      );

      const secure = name.startsWith("TLS");
      const peer = new StreamPeer(
        secure
          ? connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false })
          : connectTcp({ host: "127.0.0.1", port }),
      );

      peer.write(Buffer.concat([name.includes("tunnel") ? PROXY : Buffer.alloc(0), request()]));
      await peer.receives(response().toString("latin1"));
      await peer.destroy();
      await transport.close();
      assert.equal(transport.connectionCount, 0);
      assert.deepEqual(logger.textsOf("crit"), []);
      assert.deepEqual(logger.textsOf("error"), []);
      assert.equal(new Set(receiver.closed.items).size, receiver.closed.items.length);
    });
  }
});
