import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { SipConnection } from "../../src/transport/sip-connection.ts";
import type { TlsHandshakeCallback } from "../../src/transport/tls-callback.ts";
import { TlsTransport, type TlsTransportOptions } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { EventLog } from "../support/event-log.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { request, requestOf, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { StreamPeer } from "../support/stream-peer.ts";

const INVITE = request();

let authority: CertificateAuthority;
let intermediate: CertificateAuthority;
let ec: MadeCertificate;
let rsa: MadeCertificate;
let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: TlsTransport;
let peers: StreamPeer[] = [];

async function start(options: Partial<TlsTransportOptions> = {}): Promise<void> {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();
  transport = new TlsTransport({
    listen: [
      { ip: "127.0.0.1", port: 0, advertisedHost: "edge.example.com" },
      { ip: "::1", port: 0 },
    ],
    receiver,
    logger,
    clock: new SystemClock(),
    credentials: ec,
    ...options,
  });
  await transport.bind();
}

function portOf(ip = "127.0.0.1"): number {
  return transport.listeningPoints.find((point) => point.ip === ip)?.port ?? 0;
}

/** A client whose handshake has begun. */
function dial(options: ConnectionOptions = {}): { peer: StreamPeer; socket: TLSSocket } {
  const host = options.host ?? "127.0.0.1";
  const socket = connect({ port: portOf(host), rejectUnauthorized: false, host, ...options });
  const peer = new StreamPeer(socket);

  peers.push(peer);

  return { peer, socket };
}

/** A client whose handshake is done. */
async function client(options: ConnectionOptions = {}): Promise<{ peer: StreamPeer; socket: TLSSocket }> {
  const made = dial(options);

  await new Promise<void>((resolve, reject) => {
    made.socket.once("secureConnect", resolve);
    made.socket.once("error", reject);
  });

  return made;
}

/** What openssl's client says to a server that it sends `input` to. */
async function opensslClient(args: readonly string[], input: string): Promise<string> {
  const child = spawn("openssl", ["s_client", "-connect", `127.0.0.1:${portOf()}`, ...args]);
  let output = "";

  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdin.write(input);

  await new Promise<void>((resolve) => child.once("close", () => resolve()));

  return output;
}

before(() => {
  authority = new CertificateAuthority();
  intermediate = authority.intermediate();
  ec = authority.leaf({ subjectAltNames: ["DNS:edge.example.com"] });
  rsa = authority.leaf({ keyKind: "rsa", commonName: "rsa.example.com" });
});

after(() => {
  authority.remove();
  intermediate.remove();
});

afterEach(async () => {
  await transport.close();
  await Promise.all(peers.map((peer) => peer.destroy()));
  peers = [];
  assert.equal(transport.connectionCount, 0);
});

describe("TLS, connections that clients open", () => {
  for (const host of ["127.0.0.1", "::1"]) {
    it(`a message from ${host} is delivered with its flow, and the answer goes back by it`, async () => {
      await start();
      receiver.onMessage = (_message, flow) => flow.send(response());

      const { peer, socket } = await client({ host });

      peer.write(INVITE);
      await peer.receives(response().toString("latin1"));

      const { message, flow } = await receiver.messages.at(0);

      assert.deepEqual(message.toBytes(), INVITE);
      assert.equal(flow.transport, "tls");
      assert.equal(flow.remoteIp, host);
      assert.equal(flow.remotePort, socket.localPort);
      assert.equal(flow.localPort, portOf(host));
      assert.equal(
        flow.listeningPoint.sentBy,
        host === "::1" ? `[::1]:${portOf(host)}` : `edge.example.com:${portOf(host)}`,
      );
    });
  }

  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it(`RFC 8446, RFC 5246: ${version} is spoken, with EC, RSA and Ed25519 keys`, async () => {
      for (const credentials of [ec, rsa, authority.leaf({ keyKind: "ed25519" })]) {
        await start({ credentials });

        const { peer, socket } = await client({ minVersion: version, maxVersion: version });

        assert.equal(socket.getProtocol(), version);
        peer.write(INVITE);
        await receiver.messages.at(0);
        await transport.close();
      }
    });
  }

  it("SECURITY: TLS 1.1 and 1.0 are refused", async () => {
    await start();

    for (const version of ["TLSv1.1", "TLSv1"] as const) {
      await assert.rejects(
        client({ minVersion: version, maxVersion: version, ciphers: "DEFAULT@SECLEVEL=0" }),
        /alert protocol version|ERR_SSL/,
      );
    }

    assert.match(
      logger.textsOf("info")[0] ?? "",
      /^connection closed: TLS handshake: ERR_SSL_UNSUPPORTED_PROTOCOL$/,
    );
  });

  it("SECURITY: a client that asks for a renegotiation gets none", async () => {
    await start();

    const output = await opensslClient(["-tls1_2"], "R\n");

    assert.match(output, /RENEGOTIATING/);
    assert.match(output, /ssl3_read_bytes:no renegotiation/);
    assert.equal(receiver.messages.items.length, 0);
  });

  it("no session is resumed, so that the peer's chain is always known", async () => {
    await start();

    const { socket } = await client({ maxVersion: "TLSv1.2" });
    const second = await client({ maxVersion: "TLSv1.2", session: socket.getSession() });

    assert.equal(second.socket.isSessionReused(), false);
  });

  it("what is no TLS is closed with a log line, and nothing is delivered", async () => {
    await start();

    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: portOf() });

    peers.push(peer);
    peer.write(INVITE);
    await peer.closes();
    assert.equal(receiver.messages.items.length, 0);
    assert.match(logger.textsOf("info")[0] ?? "", /^connection closed: TLS handshake: /);
  });

  it("clients that vanish in their handshake leave nothing behind", async () => {
    await start({ limits: { maxConnections: 5 } });

    for (let index = 0; index < 20; index++) {
      const peer = await StreamPeer.connect({ host: "127.0.0.1", port: portOf() });

      if (index % 2 === 0) {
        peer.socket.resetAndDestroy();
      } else {
        peer.socket.destroy();
      }

      await peer.closes();
    }

    const { peer } = await client();

    peer.write(INVITE);
    await receiver.messages.at(0);
  });

  it("byte by byte and many in a row, as over TCP", async () => {
    await start();

    const { peer } = await client();

    for (const byte of INVITE) {
      await new Promise((resolve) => peer.socket.write(Buffer.from([byte]), resolve));
    }

    peer.write(Buffer.concat(Array.from({ length: 500 }, () => requestOf("OPTIONS"))));
    await receiver.messages.at(500);
    peer.write("\r\n\r\n");
    await peer.receives("\r\n");
  });

  it("300 connections at once each get their own answers", async () => {
    await start();
    receiver.onMessage = (message, flow) =>
      flow.send(response({ replace: { "Call-ID": `Call-ID: ${message.callId}` } }));

    const all = await Promise.all(Array.from({ length: 300 }, () => client()));

    for (const [index, { peer }] of all.entries()) {
      peer.write(request({ replace: { "Call-ID": `Call-ID: call-${index}@client` } }));
    }

    await Promise.all(all.map(({ peer }, index) => peer.receives(`Call-ID: call-${index}@client\r\n`)));
    assert.equal(transport.connectionCount, 300);
  });

  it("setCredentials: new connections see the new certificate, open ones go on", async () => {
    await start();

    const old = await client();

    transport.setCredentials(rsa);

    const fresh = await client();

    assert.equal(old.socket.getPeerCertificate().subject.CN, "leaf.example.com");
    assert.equal(fresh.socket.getPeerCertificate().subject.CN, "rsa.example.com");
    old.peer.write(INVITE);
    fresh.peer.write(INVITE);
    await receiver.messages.at(1);
  });

  it("setCredentials that do not fit together throw and change nothing", async () => {
    await start();
    assert.throws(
      () => transport.setCredentials({ cert: ec.cert, key: rsa.key }),
      /^Error: the private key does not belong to the certificate$/,
    );
    assert.equal((await client()).socket.getPeerCertificate().subject.CN, "leaf.example.com");
  });
});

describe("onClientTlsHandshake", () => {
  it("gets the client's certificates as PEM, its own first, then the chain, in TLS 1.2 and 1.3", async () => {
    const calls = new EventLog<readonly string[]>();

    await start({ onClientTlsHandshake: (_connection, certificates) => calls.push(certificates) });

    const leaf = intermediate.leaf({ commonName: "client.example.com" });

    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      await client({
        cert: leaf.cert + intermediate.cert,
        key: leaf.key,
        minVersion: version,
        maxVersion: version,
      });
    }

    await calls.at(1);

    for (const certificates of calls.items) {
      assert.deepEqual(certificates.map(fingerprint), [leaf.cert, intermediate.cert].map(fingerprint));
      assert.ok(certificates.every((pem) => pem.startsWith("-----BEGIN CERTIFICATE-----\n")));
    }
  });

  it("gets an empty list from a client without a certificate", async () => {
    const calls = new EventLog<readonly string[]>();

    await start({ onClientTlsHandshake: (_connection, certificates) => calls.push(certificates) });
    await client();
    assert.deepEqual(await calls.at(0), []);
  });

  it("gets an expired and a self-signed certificate as well: it is the one to judge", async () => {
    const calls = new EventLog<readonly string[]>();
    const other = new CertificateAuthority("Unknown Authority");
    const expired = other.leaf({ validDays: -1 });

    await start({ onClientTlsHandshake: (_connection, certificates) => calls.push(certificates) });
    await client({ cert: expired.cert, key: expired.key });
    await client({ cert: other.cert, key: other.key });
    await calls.at(1);
    assert.deepEqual(
      calls.items.map((list) => list.map(fingerprint)),
      [[fingerprint(expired.cert)], [fingerprint(other.cert)]],
    );
    other.remove();
  });

  it("runs before any byte is read as SIP; the connection it gets is the flow of the messages", async () => {
    let release: () => void = () => {};
    const calls = new EventLog<unknown>();

    await start({
      onClientTlsHandshake: async (connection) => {
        connection.cvars["verified"] = true;
        assert.equal(connection.isOpen, true);
        await new Promise<void>((resolve) => {
          release = resolve;
          calls.push(connection);
        });
      },
    });

    const { peer } = await client();

    peer.write(INVITE);
    await calls.at(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(receiver.messages.items.length, 0);
    release();

    const { flow } = await receiver.messages.at(0);

    assert.equal(flow, calls.items[0]);
    assert.equal(flow.cvars["verified"], true);
  });

  const refusals: readonly (readonly [string, TlsHandshakeCallback])[] = [
    ["closes the connection", (connection) => void connection.close()],
    ["closes the connection later", async (connection) => void connection.close()],
    [
      "throws",
      () => {
        throw new Error("no such client");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no such client"))],
  ];

  for (const [name, onClientTlsHandshake] of refusals) {
    it(`a callback that ${name} refuses the client: nothing of it is read`, async () => {
      await start({ onClientTlsHandshake });

      const { peer } = dial();

      peer.write(INVITE);
      await peer.closes();
      await receiver.closed.at(0);
      assert.equal(receiver.messages.items.length, 0);
      assert.equal(receiver.closed.items.length, 1);
      assert.equal(
        logger.textsOf("error").filter((text) => text.includes("no such client")).length,
        name.includes("close") ? 0 : 1,
      );
      assert.match(logger.textsOf("info")[0] ?? "", /the TLS callback/);
    });
  }

  it("a callback that never settles is cut after its time", async () => {
    await start({ onClientTlsHandshake: () => new Promise(() => {}), limits: { callbackTimeoutMs: 150 } });

    const { peer } = await client();

    await peer.closes();
    await receiver.closed.at(0);
    assert.deepEqual(logger.textsOf("info"), ["connection closed: TLS callback not done in time"]);
  });

  it("a client whose flow token it reads may wait for calls: its first message is not awaited", async () => {
    const flows = new EventLog<SipConnection>();

    await start({
      limits: { firstMessageTimeoutMs: 200 },
      onClientTlsHandshake: (connection) => {
        // User code is going to send calls that way; of the others it asks nothing.
        if (flows.items.length === 0) {
          void connection.flowToken;
        }

        flows.push(connection);
      },
    });

    const { peer: waiting } = await client();

    await flows.at(0);

    const { peer: askedLater } = await client();
    const { peer: silent } = await client();

    void (await flows.at(1)).flowToken;
    await silent.closes();
    assert.equal(waiting.socket.destroyed, false);
    assert.equal(askedLater.socket.destroyed, false);
  });

  it("a client that goes away meanwhile: the late end of the callback does no harm", async () => {
    let release: () => void = () => {};
    const calls = new EventLog<string>();

    await start({
      onClientTlsHandshake: () =>
        new Promise<void>((resolve) => {
          release = resolve;
          calls.push("called");
        }),
    });

    const { peer } = await client();

    await calls.at(0);
    await peer.destroy();
    await receiver.closed.at(0);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(logger.textsOf("crit"), []);
  });
});

function fingerprint(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}
