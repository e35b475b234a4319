import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { MessageParser } from "../../src/message/message-parser.ts";
import { TcpTransport, type TcpTransportOptions } from "../../src/transport/tcp-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { request, requestOf, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { StreamPeer } from "../support/stream-peer.ts";

const INVITE = request();
const OPTIONS = requestOf("OPTIONS", { replace: { "Content-Length": "l: 5" }, body: "hello" });

let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: TcpTransport;
let peers: StreamPeer[] = [];

async function start(options: Partial<TcpTransportOptions> = {}): Promise<void> {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();
  transport = new TcpTransport({
    listen: [
      { ip: "127.0.0.1", port: 0 },
      { ip: "::1", port: 0 },
    ],
    receiver,
    logger,
    clock: new SystemClock(),
    ...options,
  });
  await transport.bind();
}

async function client(ip = "127.0.0.1", localPort = 0): Promise<StreamPeer> {
  const point = transport.listeningPoints.find((candidate) => candidate.ip === ip);
  const peer = await StreamPeer.connect({ host: ip, port: point?.port ?? 0, localAddress: ip, localPort });

  peers.push(peer);

  return peer;
}

afterEach(async () => {
  await transport.close();
  await Promise.all(peers.map((peer) => peer.destroy()));
  peers = [];
  assert.equal(transport.connectionCount, 0);
});

describe("TCP, connections that clients open", () => {
  for (const ip of ["127.0.0.1", "::1"]) {
    it(`a message from ${ip} is delivered with its flow, and the answer goes back by it`, async () => {
      await start();
      receiver.onMessage = (_message, flow) => flow.send(response());

      const peer = await client(ip);

      peer.write(INVITE);
      await peer.receives(response().toString("latin1"));

      const { message, flow } = await receiver.messages.at(0);
      const bracketed = ip === "::1" ? "[::1]" : ip;
      const port = transport.listeningPoints.find((point) => point.ip === ip)?.port;

      assert.deepEqual(message.toBytes(), INVITE);
      assert.equal(flow.transport, "tcp");
      assert.equal(flow.isReliable, true);
      assert.equal(flow.isOpenedByServer, false);
      assert.equal(flow.remoteIp, ip);
      assert.equal(flow.ipType, ip === "::1" ? "ipv6" : "ipv4");
      assert.equal(flow.remotePort, peer.socket.localPort);
      assert.equal(flow.remoteDescription, `${bracketed}:${peer.socket.localPort}`);
      assert.equal(flow.localIp, ip);
      assert.equal(flow.localPort, port);
      assert.equal(flow.listeningPoint.sentBy, `${bracketed}:${port}`);
      assert.equal(flow.flowToken, `token-of-${flow.remoteDescription}`);
      assert.equal(flow.isOpen, true);
    });
  }

  it("cvars are one object for each connection, without prototype", async () => {
    await start();

    const [one, other] = [await client(), await client()];

    one.write(Buffer.concat([INVITE, OPTIONS]));
    await receiver.messages.at(1);
    other.write(INVITE);

    const [first, second, third] = await Promise.all([0, 1, 2].map((index) => receiver.messages.at(index)));

    assert.equal(first?.flow, second?.flow);
    assert.equal(first?.flow.cvars, second?.flow.cvars);
    assert.notEqual(first?.flow.cvars, third?.flow.cvars);
    assert.equal(Object.getPrototypeOf(first?.flow.cvars), null);
  });

  it("RFC 3261 §18.3: messages sent byte by byte come out whole", async () => {
    await start();

    const peer = await client();

    peer.socket.setNoDelay(true);

    for (const byte of Buffer.concat([INVITE, OPTIONS])) {
      await new Promise((resolve) => peer.socket.write(Buffer.from([byte]), resolve));
    }

    const second = await receiver.messages.at(1);

    assert.deepEqual(receiver.messages.items[0]?.message.toBytes(), INVITE);
    assert.deepEqual(second.message.toBytes(), OPTIONS);
  });

  it("RFC 3261 §18.3: a thousand messages in a row are delivered in order, all answers come back", async () => {
    await start();
    receiver.onMessage = (_message, flow) => flow.send(response());

    const peer = await client();
    const messages = Array.from({ length: 1000 }, (_, index) =>
      requestOf("OPTIONS", { replace: { CSeq: `CSeq: ${index + 1} OPTIONS` } }),
    );
    const expected = response().toString("latin1").repeat(1000);

    peer.write(Buffer.concat(messages));
    await peer.events.until("all answers", () => peer.text.length >= expected.length);

    assert.equal(peer.text, expected);
    assert.deepEqual(
      receiver.messages.items.map(({ message }) => message.cseq),
      messages.map((_, index) => index + 1),
    );
  });

  it("RFC 5626 §4.4.1: a double CRLF gets one CRLF, a single one nothing", async () => {
    await start();

    const peer = await client();

    peer.write("\r\n");
    peer.write(INVITE);
    await receiver.messages.at(0);
    assert.equal(peer.text, "");

    peer.write("\r\n\r\n\r\n\r\n");
    await peer.receives("\r\n\r\n");
    peer.write(INVITE);
    await receiver.messages.at(1);
    assert.equal(peer.text, "\r\n\r\n");
  });

  it("bytes that are no SIP are reported, then the connection is closed; nothing after them is read", async () => {
    await start();

    const peer = await client();

    peer.write(Buffer.concat([Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), INVITE]));
    await peer.closes();

    const { failure, flow } = await receiver.failures.at(0);

    assert.equal(failure.disposition, "not-sip");
    assert.equal(receiver.messages.items.length, 0);
    assert.equal(await receiver.closed.at(0), flow);
    assert.equal(flow.isOpen, false);

    const line = logger.lines.find(({ text }) => text.startsWith("connection closed"));

    assert.equal(line?.level, "info");
    assert.match(line?.text ?? "", /bad SIP message/);
    assert.equal(line?.fields["transport"], "tcp");
    assert.equal(line?.fields["peer"], flow.remoteDescription);
  });

  it("a bad message whose end is known is refused by itself; the next one is delivered", async () => {
    await start();
    receiver.onMessage = (_message, flow) => flow.send(response());

    const peer = await client();
    const bad = request({ replace: { To: "To: x y z" } });

    peer.write(Buffer.concat([bad, INVITE]));
    await peer.receives(response().toString("latin1"));

    const { failure } = await receiver.failures.at(0);
    const { message } = await receiver.messages.at(0);

    assert.equal(failure.statusCode, 400);
    assert.deepEqual(message.toBytes(), INVITE);
  });

  it("the answer to a bad request is flushed before the connection closes, even when the peer keeps sending", async () => {
    await start();
    receiver.onFailure = (_failure, flow) => flow.send(response({ startLine: "SIP/2.0 400 Bad Request" }));

    const peer = await client();
    const noLength = request({ replace: { "Content-Length": [] } });

    peer.write(Buffer.concat([noLength, ...Array.from({ length: 500 }, () => INVITE)]));
    await peer.closes();

    assert.equal((await receiver.failures.at(0)).failure.statusCode, 400);
    assert.ok(peer.text.startsWith("SIP/2.0 400 Bad Request\r\n"));
    assert.deepEqual(
      peer.events.items.filter((event) => event.startsWith("error")),
      [],
    );
    assert.equal(receiver.messages.items.length, 0);
  });

  it("RFC 3261 §18.3: requests before the bytes that break the stream are answered before the connection closes", async () => {
    await start();

    const peer = await client();
    const noLength = request({ replace: { "Content-Length": [] } });
    const [trying, refused] = ["100 Trying", "400 Bad Request"].map((status) =>
      response({ startLine: `SIP/2.0 ${status}` }),
    );

    receiver.onFailure = (_failure, flow) => flow.send(refused as Buffer);
    peer.write(Buffer.concat([INVITE, requestOf("ACK"), OPTIONS, noLength, INVITE]));
    await peer.receives("400 Bad Request");

    const { flow } = await receiver.messages.at(2);

    // Nothing can be asked over it any more.
    assert.equal(flow.isOpen, false);
    assert.equal(flow.takesAnswers, true);
    flow.send(trying as Buffer);
    flow.send(response());
    await peer.receives(response().toString("latin1"));
    peer.write(INVITE);
    assert.deepEqual(
      peer.events.items.filter((event) => event !== "data"),
      [],
    );
    flow.send(response());
    assert.equal(flow.takesAnswers, false);
    await peer.closes();
    await receiver.closed.at(0);
    assert.equal(
      peer.text,
      Buffer.concat([refused as Buffer, trying as Buffer, response(), response()]).toString("latin1"),
    );
    assert.equal(receiver.messages.items.length, 3);
    assert.match(logger.textsOf("info")[0] ?? "", /^connection closed: bad SIP message: /);
  });

  it("bytes that break the stream close it at once when all before them was answered", async () => {
    await start();
    receiver.onMessage = (_message, flow) => flow.send(response());

    const peer = await client();

    peer.write(Buffer.concat([INVITE, OPTIONS, Buffer.from("\0")]));
    await peer.closes();
    assert.equal(peer.text, response().toString("latin1").repeat(2));
  });

  it("SECURITY: what a receiver throws is logged, the connection goes on", async () => {
    await start();
    receiver.onMessage = () => {
      throw new Error("broken receiver");
    };

    const peer = await client();

    peer.write(Buffer.concat([INVITE, OPTIONS]));
    await receiver.messages.at(1);
    peer.write("\r\n\r\n");
    await peer.receives("\r\n");

    assert.equal(logger.textsOf("crit").length, 2);
    assert.match(logger.textsOf("crit")[0] ?? "", /broken receiver/);
  });

  it("SECURITY: a parser that throws costs its connection only", async () => {
    class BrokenParser extends MessageParser {
      override parseStreamMessage(): never {
        throw new Error("broken parser");
      }
    }

    await start({ parser: new BrokenParser() });

    const other = await client();
    const peer = await client();

    peer.write(INVITE);
    await peer.closes();
    other.write("\r\n\r\n");
    await other.receives("\r\n");
    assert.deepEqual(logger.textsOf("crit"), ["broken parser"]);
  });

  it("close() flushes what was sent, returns true once, and reading ends at once", async () => {
    await start();
    receiver.onMessage = (_message, flow) => {
      flow.send(response());
      assert.equal(flow.close(), true);
      assert.equal(flow.close(), false);
      assert.equal(flow.isOpen, false);
    };

    const peer = await client();

    peer.write(Buffer.concat([INVITE, OPTIONS]));
    await peer.closes();

    assert.equal(peer.text, response().toString("latin1"));
    assert.equal(receiver.messages.items.length, 1);
    await receiver.closed.at(0);
    assert.equal(receiver.closed.items.length, 1);
  });

  it('a send on a closed connection fails later with "closed"', async () => {
    await start();

    const peer = await client();

    peer.write(INVITE);

    const { flow } = await receiver.messages.at(0);

    await peer.destroy();
    await receiver.closed.at(0);

    let failure: string | undefined;
    const failed = new Promise<void>((resolve) => {
      flow.send(response(), (error) => {
        failure = error.failure;
        resolve();
      });
    });

    assert.equal(failure, undefined);
    await failed;
    assert.equal(failure, "closed");
    assert.equal(flow.close(), false);
  });

  it("a half-closed connection is closed, after what was sent before", async () => {
    await start();

    const peer = await client();

    receiver.onMessage = (_message, flow) => flow.send(response());
    peer.socket.end(INVITE);
    await peer.closes();
    await receiver.closed.at(0);

    assert.equal(peer.text, response().toString("latin1"));
    assert.deepEqual(logger.textsOf("info"), ["connection closed: closed by the peer"]);
  });

  it("a reset connection is reported as closed, and nothing is thrown", async () => {
    await start();

    const peer = await client();

    peer.write(INVITE);
    await receiver.messages.at(0);
    peer.socket.resetAndDestroy();
    await receiver.closed.at(0);

    assert.deepEqual(logger.textsOf("info"), ["connection closed: connection error: ECONNRESET"]);
  });

  it("a taken port: bind names transport, address, port and cause, and leaves nothing bound", async () => {
    await start();

    const taken = transport.listeningPoints[0]?.port ?? 0;
    const second = new TcpTransport({
      listen: [
        { ip: "::1", port: 0 },
        { ip: "127.0.0.1", port: taken },
      ],
      receiver,
      logger,
      clock: new SystemClock(),
    });

    await assert.rejects(second.bind(), {
      name: "TransportError",
      code: "OVERSIP_ERR_TRANSPORT",
      message: `cannot bind TCP 127.0.0.1:${taken}: address already in use`,
    });
    assert.deepEqual(second.listeningPoints, []);
  });

  it("IPv4 and IPv6 share a port number, each with its own socket", async () => {
    await start();

    const port = transport.listeningPoints[0]?.port ?? 0;
    const other = new TcpTransport({
      listen: [{ ip: "::1", port, advertisedHost: "2001:db8::5" }],
      receiver,
      logger,
      clock: new SystemClock(),
    });

    await other.bind();
    assert.equal(other.listeningPoints[0]?.sentBy, `[2001:db8::5]:${port}`);
    await other.close();
  });

  it("stopListening refuses new connections, those that are open go on", async () => {
    await start();

    const peer = await client();

    peer.write(INVITE);
    await receiver.messages.at(0);
    transport.stopListening();

    await assert.rejects(client(), { code: "ECONNREFUSED" });
    peer.write(OPTIONS);
    await receiver.messages.at(1);
  });

  it("close() sends what is left, closes every connection and then resolves", async () => {
    await start();

    const all = await Promise.all(Array.from({ length: 20 }, () => client()));

    for (const peer of all) {
      peer.write(INVITE);
    }

    await receiver.messages.at(19);

    for (const { flow } of receiver.messages.items) {
      flow.send(response());
    }

    await transport.close();
    assert.equal(receiver.closed.items.length, 20);
    await Promise.all(all.map((peer) => peer.closes()));
    assert.ok(all.every((peer) => peer.text === response().toString("latin1")));
  });

  it("2,000 connections at once each get their own answers", async () => {
    await start({ limits: { maxConnectionsPerAddress: 2_000 } });
    receiver.onMessage = (message, flow) =>
      flow.send(response({ replace: { "Call-ID": `Call-ID: ${message.callId}` } }));

    const all = await Promise.all(Array.from({ length: 2_000 }, () => client()));

    for (const [index, peer] of all.entries()) {
      peer.write(request({ replace: { "Call-ID": `Call-ID: call-${index}@client` } }));
    }

    await Promise.all(all.map((peer, index) => peer.receives(`Call-ID: call-${index}@client\r\n`)));
    assert.equal(transport.connectionCount, 2_000);
  });
});
