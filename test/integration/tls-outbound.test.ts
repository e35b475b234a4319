import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer as createTcpServer, type Socket } from "node:net";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { getSipIdentities } from "../../src/api/sip-identities.ts";
import type { TransportError } from "../../src/errors/errors.ts";
import type { Flow } from "../../src/transport/flow.ts";
import type { Target } from "../../src/transport/target.ts";
import type { TlsHandshakeCallback } from "../../src/transport/tls-callback.ts";
import { TlsTransport, type TlsTransportOptions } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { EventLog } from "../support/event-log.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { request, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { SilentServer } from "../support/silent-server.ts";
import { StreamPeer, StreamServer } from "../support/stream-peer.ts";

const INVITE = request();

let authority: CertificateAuthority;
let intermediate: CertificateAuthority;
let own: MadeCertificate;
let theirs: MadeCertificate;
let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: TlsTransport;
let server: StreamServer;
/** The names that clients have asked `server` for. */
let serverNames: (string | false | null)[];

async function start(options: Partial<TlsTransportOptions> = {}): Promise<void> {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();
  transport = new TlsTransport({
    listen: [
      { ip: "127.0.0.1", port: 0 },
      { ip: "::1", port: 0 },
    ],
    receiver,
    logger,
    clock: new SystemClock(),
    credentials: own,
    ...options,
  });
  await transport.bind();
}

async function restart(options: Partial<TlsTransportOptions>): Promise<void> {
  await transport.close();
  await start(options);
}

function connectTo(port: number, domain?: string): Flow {
  const target: Target = { transport: "tls", ip: "127.0.0.1", ipType: "ipv4", port, domain };
  const flow = transport.connect(target);

  assert.ok(flow !== undefined);

  return flow;
}

/** Sends one message and resolves with its failure. */
function failureOf(flow: Flow): Promise<TransportError> {
  return new Promise((resolve) => flow.send(INVITE, resolve));
}

function tlsServer(): StreamServer {
  const tls = createServer({
    cert: theirs.cert + intermediate.cert,
    key: theirs.key,
    requestCert: true,
    rejectUnauthorized: false,
  });

  tls.on("secureConnection", (socket) => serverNames.push(socket.servername));

  return new StreamServer(tls, "secureConnection");
}

before(() => {
  authority = new CertificateAuthority();
  intermediate = authority.intermediate();
  own = authority.leaf({ commonName: "edge.example.com" });
  theirs = intermediate.leaf({ commonName: "peer.example.com", subjectAltNames: ["DNS:peer.example.com"] });
});

after(() => {
  authority.remove();
  intermediate.remove();
});

beforeEach(async () => {
  serverNames = [];
  await start();
  server = await tlsServer().listen("127.0.0.1");
});

afterEach(async () => {
  await transport.close();
  await server.close();
  assert.equal(transport.connectionCount, 0);
});

describe("TLS, connections that this server opens", () => {
  it("messages sent before the handshake is done wait for it, and answers come with the same flow", async () => {
    const flow = connectTo(server.port, "peer.example.com");

    for (let index = 0; index < 50; index++) {
      flow.send(INVITE);
    }

    const peer = await server.peers.at(0);

    await peer.receives(INVITE.toString("latin1").repeat(50));
    peer.write(response());
    assert.equal((await receiver.messages.at(0)).flow, flow);
    assert.equal(flow.transport, "tls");
    assert.equal(flow.isOpenedByServer, true);
    assert.equal(flow.localPort, peer.socket.remotePort);
    assert.equal(flow.listeningPoint, transport.listeningPoints[0]);
  });

  it("RFC 6066 §3: the server is asked for the target's domain, and for none when that is an address", async () => {
    const domains = ["peer.example.com", "Dotted.Example.com.", undefined, "127.0.0.1"];

    for (const [index, domain] of domains.entries()) {
      connectTo(server.port, domain).send(INVITE);
      await server.peers.at(index);
    }

    assert.deepEqual(serverNames, ["peer.example.com", "Dotted.Example.com", false, false]);
  });

  it("this server presents its own certificate, after setCredentials the new one", async () => {
    const subjectOf = async (index: number): Promise<unknown> =>
      ((await server.peers.at(index)).socket as TLSSocket).getPeerCertificate().subject.CN;

    connectTo(server.port, "one.example.com").send(INVITE);
    assert.equal(await subjectOf(0), "edge.example.com");

    transport.setCredentials(authority.leaf({ keyKind: "rsa", commonName: "new.example.com" }));
    connectTo(server.port, "two.example.com").send(INVITE);
    assert.equal(await subjectOf(1), "new.example.com");
  });

  it("SECURITY: a connection is used again for the same domain only", async () => {
    const flow = connectTo(server.port, "peer.example.com");

    flow.send(INVITE);
    await server.peers.at(0);
    assert.equal(connectTo(server.port, "PEER.example.com"), flow);
    assert.notEqual(connectTo(server.port, "other.example.com"), flow);
    assert.notEqual(connectTo(server.port), flow);
    await server.peers.at(2);
  });

  it("SECURITY: a connection that a client opened is used for its address, but for no domain", async () => {
    const port = transport.listeningPoints[0]?.port ?? 0;
    const client = new StreamPeer(connect({ host: "127.0.0.1", port, rejectUnauthorized: false }));

    client.write(INVITE);

    const { flow } = await receiver.messages.at(0);

    assert.equal(connectTo(flow.remotePort), flow);
    assert.notEqual(connectTo(flow.remotePort, "peer.example.com"), flow);
    await client.destroy();
  });

  it('a server that speaks no TLS: "connection"', async () => {
    const plain = await new StreamServer(
      createTcpServer((socket: Socket) => void socket.end("SIP/2.0 400 Bad Request\r\n\r\n")),
    ).listen("127.0.0.1");
    const flow = connectTo(plain.port);

    assert.equal((await failureOf(flow)).failure, "connection");
    assert.equal(await receiver.closed.at(0), flow);
    await plain.close();
  });

  it('a server that closes during the handshake, and one that only speaks TLS 1.1: "connection"', async () => {
    const closing = await new StreamServer(createTcpServer((socket) => void socket.end())).listen(
      "127.0.0.1",
    );
    const old = await new StreamServer(
      createServer({
        cert: theirs.cert,
        key: theirs.key,
        minVersion: "TLSv1.1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
      "secureConnection",
    ).listen("127.0.0.1");

    assert.equal((await failureOf(connectTo(closing.port))).failure, "connection");
    assert.equal((await failureOf(connectTo(old.port))).failure, "connection");
    await closing.close();
    await old.close();
  });

  it('refused: "connection"; not answered in time: "timeout"; a handshake without end: "timeout"', async () => {
    await restart({ limits: { connectTimeoutMs: 150, handshakeTimeoutMs: 200 } });

    const silent = await SilentServer.start();
    const mute = await new StreamServer().listen("127.0.0.1");
    const closed = await new StreamServer().listen("127.0.0.1");

    await closed.close();
    assert.equal((await failureOf(connectTo(closed.port))).failure, "connection");

    const unanswered = await failureOf(connectTo(silent.port));

    assert.equal(unanswered.failure, "timeout");
    assert.match(unanswered.message, /not connected in time$/);

    const unfinished = await failureOf(connectTo(mute.port));

    assert.equal(unfinished.failure, "timeout");
    assert.match(unfinished.message, /TLS handshake not done in time$/);
    await silent.close();
    await mute.close();
  });
});

describe("onServerTlsHandshake", () => {
  it("gets the server's certificates as PEM, its own first, then the chain; messages go after it", async () => {
    const calls = new EventLog<readonly string[]>();
    let release: () => void = () => {};

    await restart({
      onServerTlsHandshake: (connection, certificates) => {
        assert.equal(connection.remotePort, server.port);
        calls.push(certificates);

        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });

    connectTo(server.port, "peer.example.com").send(INVITE);

    const peer = await server.peers.at(0);
    const raw = (pem: string): string => new X509Certificate(pem).fingerprint256;

    assert.deepEqual((await calls.at(0)).map(raw), [theirs.cert, intermediate.cert].map(raw));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(peer.text, "");
    release();
    await peer.receives(INVITE.toString("latin1"));
  });

  it("can compare the domain that the connection was opened for with the certificate's (RFC 5922 section 7.3)", async () => {
    const seen = new EventLog<readonly [string | undefined, boolean]>();

    await restart({
      onServerTlsHandshake: ({ domain }, [own]) => {
        seen.push([domain, getSipIdentities(own).includes(domain ?? "")]);
      },
    });

    for (const domain of ["Peer.Example.com.", "other.example.com", undefined]) {
      connectTo(server.port, domain).send(INVITE);
      await seen.at(seen.items.length);
    }

    assert.deepEqual(seen.items, [
      ["peer.example.com", true],
      ["other.example.com", false],
      [undefined, false],
    ]);
  });

  const refusals: readonly (readonly [string, TlsHandshakeCallback])[] = [
    ["closes the connection", (connection) => void connection.close()],
    ["closes the connection later", async (connection) => void connection.close()],
    [
      "throws",
      () => {
        throw new Error("not that server");
      },
    ],
    ["rejects", () => Promise.reject(new Error("not that server"))],
  ];

  for (const [name, onServerTlsHandshake] of refusals) {
    it(`a callback that ${name} fails the waiting messages with "tls-validation"`, async () => {
      await restart({ onServerTlsHandshake });

      const flow = connectTo(server.port, "peer.example.com");
      const failures = await Promise.all([failureOf(flow), failureOf(flow)]);

      assert.deepEqual(
        failures.map((error) => error.failure),
        ["tls-validation", "tls-validation"],
      );
      assert.equal(await receiver.closed.at(0), flow);
      assert.equal((await server.peers.at(0)).text, "");
      await (await server.peers.at(0)).closes();
    });
  }

  it('a callback that never settles is cut after its time: "timeout"', async () => {
    await restart({ onServerTlsHandshake: () => new Promise(() => {}), limits: { callbackTimeoutMs: 100 } });
    assert.equal((await failureOf(connectTo(server.port))).failure, "timeout");
  });

  it("is not called for targets that callbackOnServerTlsHandshake excepts", async () => {
    const asked: Target[] = [];

    await restart({
      onServerTlsHandshake: (connection) => void connection.close(),
      callbackOnServerTlsHandshake: (target) => {
        asked.push(target);

        return target.domain !== "trusted.example.com";
      },
    });

    connectTo(server.port, "trusted.example.com").send(INVITE);
    await (await server.peers.at(0)).receives("INVITE");
    assert.equal((await failureOf(connectTo(server.port, "other.example.com"))).failure, "tls-validation");
    assert.deepEqual(
      asked.map((target) => target.domain),
      ["trusted.example.com", "other.example.com"],
    );
  });
});
