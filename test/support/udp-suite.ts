/** What the UDP transport does, whichever sockets serve it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError } from "../../src/errors/errors.ts";
import type { Flow } from "../../src/transport/flow.ts";
import type {
  DatagramSocket,
  DatagramSocketFactory,
  DatagramSocketOptions,
} from "../../src/transport/udp-socket.ts";
import { FakeClock } from "./fake-clock.ts";
import { request, requestOf, response } from "./message-bytes.ts";
import { UdpLayer, type UdpLayerOptions } from "./udp-layer.ts";
import { UdpPeer } from "./udp-peer.ts";

const PING = "\r\n\r\n";
const PONG = "\r\n";

/** RFC 8489 section 5: a Binding request without attributes. */
const STUN_REQUEST = Buffer.from("000100002112a442b7e7a701bc34d686fa87dfae", "hex");

/** Nothing but the answer to a ping comes: what was sent before it got no answer. */
async function assertUnanswered(peer: UdpPeer, port: number): Promise<void> {
  await peer.send(PING, port);
  assert.equal(await peer.receive(), PONG);
}

/** The error that a message of this size is refused with. */
function errorOfSending(flow: Flow, byteCount: number): Promise<TransportError> {
  return new Promise((resolve) => {
    flow.send(Buffer.alloc(byteCount, "a"), resolve);
  });
}

/** A socket whose peers exist in the test only. */
class FakeSocket implements DatagramSocket {
  readonly port = 5060;
  readonly options: DatagramSocketOptions;
  sentCount = 0;

  constructor(options: DatagramSocketOptions) {
    this.options = options;
  }

  async bind(): Promise<void> {}

  send(): void {
    this.sentCount++;
  }

  async close(): Promise<void> {}
}

async function openOnFakeSocket(limits: object = {}): Promise<{ server: UdpLayer; socket: FakeSocket }> {
  const sockets: FakeSocket[] = [];
  const server = await UdpLayer.open({
    listen: [{ ip: "192.0.2.100", port: 5060 }],
    clock: new FakeClock(),
    udp: {
      limits,
      createSocket: (options) => {
        const socket = new FakeSocket(options);

        sockets.push(socket);

        return socket;
      },
    },
  });

  return { server, socket: sockets[0] as FakeSocket };
}

/** @param name of the sockets. */
export function testUdpTransport(name: string, createSocket: DatagramSocketFactory): void {
  const openLayer = (options: UdpLayerOptions = {}): Promise<UdpLayer> =>
    UdpLayer.open({ ...options, udp: { createSocket, ...options.udp } });

  describe(`${name}: UDP transport`, () => {
    for (const ip of ["127.0.0.1", "::1"]) {
      it(`a request from ${ip} is delivered with its flow`, async () => {
        await using server = await openLayer();
        await using peer = await UdpPeer.open(ip);

        await peer.send(request(), server.point(ip).port);

        const { request: received, flow } = await server.sink.requests.shift();

        assert.equal(received.method, "INVITE");
        assert.equal(flow.transport, "udp");
        assert.equal(flow.isReliable, false);
        assert.equal(flow.isOpen, true);
        assert.equal(flow.remoteIp, ip);
        assert.equal(flow.remotePort, peer.port);
        assert.equal(flow.listeningPoint, server.point(ip));
        assert.equal(flow.remoteDescription, `${ip === "::1" ? "[::1]" : ip}:${peer.port}`);
        assert.equal(flow.close(), false);
        assert.equal(flow.isOpen, true);
      });

      it(`what is sent to ${ip} arrives, from the listening port`, async () => {
        await using server = await openLayer();
        await using peer = await UdpPeer.open(ip);
        const ipType = ip === "::1" ? "ipv6" : "ipv4";

        server.layer.flowTo({ transport: "udp", ip, ipType, port: peer.port })?.send(Buffer.from("hello"));
        assert.equal(await peer.receive(), "hello");
        assert.equal(peer.lastSourcePort, server.point(ip).port);
      });
    }

    it("RFC 3261 §7.5: CRLFs before the start line are ignored", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      for (const prefix of ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n"]) {
        await peer.send(request({ prefix }), server.port);
        assert.equal((await server.sink.requests.shift()).request.method, "INVITE");
      }
    });

    it("a target of an IP version without a listening point has no flow", async () => {
      await using server = await openLayer({ listen: [{ ip: "127.0.0.1", port: 0 }] });

      assert.equal(
        server.layer.flowTo({ transport: "udp", ip: "::1", ipType: "ipv6", port: 5060 }),
        undefined,
      );
    });

    it("cvars belong to one peer address and port", async () => {
      await using server = await openLayer();
      await using first = await UdpPeer.open();
      await using second = await UdpPeer.open();

      await first.send(request(), server.port);
      (await server.sink.requests.shift()).flow.cvars["user"] = "alice";
      await second.send(request(), server.port);
      assert.equal((await server.sink.requests.shift()).flow.cvars["user"], undefined);
      await first.send(request(), server.port);
      assert.equal((await server.sink.requests.shift()).flow.cvars["user"], "alice");
    });
  });

  describe(`${name}: UDP keep-alive (RFC 5626 §4.4)`, () => {
    it("CRLFCRLF is answered by CRLF, a lone CRLF by nothing", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      await peer.send("\r\n", server.port);
      await assertUnanswered(peer, server.port);
    });

    it("§4.4.2: a STUN Binding request is answered with the address that it came from", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      await peer.send(STUN_REQUEST, server.port);

      const answer = await peer.receiveBytes();

      assert.equal(answer.readUInt16BE(0), 0x0101);
      assert.deepEqual(answer.subarray(4, 20), STUN_REQUEST.subarray(4, 20));
      // RFC 8489 section 14.2: XOR-MAPPED-ADDRESS, IPv4.
      assert.equal(answer.toString("hex", 20, 26), "002000080001");
      assert.equal(answer.readUInt16BE(26) ^ 0x2112, peer.port);
      assert.equal((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0, 0x7f000001);
    });

    it("other datagrams that are no SIP are not answered", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      for (const bytes of [
        "\0",
        "\0\0\0\0",
        "\x01\x01\0\0",
        "",
        "\r",
        "\r\nx",
        "\r\n\r\n\r\n",
        "x",
        "\xff",
      ]) {
        await peer.send(Buffer.from(bytes, "latin1"), server.port);
      }

      await assertUnanswered(peer, server.port);
      assert.equal(server.udp.peerCount, 0);
    });

    it("SECURITY: no more answers than the limit go to one address", async () => {
      const { server, socket } = await openOnFakeSocket({
        keepAliveReplies: { repliesPerSecond: 1, burst: 3 },
      });

      for (let port = 1; port <= 100; port++) {
        socket.options.onDatagram(Buffer.from(port % 2 === 0 ? STUN_REQUEST : PING), "192.0.2.1", port);
      }

      assert.equal(socket.sentCount, 3);
      await server[Symbol.asyncDispose]();
    });
  });

  describe(`${name}: UDP peers`, () => {
    it("SECURITY: 100,000 peers do not grow the table beyond its bound", async () => {
      const { server, socket } = await openOnFakeSocket({ maxPeers: 1_000 });
      const bytes = request();

      for (let i = 0; i < 100_000; i++) {
        socket.options.onDatagram(bytes, `10.0.${(i >> 8) & 0xff}.${i & 0xff}`, 1 + (i >> 16));
        assert.ok(server.udp.peerCount <= 1_000);
      }

      assert.equal(server.sink.requests.length, 100_000);
      await server[Symbol.asyncDispose]();
    });

    it("a peer is forgotten after a time of silence, a keep-alive breaks the silence", async () => {
      const clock = new FakeClock();
      const sockets: FakeSocket[] = [];
      const server = await openLayer({
        listen: [{ ip: "192.0.2.100", port: 5060 }],
        clock,
        udp: {
          limits: { peerTimeoutMs: 1_000 },
          createSocket: (options) => {
            sockets.push(new FakeSocket(options));

            return sockets[0] as FakeSocket;
          },
        },
      });

      sockets[0]?.options.onDatagram(request(), "192.0.2.1", 5060);
      sockets[0]?.options.onDatagram(request(), "192.0.2.2", 5060);

      for (let i = 0; i < 5; i++) {
        clock.advance(900);
        sockets[0]?.options.onDatagram(Buffer.from(PING), "192.0.2.1", 5060);
      }

      assert.equal(server.udp.peerCount, 1);
      clock.advance(2_000);
      assert.equal(server.udp.peerCount, 0);
      await server[Symbol.asyncDispose]();
    });

    it("a datagram from port 0, which nobody can answer, is dropped", async () => {
      const { server, socket } = await openOnFakeSocket();

      socket.options.onDatagram(request(), "192.0.2.1", 0);
      assert.equal(server.sink.requests.length, 0);
      await server[Symbol.asyncDispose]();
    });
  });

  describe(`${name}: UDP errors`, () => {
    it("a message that no datagram holds fails as too large", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();
      const target = { transport: "udp", ip: "127.0.0.1", ipType: "ipv4", port: peer.port } as const;
      const flow = server.layer.flowTo(target);

      assert.ok(flow);
      assert.equal((await errorOfSending(flow, 65_508)).failure, "too-large");
    });

    it("what the system refuses fails with its reason, and the socket goes on", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();
      // The system forbids broadcast unless it was asked for.
      const target = { transport: "udp", ip: "255.255.255.255", ipType: "ipv4", port: 5060 } as const;
      const flow = server.layer.flowTo(target);

      assert.ok(flow);

      const error = await errorOfSending(flow, 10);

      assert.equal(error.failure, "connection");
      assert.match(error.message, /^cannot send to 255\.255\.255\.255:5060 over UDP: /);
      await assertUnanswered(peer, server.port);
    });

    it("after close, sending fails as closed", async () => {
      await using server = await openLayer();
      const target = { transport: "udp", ip: "127.0.0.1", ipType: "ipv4", port: 5060 } as const;
      const flow = server.layer.flowTo(target);

      await server[Symbol.asyncDispose]();
      assert.ok(flow);
      assert.equal(flow.isOpen, false);
      assert.equal((await errorOfSending(flow, 10)).failure, "closed");
    });

    it("a datagram to a port where nobody listens does not end the socket", async () => {
      await using server = await openLayer();
      await using gone = await UdpPeer.open();
      const target = { transport: "udp", ip: "127.0.0.1", ipType: "ipv4", port: gone.port } as const;

      await gone[Symbol.asyncDispose]();
      server.layer.flowTo(target)?.send(request());
      server.layer.flowTo(target)?.send(request());

      await using peer = await UdpPeer.open();

      await assertUnanswered(peer, server.port);
    });

    it("SECURITY: an error above is logged as critical, and the next message is handled", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      server.layer.setSink({
        receiveRequest: () => {
          throw new Error("a fault above");
        },
        receiveResponse: () => {},
        flowClosed: () => {},
      });
      await peer.send(request(), server.port);
      await assertUnanswered(peer, server.port);
      assert.deepEqual(server.logger.textsOf("crit"), ["a fault above"]);
      server.layer.setSink(server.sink);
      await peer.send(requestOf("OPTIONS"), server.port);
      assert.equal((await server.sink.requests.shift()).request.method, "OPTIONS");
    });

    it("SECURITY: an error in the reading of a datagram never reaches the socket", async () => {
      await using server = await openLayer({
        udp: {
          parser: {
            parseDatagram: () => {
              throw new Error("a fault of the parser");
            },
          },
        },
      });
      await using peer = await UdpPeer.open();

      await peer.send(request(), server.port);
      await assertUnanswered(peer, server.port);
      assert.deepEqual(server.logger.textsOf("crit"), ["a fault of the parser"]);
    });

    it("a port that is taken fails the start, names it, and leaves no socket open", async () => {
      await using first = await openLayer({ listen: [{ ip: "127.0.0.1", port: 0 }] });
      await using free = await UdpPeer.open();
      const freePort = free.port;

      await free[Symbol.asyncDispose]();
      await assert.rejects(
        openLayer({
          listen: [
            { ip: "127.0.0.1", port: freePort },
            { ip: "127.0.0.1", port: first.port },
          ],
        }),
        (error) =>
          error instanceof TransportError &&
          error.message === `cannot bind UDP 127.0.0.1:${first.port}: address already in use`,
      );

      await using again = await openLayer({ listen: [{ ip: "127.0.0.1", port: freePort }] });

      assert.equal(again.port, freePort);
    });

    it("a response that arrives is never answered, however malformed", async () => {
      await using server = await openLayer();
      await using peer = await UdpPeer.open();

      await peer.send(response({ replace: { CSeq: "CSeq: x" } }), server.port);
      await peer.send(response({ replace: { Via: [] } }), server.port);
      await peer.send(response({ replace: { "Content-Length": "Content-Length: 500" } }), server.port);
      await assertUnanswered(peer, server.port);
    });
  });
}
