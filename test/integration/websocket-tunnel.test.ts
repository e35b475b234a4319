/** WSS behind a program that ends TLS and sends the PROXY protocol (`use_tls_tunnel`). */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { WebSocketConnection } from "../../src/transport/web-socket-connection.ts";
import type { WsLimits } from "../../src/transport/ws-limits.ts";
import type { WsTunnelOptions } from "../../src/transport/ws-transport-options.ts";
import { EventLog } from "../support/event-log.ts";
import { requestOf } from "../support/message-bytes.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { clientFrame, HANDSHAKE_ANSWER, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const V1 = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 10443\r\n";
const V1_IPV6 = "PROXY TCP6 2001:db8::7 2001:db8::1 49153 10443\r\n";
const V1_UNKNOWN = "PROXY UNKNOWN\r\n";
const V2_SIGNATURE = "0d0a0d0a000d0a515549540a";
const V2 = Buffer.from(`${V2_SIGNATURE}2111000cc0000202c6336401dc0528cb`, "hex");
const V2_LOCAL = Buffer.from(`${V2_SIGNATURE}20000000`, "hex");

describe("TLS tunnel of WebSocket", () => {
  let server: WsServer;
  let connected: EventLog<WebSocketConnection>;
  const peers: StreamPeer[] = [];

  beforeEach(() => start());

  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.destroy()));
    await server.close();
    assert.equal(server.transport.connectionCount, 0);
  });

  async function start(limits: Partial<WsLimits> = {}, tunnel: WsTunnelOptions = {}): Promise<void> {
    await server?.close();
    server = await WsServer.start({
      ips: ["127.0.0.1", "::1"],
      security: { transport: "wss", tunnel },
      publicAddresses: [
        { ip: "192.0.2.200", port: 10443, advertisedHost: "edge.example.com" },
        { ip: "2001:db8::200", port: 10443 },
      ],
      limits,
    });
    connected = new EventLog();
    server.handlers.onConnection = (connection) => connected.push(connection);
  }

  async function open(localAddress = "127.0.0.1"): Promise<StreamPeer> {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.port, localAddress });

    peers.push(peer);

    return peer;
  }

  it("the listening points are those that clients know, the sockets are bound for the tunnel", () => {
    assert.deepEqual(
      server.transport.listeningPoints.map(({ transport, ip, port, sentBy }) => [
        transport,
        ip,
        port,
        sentBy,
      ]),
      [
        ["wss", "192.0.2.200", 10443, "edge.example.com:10443"],
        ["wss", "2001:db8::200", 10443, "[2001:db8::200]:10443"],
      ],
    );
    assert.ok(!server.transport.boundPorts.includes(10443));
  });

  for (const [name, header, remote] of [
    ["version 1", V1, "192.0.2.7:40000"],
    ["version 1 of IPv6", V1_IPV6, "[2001:db8::7]:49153"],
    ["version 2", V2, "192.0.2.2:56325"],
  ] as const) {
    it(`PROXY protocol ${name}: the connection is the client's, over WSS`, async () => {
      const peer = await open();

      peer.write(Buffer.concat([Buffer.from(header), Buffer.from(handshakeRequest())]));
      await peer.receives(HANDSHAKE_ANSWER);

      const connection = await connected.at(0);

      assert.equal(connection.transport, "wss");
      assert.equal(connection.remoteDescription, remote);
      assert.equal(connection.remoteIpType, remote.startsWith("[") ? "ipv6" : "ipv4");
      peer.write(clientFrame(OPCODE.binary, requestOf("OPTIONS")));

      const { flow } = await server.receiver.messages.at(0);
      const point = server.transport.listeningPoints[remote.startsWith("[") ? 1 : 0];

      assert.equal(flow, connection);
      assert.equal(flow.listeningPoint, point);
      assert.equal(flow.localIp, point?.ip);
      assert.equal(flow.localPort, 10443);
      flow.send(Buffer.from("answer"));
      await peer.receives("\u0081\u0006answer");
    });
  }

  it("the header, and the request behind it, may arrive byte by byte", async () => {
    const peer = await open();

    peer.socket.setNoDelay(true);

    for (const byte of `${V1}${handshakeRequest()}`) {
      peer.write(byte);
    }

    await peer.receives(HANDSHAKE_ANSWER);
    assert.equal((await connected.at(0)).remoteIp, "192.0.2.7");
  });

  it("the request may come long after the header", async () => {
    const peer = await open();

    peer.write(V1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.write(handshakeRequest());
    await peer.receives(HANDSHAKE_ANSWER);
  });

  it("without a client's address the terminator speaks for itself", async () => {
    for (const header of [V1_UNKNOWN, V2_LOCAL]) {
      const peer = await open();

      peer.write(Buffer.concat([Buffer.from(header), Buffer.from(handshakeRequest())]));
      await peer.receives(HANDSHAKE_ANSWER);
    }

    assert.equal((await connected.at(0)).remoteIp, "127.0.0.1");
    assert.equal((await connected.at(1)).remoteIp, "127.0.0.1");
  });

  it("SECURITY: who is not trusted is closed at once, whatever it sends", async () => {
    await start({}, { trustedAddresses: ["127.0.0.1"] });

    const peer = await open("127.0.0.2");

    peer.write(`${V1}${handshakeRequest()}`);
    await peer.closes();
    assert.equal(peer.text, "");
    assert.match(server.logger.textsOf("notice").join(), /not a trusted address/);
    assert.match(String(server.logger.lines[0]?.fields["peer"]), /^127\.0\.0\.2:\d+$/);
  });

  it("networks may be trusted", async () => {
    await start({}, { trustedAddresses: ["127.0.0.0/30", "2001:db8::/32"] });

    const trusted = await open("127.0.0.2");
    const stranger = await open("127.0.0.5");

    trusted.write(`${V1}${handshakeRequest()}`);
    await trusted.receives(HANDSHAKE_ANSWER);
    await stranger.closes();
  });

  it("an address that is none is a programming error", async () => {
    await assert.rejects(start({}, { trustedAddresses: ["localhost"] }));
    await start();
  });

  it("SECURITY: bytes that are no PROXY header are closed, a handshake without one too", async () => {
    for (const bytes of [
      handshakeRequest(),
      "PROXY TCP4 192.0.2.7\r\n",
      "\u0016\u0003\u0001",
      `PROXY ${"x".repeat(200)}`,
    ]) {
      const peer = await open();

      peer.write(bytes);
      await peer.closes();
      assert.equal(peer.text, "");
    }

    assert.equal(connected.items.length, 0);
    assert.match(server.logger.textsOf("notice").join(), /no PROXY protocol signature/);
  });

  it("maxProxyHeaderBytes: a longer extension block is closed", async () => {
    await start({ maxProxyHeaderBytes: 100 });

    const peer = await open();

    peer.write(Buffer.from(`${V2_SIGNATURE}21110065`, "hex"));
    await peer.closes();
  });

  it("handshakeTimeoutMs: a header that does not end is cut", async () => {
    await start({ handshakeTimeoutMs: 100 });

    const peer = await open();

    peer.write("PROXY TCP4 ");
    await peer.closes();
  });

  it("a terminator that resets in the middle of a header leaves nothing behind", async () => {
    const peer = await open();

    peer.write("PROXY TCP4 ");
    await server.connectionCountBecomes(1);
    peer.socket.resetAndDestroy();
    await server.connectionCountBecomes(0);
  });

  it("maxConnectionsPerAddress counts the client's address, not the terminator's", async () => {
    await start({ maxConnectionsPerAddress: 1 });

    const first = await open();

    first.write(`${V1}${handshakeRequest()}`);
    await first.receives(HANDSHAKE_ANSWER);

    const same = await open();

    same.write(`${V1.replace("40000", "40001")}${handshakeRequest()}`);
    await same.closes();
    assert.equal(same.text, "");

    const other = await open();

    other.write(`${V1.replace("192.0.2.7", "192.0.2.8")}${handshakeRequest()}`);
    await other.receives(HANDSHAKE_ANSWER);
    await first.destroy();
    await server.receiver.closed.at(0);

    const again = await open();

    again.write(`${V1}${handshakeRequest()}`);
    await again.receives(HANDSHAKE_ANSWER);
  });
});
