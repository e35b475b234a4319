/** WebSocket handshakes byte by byte (RFC 6455 section 4.2, RFC 7118 section 4), over IPv4 and IPv6. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { StreamPeer } from "../support/stream-peer.ts";
import { clientFrame, HANDSHAKE_ANSWER, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const NO_BODY = "Connection: close\r\nContent-Length: 0\r\n\r\n";

for (const ip of ["127.0.0.1", "::1"]) {
  describe(`WebSocket handshake on ${ip}`, () => {
    let server: WsServer;

    beforeEach(async () => {
      // So long that a test would not survive a socket that waits for it.
      server = await WsServer.start({ ips: [ip], limits: { closeTimeoutMs: 600_000 } });
    });

    afterEach(async () => {
      await server.close();
      assert.equal(server.transport.connectionCount, 0);
    });

    async function answerTo(request: string): Promise<string> {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.write(request);
      await peer.closes();
      await server.connectionCountBecomes(0);

      return peer.text;
    }

    it("RFC 6455 section 4.2.2: a good request is answered with 101 and the accept value of the RFC's example", async () => {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.write(handshakeRequest());
      await peer.receives("\r\n\r\n");
      assert.equal(peer.text, HANDSHAKE_ANSWER);
      assert.equal(server.transport.connectionCount, 1);
      await peer.destroy();
    });

    it("RFC 6455 section 9: no extension is ever agreed to", async () => {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.write(
        handshakeRequest({ extra: ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"] }),
      );
      await peer.receives("\r\n\r\n");
      assert.equal(peer.text, HANDSHAKE_ANSWER);
      await peer.destroy();
    });

    it("a request that arrives byte by byte is as good as one at once", async () => {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.socket.setNoDelay(true);

      for (const byte of handshakeRequest()) {
        peer.write(byte);
      }

      await peer.receives("\r\n\r\n");
      assert.equal(peer.text, HANDSHAKE_ANSWER);
      await peer.destroy();
    });

    it("frames right behind the request are not lost", async () => {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.write(Buffer.concat([Buffer.from(handshakeRequest()), clientFrame(OPCODE.text, "\r\n\r\n")]));
      await peer.receives("\u0081\u0002\r\n");
      assert.equal(peer.text, `${HANDSHAKE_ANSWER}\u0081\u0002\r\n`);
      await peer.destroy();
    });

    it("405 to another method, on its own or with an upgrade", async () => {
      const expected = `HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n${NO_BODY}`;

      assert.equal(await answerTo(handshakeRequest({ requestLine: "POST / HTTP/1.1" })), expected);
      assert.equal(await answerTo("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), expected);
      assert.equal(await answerTo("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"), expected);
      assert.equal(await answerTo("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"), expected);
      assert.equal(
        await answerTo(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        ),
        expected,
      );
    });

    it("RFC 6455 section 4.4: 426 with the version to a browser's plain GET, and to other versions", async () => {
      const expected =
        "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n" +
        "Connection: close, Upgrade\r\nContent-Length: 0\r\n\r\n";

      assert.equal(await answerTo("GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n"), expected);
      assert.equal(await answerTo("GET / HTTP/1.1\r\nHost: a\r\nExpect: the unexpected\r\n\r\n"), expected);
      assert.equal(
        await answerTo(
          handshakeRequest({ replace: { "Sec-WebSocket-Version": "Sec-WebSocket-Version: 8" } }),
        ),
        expected,
      );
    });

    it("400 with its reason to a request that lacks a header", async () => {
      const badRequest = (reason: string) => `HTTP/1.1 400 ${reason}\r\n${NO_BODY}`;

      assert.equal(
        await answerTo(handshakeRequest({ replace: { Connection: "Connection: keep-alive" } })),
        badRequest('Connection header must include "upgrade"'),
      );
      assert.equal(
        await answerTo(handshakeRequest({ replace: { Upgrade: [] } })),
        badRequest('Upgrade header must be "websocket"'),
      );
      assert.ok(
        server.logger
          .textsOf("info")
          .includes('WebSocket handshake refused: 400 Upgrade header must be "websocket"'),
      );
      assert.equal(
        await answerTo(handshakeRequest({ replace: { "Sec-WebSocket-Key": [] } })),
        badRequest("Sec-WebSocket-Key header not present"),
      );
      assert.equal(
        await answerTo(handshakeRequest({ replace: { Host: [] } })),
        badRequest("Host header must be present once and well-formed"),
      );
    });

    it('RFC 7118 section 4.1: 501 to a request without the sub-protocol "sip"', async () => {
      assert.equal(
        await answerTo(handshakeRequest({ replace: { "Sec-WebSocket-Protocol": [] } })),
        `HTTP/1.1 501 No Suitable WebSocket Protocol\r\n${NO_BODY}`,
      );
    });

    it("500 with Retry-After while the server is loading, 500 when it is being stopped", async () => {
      server.status = "loading";
      assert.equal(
        await answerTo(handshakeRequest()),
        `HTTP/1.1 500 Server Still Loading\r\nRetry-After: 5\r\n${NO_BODY}`,
      );
      server.status = "terminating";
      assert.equal(await answerTo(handshakeRequest()), `HTTP/1.1 500 Server is Being Stopped\r\n${NO_BODY}`);
    });

    it("400 to what is no HTTP, and to a request with a body", async () => {
      assert.equal(
        await answerTo("INVITE sip:a@b SIP/2.0\r\n\r\n"),
        `HTTP/1.1 400 Bad Request\r\n${NO_BODY}`,
      );
      assert.equal(await answerTo("\u0016\u0003\u0001\u0002"), `HTTP/1.1 400 Bad Request\r\n${NO_BODY}`);
      assert.equal(
        await answerTo(`${handshakeRequest({ extra: ["Content-Length: 5"] })}hello`),
        `HTTP/1.1 400 Request must not have a body\r\n${NO_BODY}`,
      );
      assert.equal(
        await answerTo(handshakeRequest({ extra: ["Content-Length: 500"] })),
        `HTTP/1.1 400 Request must not have a body\r\n${NO_BODY}`,
      );
    });

    it("only the first request of a connection is answered", async () => {
      const plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
      let calls = 0;

      server.handlers.onConnection = () => {
        calls++;
      };

      const answer = await answerTo(`${plain}${plain}${handshakeRequest()}`);

      assert.equal(answer.split("HTTP/1.1 ").length, 2);
      assert.match(answer, /^HTTP\/1\.1 426 /);
      assert.equal(calls, 0);
    });

    for (const [kind, request] of [
      ["a request that is no handshake", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
      ["a handshake", handshakeRequest({ replace: { "Sec-WebSocket-Protocol": [] } })],
    ] as const) {
      it(`what comes behind ${kind} that was refused does not take the answer along`, async () => {
        const peer = await StreamPeer.connect({ host: ip, port: server.port, allowHalfOpen: true });

        peer.write(request);
        await peer.events.until("the end of the answer", (events) => events.includes("end"));
        peer.socket.end("no HTTP at all\r\n\r\n".repeat(1_000));
        await peer.closes();
        await server.connectionCountBecomes(0);
        assert.ok(!peer.events.items.some((event) => event.startsWith("error")));
      });
    }

    it("a client that closes at once leaves nothing behind", async () => {
      const peer = await StreamPeer.connect({ host: ip, port: server.port });

      peer.write("GET / HT");
      await peer.destroy();

      const other = await StreamPeer.connect({ host: ip, port: server.port });

      other.socket.resetAndDestroy();
      await other.closes();
    });
  });
}
