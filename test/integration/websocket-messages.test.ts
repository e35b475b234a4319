/** SIP, keep-alives and protocol faults on open WebSocket connections (RFC 7118, RFC 6455, RFC 5626). */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { TransportError } from "../../src/errors/errors.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import type { Flow } from "../../src/transport/flow.ts";
import { EventLog } from "../support/event-log.ts";
import { requestOf, response } from "../support/message-bytes.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { WsClient } from "../support/ws-client.ts";
import { clientFrame, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const OPTIONS = requestOf("OPTIONS");

for (const ip of ["127.0.0.1", "::1"]) {
  describe(`WebSocket messages on ${ip}`, () => {
    let server: WsServer;
    let client: WsClient;

    beforeEach(async () => {
      server = await WsServer.start({ ips: [ip] });
      client = await WsClient.connect(`ws://${ip.includes(":") ? `[${ip}]` : ip}:${server.port}/`);
    });

    afterEach(async () => {
      client.webSocket.close();
      await server.close();
      assert.equal(server.transport.connectionCount, 0);
    });

    async function flowOfClient(): Promise<Flow> {
      const count = server.receiver.messages.items.length;

      client.webSocket.send(OPTIONS);

      return (await server.receiver.messages.at(count)).flow;
    }

    it("RFC 7118 section 5.1: a SIP message in a text or in a binary message", async () => {
      client.webSocket.send(OPTIONS.toString("latin1"));
      client.webSocket.send(response());

      const first = await server.receiver.messages.at(0);
      const second = await server.receiver.messages.at(1);

      assert.deepEqual(first.message.toBytes(), OPTIONS);
      assert.deepEqual(second.message.toBytes(), response());
      assert.equal(first.flow, second.flow);
    });

    it("the flow tells its ends", async () => {
      const flow = await flowOfClient();
      const point = server.transport.listeningPoints[0];

      assert.equal(flow.transport, "ws");
      assert.equal(flow.isReliable, true);
      assert.equal(flow.isOpenedByServer, false);
      assert.equal(flow.ipType, ip === "::1" ? "ipv6" : "ipv4");
      assert.equal(flow.localIp, ip);
      assert.equal(flow.localPort, server.port);
      assert.equal(flow.remoteIp, ip);
      assert.equal(flow.listeningPoint, point);
      assert.equal(point?.sentBy, ip === "::1" ? `[::1]:${server.port}` : `127.0.0.1:${server.port}`);
      assert.equal(flow.isOpen, true);
    });

    it("RFC 6455 section 5.4: a message in fragments, with a ping between them", async () => {
      client.webSocket.send(OPTIONS.subarray(0, 100), { fin: false });
      client.webSocket.ping("between");
      client.webSocket.send(OPTIONS.subarray(100), { fin: true });
      assert.deepEqual((await server.receiver.messages.at(0)).message.toBytes(), OPTIONS);
      assert.deepEqual(await client.frames.at(0), { kind: "pong", text: "between" });
    });

    it("RFC 7118 section 4.2: what is UTF-8 is sent as text, anything else as binary", async () => {
      const flow = await flowOfClient();

      flow.send(Buffer.from("grüße", "utf8"));
      flow.send(Buffer.from("gr\u00fc\u00dfe", "latin1"));
      assert.deepEqual(await client.frames.at(0), {
        kind: "text",
        text: Buffer.from("grüße", "utf8").toString("latin1"),
      });
      assert.deepEqual(await client.frames.at(1), { kind: "binary", text: "gr\u00fc\u00dfe" });
    });

    it("RFC 5626 section 4.4.1: a double CRLF is answered with CRLF, a single one not; neither is a message", async () => {
      client.webSocket.send("\r\n");
      client.webSocket.send("");
      client.webSocket.send("\r\n\r\n");
      client.webSocket.ping("x");
      await client.frames.at(1);
      assert.deepEqual(client.frames.items, [
        { kind: "text", text: "\r\n" },
        { kind: "pong", text: "x" },
      ]);
      assert.equal(server.receiver.messages.items.length, 0);
      assert.equal(server.receiver.failures.items.length, 0);
    });

    it("4000: what is no SIP is reported, then the connection is closed", async () => {
      client.webSocket.send("Hello, is this the SIP server?");

      const { failure } = await server.receiver.failures.at(0);

      assert.ok(failure instanceof ParseFailure);
      assert.equal(failure.disposition, "not-sip");
      assert.deepEqual(await client.closed(), { code: 4000, reason: "no SIP start line" });
    });

    it("4001: a message that ends within its header", async () => {
      client.webSocket.send(OPTIONS.subarray(0, -2));
      assert.equal((await client.closed()).code, 4001);
      assert.equal(server.receiver.failures.items.length, 1);
    });

    it("4002: a body that is not as long as Content-Length says, shorter or longer", async () => {
      client.webSocket.send(
        requestOf("OPTIONS", { replace: { "Content-Length": "Content-Length: 5" }, body: "hi" }),
      );
      assert.equal((await client.closed()).code, 4002);
      assert.equal((await server.receiver.failures.at(0)).failure.statusCode, 400);
      client = await WsClient.connect(`ws://${ip.includes(":") ? `[${ip}]` : ip}:${server.port}/`);
      client.webSocket.send(Buffer.concat([OPTIONS, OPTIONS]));
      assert.equal((await client.closed()).code, 4002);
      assert.equal(server.receiver.messages.items.length, 0);
    });

    it("a request without a core header is answered, and the connection stays", async () => {
      server.receiver.onFailure = (failure, flow) => flow.send(Buffer.from(`answer ${failure.statusCode}`));
      client.webSocket.send(requestOf("OPTIONS", { replace: { "Call-ID": [] } }));
      assert.equal((await client.frames.at(0)).text, "answer 400");
      assert.equal((await server.receiver.failures.at(0)).failure.disposition, "answer");
      client.webSocket.send(OPTIONS);
      assert.deepEqual((await server.receiver.messages.at(0)).message.toBytes(), OPTIONS);
    });

    it("an answer that is sent for a bad message still leaves before the close frame", async () => {
      server.receiver.onFailure = (_, flow) => flow.send(Buffer.from("answer"));
      client.webSocket.send(
        requestOf("OPTIONS", { replace: { "Content-Length": "Content-Length: 5" }, body: "hi" }),
      );
      assert.equal((await client.closed()).code, 4002);
      assert.deepEqual(client.frames.items, [{ kind: "text", text: "answer" }]);
    });

    it("messages behind one that closes the connection are not delivered", async () => {
      client.webSocket.send("no SIP");
      client.webSocket.send(OPTIONS);
      await client.closed();
      await server.receiver.closed.at(0);
      assert.equal(server.receiver.messages.items.length, 0);
    });

    it("SECURITY: a receiver that throws takes nobody down", async () => {
      server.receiver.onMessage = () => {
        throw new Error("a defect");
      };
      client.webSocket.send(OPTIONS);
      await server.receiver.messages.at(0);
      server.receiver.onMessage = () => {};
      client.webSocket.send(OPTIONS);
      await server.receiver.messages.at(1);
      assert.deepEqual(server.logger.textsOf("crit"), ["a defect"]);
    });

    it("a message to a closed connection fails later than the call, once, as closed", async () => {
      const flow = await flowOfClient();
      const errors = new EventLog<TransportError>();

      await client.close();
      await server.receiver.closed.at(0);
      flow.send(OPTIONS, (error) => errors.push(error));
      assert.equal(errors.items.length, 0);
      assert.equal((await errors.at(0)).failure, "closed");
      flow.send(OPTIONS);
      assert.equal(flow.isOpen, false);
    });

    it("a message after this side's close fails as well", async () => {
      const flow = await flowOfClient();
      const errors = new EventLog<TransportError>();

      flow.close();
      flow.send(OPTIONS, (error) => errors.push(error));
      assert.equal((await errors.at(0)).failure, "closed");
      assert.deepEqual(await client.closed(), { code: 1000, reason: "" });
    });
  });
}

describe("WebSocket protocol faults (RFC 6455)", () => {
  let server: WsServer;

  beforeEach(async () => {
    server = await WsServer.start();
  });

  afterEach(async () => {
    await server.close();
  });

  /** The close code that the server sends for these bytes. */
  async function closeCodeFor(bytes: Buffer): Promise<number> {
    const disconnected = new EventLog<boolean>();
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });

    server.handlers.onDisconnection = (_, clientClosed) => disconnected.push(clientClosed);
    peer.write(handshakeRequest());
    await peer.receives("\r\n\r\n");
    peer.text = "";
    peer.write(bytes);
    await peer.receives("\u0088");
    await peer.destroy();
    assert.equal(await disconnected.at(0), false);

    return Buffer.from(peer.text, "latin1").readUInt16BE(2);
  }

  it("section 5.1: an unmasked frame is answered with 1002", async () => {
    assert.equal(await closeCodeFor(clientFrame(OPCODE.text, "x", { isMasked: false })), 1002);
  });

  it("section 5.2: a reserved bit or an unknown opcode is answered with 1002", async () => {
    assert.equal(await closeCodeFor(clientFrame(OPCODE.text, "x", { reservedBits: 4 })), 1002);
    assert.equal(await closeCodeFor(clientFrame(3, "x")), 1002);
  });

  it("section 5.4: a continuation of nothing, and a new message within one, are answered with 1002", async () => {
    assert.equal(await closeCodeFor(clientFrame(OPCODE.continuation, "x")), 1002);
    assert.equal(
      await closeCodeFor(
        Buffer.concat([clientFrame(OPCODE.text, "x", { isFinal: false }), clientFrame(OPCODE.text, "y")]),
      ),
      1002,
    );
  });

  it("section 5.5: a control frame in fragments, or longer than 125 bytes, is answered with 1002", async () => {
    assert.equal(await closeCodeFor(clientFrame(OPCODE.ping, "x", { isFinal: false })), 1002);
    assert.equal(await closeCodeFor(clientFrame(OPCODE.ping, "x".repeat(126))), 1002);
  });

  it("section 8.1: text that is no UTF-8 is answered with 1007", async () => {
    assert.equal(await closeCodeFor(clientFrame(OPCODE.text, "gr\u00fc\u00dfe")), 1007);
  });

  it("section 5.5.1: a close frame is answered with the same code", async () => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.port });

    peer.write(handshakeRequest());
    await peer.receives("\r\n\r\n");
    peer.text = "";
    peer.write(clientFrame(OPCODE.close, "\u0003\u00e8bye"));
    await peer.closes();
    assert.equal(peer.text, "\u0088\u0005\u0003\u00e8bye");
  });
});
