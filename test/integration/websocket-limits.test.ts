/** Every limit of a WebSocket listener: what passes it is refused or closed, and logged. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { TransportError } from "../../src/errors/errors.ts";
import type { WsLimits } from "../../src/transport/ws-limits.ts";
import { EventLog } from "../support/event-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { requestOf } from "../support/message-bytes.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { WsClient } from "../support/ws-client.ts";
import { clientFrame, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const OPTIONS = requestOf("OPTIONS");
const NO_BODY = "Connection: close\r\nContent-Length: 0\r\n\r\n";

describe("WebSocket limits", () => {
  let server: WsServer;

  async function start(limits: Partial<WsLimits>): Promise<void> {
    server = await WsServer.start({ limits });
  }

  afterEach(async () => {
    await server.close();
    assert.equal(server.transport.connectionCount, 0);
  });

  const open = () => StreamPeer.connect({ host: "127.0.0.1", port: server.port });
  const connect = () => WsClient.connect(`ws://127.0.0.1:${server.port}`);
  const logTexts = () => server.logger.lines.map((line) => line.text).join("\n");

  /** A raw peer whose handshake is done. */
  async function openUpgraded(): Promise<StreamPeer> {
    const peer = await open();

    peer.write(handshakeRequest());
    await peer.receives("\r\n\r\n");
    peer.text = "";

    return peer;
  }

  it("maxMessageBytes: a longer message closes with 1009 (RFC 6455 section 7.4.1)", async () => {
    await start({ maxMessageBytes: OPTIONS.length });

    const client = await connect();

    client.webSocket.send(OPTIONS);
    await server.receiver.messages.at(0);
    client.webSocket.send(Buffer.concat([OPTIONS, Buffer.from("x")]));
    assert.equal((await client.closed()).code, 1009);
    assert.equal(server.receiver.messages.items.length, 1);
    assert.match(logTexts(), /Max payload size exceeded/);
  });

  it("maxMessageBytes: also in fragments, before the last of them", async () => {
    await start({ maxMessageBytes: 1_000 });

    const client = await connect();

    for (let sent = 0; sent <= 1_000; sent += 100) {
      client.webSocket.send(Buffer.alloc(100, "x"), { fin: false });
    }

    assert.equal((await client.closed()).code, 1009);
  });

  it("maxMessageBytes: by what a frame announces, before it is read", async () => {
    await start({ maxMessageBytes: 1_000 });

    const peer = await openUpgraded();

    // 2^62 bytes.
    peer.write(Buffer.from("82ff4000000000000000", "hex"));
    await peer.receives("\u0088\u0002\u0003\u00f1");
    await peer.destroy();
  });

  it("maxFrameBytes: a larger frame closes with 1009, fragments within it pass", async () => {
    await start({ maxFrameBytes: 300, maxMessageBytes: 1_000 });

    const client = await connect();
    const message = requestOf("OPTIONS", { body: "x".repeat(200), replace: { "Content-Length": "l: 200" } });

    client.webSocket.send(message.subarray(0, 300), { fin: false });
    client.webSocket.send(message.subarray(300), { fin: true });
    assert.deepEqual((await server.receiver.messages.at(0)).message.toBytes(), message);
    client.webSocket.send(message);
    assert.equal((await client.closed()).code, 1009);
  });

  it("maxMessagePieces: empty fragments without end close with 1008", async () => {
    await start({ maxMessagePieces: 50 });

    const client = await connect();

    for (let sent = 0; sent <= 50; sent++) {
      client.webSocket.send("", { fin: false });
    }

    assert.equal((await client.closed()).code, 1008);
  });

  it("maxHeaderBytes: a longer request is answered with 431", async () => {
    await start({ maxHeaderBytes: 2_000 });

    const peer = await open();

    peer.write(handshakeRequest({ extra: [`Cookie: ${"x".repeat(2_000)}`] }));
    await peer.closes();
    assert.equal(peer.text, `HTTP/1.1 431 Request Header Fields Too Large\r\n${NO_BODY}`);
  });

  it("maxHeaderBytes: cookies and tokens of 12 KiB fit by default", async () => {
    await start({});

    const client = await WsClient.connect(`ws://127.0.0.1:${server.port}`, {
      headers: { cookie: `jwt=${"x".repeat(12_288)}` },
    });

    await client.close();
  });

  it("handshakeTimeoutMs: a socket that sends nothing, or its header line by line, is cut", async () => {
    await start({ handshakeTimeoutMs: 100 });

    const silent = await open();
    const slow = await open();
    const drip = setInterval(() => slow.write("X-Slow: y\r\n"), 10);

    slow.write("GET / HTTP/1.1\r\n");
    await silent.closes();
    await slow.closes();
    clearInterval(drip);
    assert.equal(silent.text + slow.text, "");
    assert.match(logTexts(), /handshake not finished in time/);
  });

  it("closeTimeoutMs: a client that does not read or close after a refusal is cut", async () => {
    await start({ closeTimeoutMs: 100 });

    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.port, allowHalfOpen: true });

    peer.write(handshakeRequest({ replace: { "Sec-WebSocket-Protocol": [] } }));
    await peer.events.until("the end of the answer", (events) => events.includes("end"));

    const drip = setInterval(() => peer.write("x"), 10);

    await peer.closes();
    clearInterval(drip);
    assert.match(peer.text, /^HTTP\/1\.1 501 /);
  });

  it("maxPendingHandshakes: one more is closed at once, and let in when another has ended", async () => {
    await start({ maxPendingHandshakes: 2 });

    const first = await open();
    const second = await open();
    const third = await open();

    await third.closes();
    assert.match(logTexts(), /too many handshakes in progress/);
    first.write(handshakeRequest());
    await first.receives("\r\n\r\n");
    await (await connect()).close();
    await first.destroy();
    await second.destroy();
  });

  it("maxConnections: one more is closed at once, and let in when another has ended", async () => {
    await start({ maxConnections: 2 });

    const first = await connect();
    const second = await connect();

    await (await open()).closes();
    assert.match(logTexts(), /too many connections/);
    await first.close();
    await server.receiver.closed.at(0);
    await (await connect()).close();
    await second.close();
  });

  it("maxConnectionsPerAddress: one more of the same is closed at once, and let in when another has ended", async () => {
    await start({ maxConnectionsPerAddress: 1 });

    const first = await connect();

    await (await open()).closes();
    assert.match(logTexts(), /too many connections of its address/);

    const other = await StreamPeer.connect({
      host: "127.0.0.1",
      port: server.port,
      localAddress: "127.0.0.2",
    });

    other.write(handshakeRequest());
    await other.receives("HTTP/1.1 101");
    await other.destroy();
    await first.close();
    await server.receiver.closed.at(1);
    await (await connect()).close();
  });

  it("firstMessageTimeoutMs: a connection that sends no SIP, but maybe keep-alives, is closed with 1008", async () => {
    await start({ firstMessageTimeoutMs: 200 });

    // User code that is going to send calls that way; of the others it asks nothing.
    server.handlers.onConnection = (connection) => void connection.flowToken;

    const waiting = await connect();

    server.handlers.onConnection = () => {};

    const [silent, dripping, pinging, talking] = [
      await connect(),
      await connect(),
      await connect(),
      await connect(),
    ];

    talking.webSocket.send(OPTIONS);

    const drip = setInterval(() => {
      dripping.webSocket.send("\r\n\r\n");
      pinging.webSocket.ping();
      talking.webSocket.send("\r\n\r\n");
    }, 10);

    for (const client of [silent, dripping, pinging]) {
      assert.deepEqual(await client.closed(), { code: 1008, reason: "no SIP received in time" });
    }

    clearInterval(drip);
    assert.equal(talking.closes.items.length, 0);
    assert.equal(waiting.webSocket.readyState, waiting.webSocket.OPEN);
    await talking.close();
  });

  it("messageTimeoutMs: a message that has begun and does not end is closed with 1008", async () => {
    await start({ messageTimeoutMs: 200 });

    const peer = await openUpgraded();

    peer.write(clientFrame(OPCODE.text, OPTIONS).subarray(0, 100));
    await peer.receives("message not finished in time");
    await peer.destroy();
  });

  it("messageTimeoutMs: pings between its fragments do not prolong it", async () => {
    await start({ messageTimeoutMs: 200 });

    const client = await connect();
    const drip = setInterval(() => client.webSocket.ping(), 10);

    client.webSocket.send("OPTIONS", { fin: false });
    assert.deepEqual(await client.closed(), { code: 1008, reason: "message not finished in time" });
    clearInterval(drip);
  });

  it("idleTimeoutMs: a connection on which nothing comes is closed with 1000", async () => {
    await start({ idleTimeoutMs: 100 });

    const client = await connect();

    client.webSocket.send(OPTIONS);
    assert.deepEqual(await client.closed(), { code: 1000, reason: "idle for too long" });
  });

  it("pingIntervalMs: a silent client is pinged, and lives on while it answers", async () => {
    await start({ pingIntervalMs: 50, pongTimeoutMs: 100 });

    const client = await connect();

    await client.frames.at(3);
    assert.deepEqual(client.frames.items[0], { kind: "ping", text: "keep-alive" });
    await client.close();
  });

  it("pongTimeoutMs: a client that does not answer a ping is cut", async () => {
    await start({ pingIntervalMs: 50, pongTimeoutMs: 100 });

    const disconnected = new EventLog<boolean>();
    const peer = await openUpgraded();

    server.handlers.onDisconnection = (_, clientClosed) => disconnected.push(clientClosed);
    await peer.receives("\u0089\u000akeep-alive");
    await peer.closes();
    assert.equal(await disconnected.at(0), false);
    assert.match(logTexts(), /ping not answered/);
  });

  it("closeTimeoutMs: a client that does not answer a close frame is cut", async () => {
    await start({ closeTimeoutMs: 100 });

    const peer = await openUpgraded();

    peer.write(clientFrame(OPCODE.text, "no SIP"));
    await peer.receives("\u0088");
    await peer.closes();
  });

  it("maxSendBufferBytes: a client that does not read is cut, and what was sent fails as overflow", async () => {
    await start({ maxSendBufferBytes: 100_000 });

    const errors = new EventLog<TransportError>();
    const peer = await openUpgraded();

    peer.socket.pause();
    peer.write(clientFrame(OPCODE.binary, OPTIONS));

    const { flow } = await server.receiver.messages.at(0);
    const message = Buffer.alloc(50_000, "x");

    // The system's own buffers take some of it first.
    while (flow.isOpen) {
      flow.send(message, (error) => errors.push(error));
      await new Promise((resolve) => setImmediate(resolve));
    }

    await errors.until("an overflow", (items) => items.some(({ failure }) => failure === "overflow"));
    await server.receiver.closed.at(0);
    assert.match(logTexts(), /send buffer is full/);
    peer.socket.resume();
    await peer.closes();
  });

  it("maxSendBufferBytes: a client that pings and does not read is cut", async () => {
    await start({ maxSendBufferBytes: 10_000 });

    const peer = await openUpgraded();
    const pings = Buffer.concat(Array(1_000).fill(clientFrame(OPCODE.ping, "x".repeat(125))));

    peer.socket.pause();

    const flood = setInterval(() => peer.write(pings), 1);

    await server.receiver.closed.at(0);
    clearInterval(flood);
    assert.match(logTexts(), /send buffer is full/);
    peer.socket.resume();
    await peer.closes();
  });

  it("a connection that has closed leaves no timer behind", async () => {
    const clock = new FakeClock();

    server = await WsServer.start({ clock });

    const client = await connect();

    assert.equal(clock.pendingCount, 1);
    await client.close();
    await server.receiver.closed.at(0);
    assert.equal(clock.pendingCount, 0);
  });

  it("what peers do wrong is logged with their address, a limited number of times", async () => {
    await start({});

    for (let count = 0; count < 60; count++) {
      const peer = await open();

      peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await peer.closes();
    }

    assert.equal(server.logger.lines.length, 50);
    assert.match(String(server.logger.lines[0]?.fields["peer"]), /^127\.0\.0\.1:\d+$/);
  });
});
