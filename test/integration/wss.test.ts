/** Secure WebSocket: TLS handshakes of clients, `onClientTlsHandshake`, credentials at run time (RFC 7118 section 9). */
import assert from "node:assert/strict";
import { connect as netConnect } from "node:net";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TlsCredentials } from "../../src/transport/tls-credentials.ts";
import type { WebSocketConnection } from "../../src/transport/web-socket-connection.ts";
import type { WsLimits } from "../../src/transport/ws-limits.ts";
import { EventLog } from "../support/event-log.ts";
import { CertificateAuthority, type MadeCertificate } from "../support/make-certificates.ts";
import { requestOf } from "../support/message-bytes.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { WsClient } from "../support/ws-client.ts";
import { HANDSHAKE_ANSWER, handshakeRequest } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const OPTIONS = requestOf("OPTIONS");

describe("secure WebSocket", () => {
  let authority: CertificateAuthority;
  let intermediate: CertificateAuthority;
  let serverLeaf: MadeCertificate;
  let clientLeaf: MadeCertificate;
  let server: WsServer;
  const peers: StreamPeer[] = [];

  before(() => {
    authority = new CertificateAuthority();
    intermediate = authority.intermediate();
    serverLeaf = authority.leaf({ subjectAltNames: ["IP:127.0.0.1", "IP:0:0:0:0:0:0:0:1"] });
    clientLeaf = intermediate.leaf({ commonName: "alice" });
  });

  after(() => {
    intermediate.remove();
    authority.remove();
  });

  beforeEach(() => start());

  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.destroy()));
    await server.close();
    assert.equal(server.transport.connectionCount, 0);
  });

  const credentialsOf = (leaf: MadeCertificate): TlsCredentials => ({
    cert: leaf.cert,
    key: leaf.key,
  });

  async function start(limits: Partial<WsLimits> = {}, requestsClientCertificates = false): Promise<void> {
    await server?.close();
    server = await WsServer.start({
      ips: ["127.0.0.1", "::1"],
      security: { transport: "wss", credentials: credentialsOf(serverLeaf) },
      requestsClientCertificates,
      limits: { callbackTimeoutMs: 500, ...limits },
    });
  }

  async function openTls(options: ConnectionOptions = {}): Promise<StreamPeer> {
    const socket = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert, ...options });
    const peer = new StreamPeer(socket);

    peers.push(peer);
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });

    return peer;
  }

  for (const [index, host] of ["127.0.0.1", "[::1]"].entries()) {
    it(`SIP passes over WSS on ${host}, verified against the authority`, async () => {
      const client = await WsClient.connect(`wss://${host}:${server.transport.boundPorts[index]}/`, {
        ca: authority.cert,
      });

      client.webSocket.send(OPTIONS);

      const { message, flow } = await server.receiver.messages.at(0);

      assert.deepEqual(message.toBytes(), OPTIONS);
      assert.equal(flow.transport, "wss");
      assert.equal(flow.listeningPoint, server.transport.listeningPoints[index]);
      flow.send(Buffer.from("answer"));
      assert.deepEqual(await client.frames.at(0), { kind: "text", text: "answer" });
      await client.close();
    });
  }

  it("RFC 8996: TLS 1.0 and 1.1 are refused, 1.2 and 1.3 spoken", async () => {
    const cipherOptions = { ciphers: "DEFAULT:@SECLEVEL=0" };

    for (const version of ["TLSv1", "TLSv1.1"] as const) {
      await assert.rejects(openTls({ minVersion: version, maxVersion: version, ...cipherOptions }), version);
    }

    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const peer = await openTls({ minVersion: version, maxVersion: version });

      assert.equal((peer.socket as TLSSocket).getProtocol(), version);
    }
  });

  it("no certificate of the client is asked for by default: Chromium would go away", async () => {
    const seen = new EventLog<readonly string[]>();

    server.handlers.onClientTlsHandshake = (_, certificates) => seen.push(certificates);
    await openTls({ cert: clientLeaf.cert, key: clientLeaf.key });
    assert.deepEqual(await seen.at(0), []);
  });

  it("onClientTlsHandshake is given the certificates that the client sent, leaf first, as PEM", async () => {
    const seen = new EventLog<readonly string[]>();

    await start({}, true);

    server.handlers.onClientTlsHandshake = (_, certificates) => seen.push(certificates);
    await openTls({ cert: clientLeaf.cert + intermediate.cert, key: clientLeaf.key });
    assert.deepEqual(await seen.at(0), [clientLeaf.cert, intermediate.cert]);
  });

  it("a client without a certificate, or with one that nobody vouches for, is let through to user code", async () => {
    const seen = new EventLog<readonly string[]>();
    const stranger = new CertificateAuthority("Stranger");

    try {
      const leaf = stranger.leaf();

      await start({}, true);
      server.handlers.onClientTlsHandshake = (_, certificates) => seen.push(certificates);
      await openTls();
      await openTls({ cert: leaf.cert, key: leaf.key });
      assert.deepEqual(await seen.at(0), []);
      assert.deepEqual(await seen.at(1), [leaf.cert]);
    } finally {
      stranger.remove();
    }
  });

  it("nothing of the client is read as HTTP before onClientTlsHandshake has settled", async () => {
    const events = new EventLog<string>();
    let settle = (): void => {};

    server.handlers.onClientTlsHandshake = async () => {
      events.push("tls");
      await new Promise<void>((resolve) => {
        settle = resolve;
      });
      events.push("settled");
    };
    server.handlers.onConnection = () => events.push("connection");

    const peer = await openTls();

    peer.write(handshakeRequest());
    await events.at(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    settle();
    await peer.receives(HANDSHAKE_ANSWER);
    assert.deepEqual(events.items, ["tls", "settled", "connection"]);
  });

  it("the connection of onClientTlsHandshake, onConnection and onDisconnection is one, cvars included", async () => {
    const seen = new EventLog<WebSocketConnection>();

    server.handlers.onClientTlsHandshake = (connection) => {
      connection.cvars["identity"] = "alice";
      seen.push(connection);
    };
    server.handlers.onConnection = (connection) => seen.push(connection);
    server.handlers.onDisconnection = (connection) => seen.push(connection);
    await (await WsClient.connect(`wss://127.0.0.1:${server.port}`, { ca: authority.cert })).close();
    await seen.at(2);
    assert.equal(new Set(seen.items).size, 1);
    assert.equal(seen.items[2]?.cvars["identity"], "alice");
    assert.deepEqual(server.receiver.closed.items, [seen.items[0]]);
  });

  it("close in onClientTlsHandshake refuses the client: no HTTP, no onConnection, no onDisconnection", async () => {
    const events: string[] = [];

    server.handlers.onClientTlsHandshake = (connection) => void connection.close();
    server.handlers.onConnection = () => void events.push("connection");
    server.handlers.onDisconnection = () => void events.push("disconnection");

    const peer = await openTls();

    peer.write(handshakeRequest());
    await peer.closes();
    await server.receiver.closed.at(0);
    assert.equal(peer.text, "");
    assert.deepEqual(events, []);
  });

  it("a refusal reaches the client over TLS, and ends the connection", async () => {
    server.handlers.onConnection = (connection) => void connection.httpReject(403, "Not you");

    const refused = await openTls();
    const plain = await openTls();

    refused.write(handshakeRequest());
    await refused.closes();
    assert.equal(refused.text, "HTTP/1.1 403 Not you\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await plain.closes();
    assert.match(plain.text, /^HTTP\/1\.1 426 /);
  });

  it("a throw or rejection in onClientTlsHandshake is logged and closes the connection", async () => {
    server.handlers.onClientTlsHandshake = () => {
      throw new Error("first");
    };
    await (await openTls()).closes();
    server.handlers.onClientTlsHandshake = async () => {
      throw new Error("second");
    };
    await (await openTls()).closes();
    assert.deepEqual(server.logger.textsOf("error"), ["first", "second"]);
  });

  it("onClientTlsHandshake that never settles is cut, and settling late changes nothing", async () => {
    let settle = (): void => {};

    server.handlers.onClientTlsHandshake = () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      });

    const peer = await openTls();

    await peer.closes();
    settle();
    await server.receiver.closed.at(0);
    assert.equal(peer.text, "");
  });

  it("httpReject within onClientTlsHandshake is a programming error: there is no request yet", async () => {
    server.handlers.onClientTlsHandshake = (connection) => void connection.httpReject();
    await (await openTls()).closes();
    assert.match(server.logger.textsOf("error").join(), /no WebSocket handshake to refuse/);
  });

  it("setCredentials: new connections get the new certificate, open ones go on", async () => {
    const old = await openTls();
    const newLeaf = authority.leaf({ commonName: "new", subjectAltNames: ["IP:127.0.0.1"] });

    server.transport.setCredentials(credentialsOf(newLeaf));

    const fresh = await openTls();

    assert.equal((fresh.socket as TLSSocket).getPeerCertificate().subject.CN, "new");
    old.write(handshakeRequest());
    await old.receives(HANDSHAKE_ANSWER);
  });

  it("setCredentials with what cannot be used throws, and the old ones stay", async () => {
    const other = authority.leaf({ keyKind: "rsa" });

    assert.throws(() => server.transport.setCredentials({ cert: other.cert, key: serverLeaf.key }));
    assert.throws(() => server.transport.setCredentials({ cert: "no PEM", key: "none" }));
    await openTls();
  });

  it("RFC 7301: ALPN chooses http/1.1", async () => {
    const peer = await openTls({ ALPNProtocols: ["h2", "http/1.1"] });

    assert.equal((peer.socket as TLSSocket).alpnProtocol, "http/1.1");
  });

  it("what is no TLS is closed, and logged", async () => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });

    peer.write(handshakeRequest());
    await peer.closes();
    assert.match(server.logger.textsOf("info").join(), /TLS handshake failed/);
  });

  it("handshakeTimeoutMs: a client that does not go on with TLS, or with HTTP after it, is cut", async () => {
    await start({ handshakeTimeoutMs: 150 });

    const silent = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });
    const secure = await openTls();

    secure.write("GET / HTTP/1.1\r\n");
    await silent.closes();
    await secure.closes();
    assert.equal(secure.text, "");
  });

  it("handshakeTimeoutMs: begins again when onClientTlsHandshake was waited for", async () => {
    await start({ handshakeTimeoutMs: 150 });
    server.handlers.onClientTlsHandshake = async () => {};
    await (await openTls()).closes();
    assert.deepEqual(
      server.logger.lines.map(({ text }) => text),
      ["handshake not finished in time: connection cut"],
    );
  });

  it("maxPendingHandshakes: TLS handshakes under way are counted, and one more is closed at once", async () => {
    await start({ maxPendingHandshakes: 1 });

    const silent = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });

    await assert.rejects(openTls());
    await silent.destroy();
    await server.connectionCountBecomes(0);
    await openTls();
  });

  it("a client that resets in the middle of a TLS handshake, or of the callback, leaves nothing behind", async () => {
    let settle = (): void => {};
    const called = new EventLog<boolean>();

    server.handlers.onClientTlsHandshake = () => {
      called.push(true);

      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    };

    const half = netConnect({ host: "127.0.0.1", port: server.port });

    half.write(Buffer.from("1603010200010001fc0303", "hex"), () => half.resetAndDestroy());

    const raw = netConnect({ host: "127.0.0.1", port: server.port });
    const secure = connect({ socket: raw, rejectUnauthorized: false });

    secure.on("error", () => {});
    await called.at(0);
    raw.resetAndDestroy();
    settle();
    await server.receiver.closed.at(0);
  });

  it("close of the transport ends TLS handshakes and open connections", async () => {
    const client = await WsClient.connect(`wss://127.0.0.1:${server.port}`, { ca: authority.cert });
    const silent = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });
    const secure = await openTls();

    await server.close();
    assert.equal((await client.closed()).code, 1001);
    await silent.closes();
    await secure.closes();
  });
});
