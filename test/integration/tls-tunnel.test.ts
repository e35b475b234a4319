import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { connect } from "node:tls";
import { TlsTransport, type TlsTransportOptions } from "../../src/transport/tls-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { freePorts, Haproxy } from "../support/haproxy.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { request, requestOf, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { StreamPeer } from "../support/stream-peer.ts";

const INVITE = request();
const V1 = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 5061\r\n";
const V1_IPV6 = "PROXY TCP6 2001:db8::7 2001:db8::1 49153 5061\r\n";
const V2_SIGNATURE = "0d0a0d0a000d0a515549540a";
const V2 = Buffer.from(`${V2_SIGNATURE}2111000cc0000202c6336401dc0513c5`, "hex");
const V2_LOCAL = Buffer.from(`${V2_SIGNATURE}20000000`, "hex");

let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: TlsTransport;
let peers: StreamPeer[] = [];
let haproxy: Haproxy | undefined;

async function start(options: Partial<TlsTransportOptions> = {}): Promise<void> {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();
  transport = new TlsTransport({
    listen: [
      { ip: "192.0.2.200", port: 5061, advertisedHost: "edge.example.com" },
      { ip: "2001:db8::200", port: 5061 },
    ],
    tunnel: { listen: [{ ip: "127.0.0.1", port: 0 }] },
    receiver,
    logger,
    clock: new SystemClock(),
    ...options,
  });
  await transport.bind();
}

/** A connection to the tunnel's port. */
async function terminator(localAddress = "127.0.0.1"): Promise<StreamPeer> {
  const point = transport.boundPoints[0];
  const peer = await StreamPeer.connect({ host: point?.ip ?? "", port: point?.port ?? 0, localAddress });

  peers.push(peer);

  return peer;
}

afterEach(async () => {
  await haproxy?.stop();
  haproxy = undefined;
  await transport.close();
  await Promise.all(peers.map((peer) => peer.destroy()));
  peers = [];
  assert.equal(transport.connectionCount, 0);
});

describe("TLS tunnel", () => {
  it("the listening points are those that clients know, the socket is bound for the tunnel", async () => {
    await start();
    assert.deepEqual(
      transport.listeningPoints.map(({ transport: name, ip, port, sentBy }) => [name, ip, port, sentBy]),
      [
        ["tls", "192.0.2.200", 5061, "edge.example.com:5061"],
        ["tls", "2001:db8::200", 5061, "[2001:db8::200]:5061"],
      ],
    );
    assert.equal(transport.boundPoints[0]?.ip, "127.0.0.1");
    assert.notEqual(transport.boundPoints[0]?.port, 5061);
  });

  it("PROXY v1 and v2: the connection is the client's, over TLS, and answers go back by it", async () => {
    await start();
    receiver.onMessage = (_message, flow) => flow.send(response());

    for (const header of [V1, V1_IPV6, V2]) {
      const peer = await terminator();

      peer.write(header);
      peer.write(INVITE);
      await peer.receives(response().toString("latin1"));
    }

    assert.deepEqual(
      receiver.messages.items.map(({ flow }) => [
        flow.transport,
        flow.remoteDescription,
        flow.ipType,
        flow.localIp,
        flow.localPort,
        flow.listeningPoint.sentBy,
        flow.isOpenedByServer,
      ]),
      [
        ["tls", "192.0.2.1:56324", "ipv4", "192.0.2.200", 5061, "edge.example.com:5061", false],
        ["tls", "[2001:db8::7]:49153", "ipv6", "2001:db8::200", 5061, "[2001:db8::200]:5061", false],
        ["tls", "192.0.2.2:56325", "ipv4", "192.0.2.200", 5061, "edge.example.com:5061", false],
      ],
    );
  });

  it("header and messages in one chunk, and the header byte by byte, which Ruby's OverSIP could not read", async () => {
    await start();

    const whole = await terminator();
    const slow = await terminator();

    whole.write(Buffer.concat([V2, INVITE, requestOf("OPTIONS")]));
    await receiver.messages.at(1);

    for (const byte of Buffer.concat([Buffer.from(V1), INVITE])) {
      await new Promise((resolve) => slow.socket.write(Buffer.from([byte]), resolve));
    }

    assert.equal((await receiver.messages.at(2)).flow.remoteIp, "192.0.2.1");
    assert.equal(
      transport.connect({ transport: "tls", ip: "192.0.2.1", ipType: "ipv4", port: 56324 }),
      (await receiver.messages.at(2)).flow,
    );
  });

  it("UNKNOWN: the socket's own address counts", async () => {
    await start();

    const peer = await terminator();

    peer.write("PROXY UNKNOWN\r\n");
    peer.write(INVITE);
    assert.equal(
      (await receiver.messages.at(0)).flow.remoteDescription,
      `127.0.0.1:${peer.socket.localPort}`,
    );
  });

  it("SECURITY: from an address that is not trusted, the connection is closed at once with a log line", async () => {
    await start({ tunnel: { listen: [{ ip: "127.0.0.1", port: 0 }], trustedAddresses: ["127.0.0.9"] } });

    const stranger = await terminator("127.0.0.1");
    const friend = await terminator("127.0.0.9");

    stranger.socket.write(V1 + INVITE.toString("latin1"));
    await stranger.closes();
    friend.write(V1 + INVITE.toString("latin1"));
    await receiver.messages.at(0);
    assert.equal(receiver.messages.items.length, 1);
    assert.deepEqual(logger.textsOf("warn"), [
      "connection refused: not a trusted address for the TLS tunnel",
    ]);
    assert.equal(logger.lines.find((line) => line.level === "warn")?.fields["peer"], "127.0.0.1");
  });

  it("what is no header is refused with its reason, and not read as SIP", async () => {
    await start();

    for (const bytes of [
      INVITE,
      Buffer.from("PROXY TCP4 1.2.3.4\r\n"),
      Buffer.from(`PROXY ${"x".repeat(200)}`),
    ]) {
      const peer = await terminator();

      peer.write(bytes);
      await peer.closes();
    }

    assert.equal(receiver.messages.items.length, 0);
    assert.deepEqual(logger.textsOf("warn"), [
      "connection refused: bad PROXY protocol header: no PROXY protocol signature",
      "connection refused: bad PROXY protocol header: not TCP4, TCP6 or UNKNOWN with four fields",
      "connection refused: bad PROXY protocol header: no line end within 107 bytes",
    ]);
  });

  it("a header that does not come in time: closed", async () => {
    await start({ limits: { handshakeTimeoutMs: 150 } });

    const peer = await terminator();

    peer.write("PROXY ");
    await peer.closes();
    assert.deepEqual(logger.textsOf("info"), ["connection closed: PROXY protocol header not done in time"]);
  });

  it("LOCAL, and a connection that is closed before its header: health checks, nothing in the log", async () => {
    await start();

    const local = await terminator();
    const empty = await terminator();

    local.write(V2_LOCAL);
    local.socket.end();
    await local.closes();
    await receiver.closed.at(0);
    empty.socket.resetAndDestroy();
    await empty.closes();
    assert.deepEqual(
      logger.lines.filter((line) => line.level !== "debug"),
      [],
    );
  });

  it("the limit for one address counts clients, not the program in front", async () => {
    await start({ limits: { maxConnectionsPerAddress: 2 } });

    const headers = [V1, V1, V1.replace("192.0.2.1 ", "192.0.2.77 "), V1];
    const connections: StreamPeer[] = [];

    for (const header of headers) {
      const peer = await terminator();

      connections.push(peer);
      peer.write(header);
      peer.write(INVITE);
    }

    await connections[3]?.closes();
    await receiver.messages.at(2);
    assert.deepEqual(logger.textsOf("warn"), ["connection refused: too many connections from this address"]);

    await connections[0]?.destroy();
    await receiver.closed.at(0);

    const again = await terminator();

    again.write(V1 + INVITE.toString("latin1"));
    await receiver.messages.at(3);

    for (let index = 0; index < 3; index++) {
      const healthCheck = await terminator();

      healthCheck.write(Buffer.concat([V2_LOCAL, Buffer.from("\r\n\r\n")]));
      await healthCheck.receives("\r\n");
    }
  });

  it("onClientTlsHandshake is not called: the certificates are the program's in front", async () => {
    let calls = 0;

    await start({
      onClientTlsHandshake: () => {
        calls++;
      },
    });

    const peer = await terminator();

    peer.write(V1 + INVITE.toString("latin1"));
    await receiver.messages.at(0);
    assert.equal(calls, 0);
  });
});

describe("TLS tunnel behind haproxy", () => {
  for (const [name, keyword] of [
    ["1", "send-proxy"],
    ["2", "send-proxy-v2"],
    ["2 with TLS data", "send-proxy-v2-ssl-cn"],
  ] as const) {
    it(`PROXY protocol version ${name}: TLS clients are seen by their own address, checks are quiet`, async () => {
      await start();
      receiver.onMessage = (_message, flow) => flow.send(response());

      const [publicPort = 0] = await freePorts(1);
      const tunnelPort = transport.boundPoints[0]?.port;
      const authority = new CertificateAuthority();
      const leaf = authority.leaf();

      authority.remove();
      haproxy = await Haproxy.start(
        [
          "listen sips",
          "  option tcp-check",
          "  tcp-check connect default",
          // A check that a SIP server answers (RFC 5626 section 4.4.1).
          "  tcp-check send-binary 0d0a0d0a",
          "  tcp-check expect binary 0d0a",
          `  bind 127.0.0.1:${publicPort} ssl crt bundle.pem`,
          `  server edge 127.0.0.1:${tunnelPort} ${keyword} check check-send-proxy inter 50ms`,
          "",
        ].join("\n"),
        publicPort,
        leaf.cert + leaf.key,
      );

      // Its checks are connections as well: some are to have come and gone before the clients.
      await receiver.closed.at(2);

      const clients: StreamPeer[] = [];

      for (const localAddress of ["127.0.0.1", "127.0.0.2", "127.0.0.3"]) {
        const options = { host: "127.0.0.1", port: publicPort, localAddress, rejectUnauthorized: false };
        const peer = new StreamPeer(connect(options));

        peers.push(peer);
        clients.push(peer);
        peer.write(INVITE);
        await peer.receives(response().toString("latin1"));
      }

      assert.deepEqual(
        receiver.messages.items.map(({ flow }) => [flow.transport, flow.remoteIp, flow.remotePort]),
        clients.map(({ socket }) => ["tls", socket.localAddress, socket.localPort]),
      );
      assert.deepEqual(
        logger.lines.filter((line) => line.level !== "debug"),
        [],
      );

      clients[0]?.write("\r\n\r\n");
      await clients[0]?.receives("\r\n\r\n");
    });
  }
});
