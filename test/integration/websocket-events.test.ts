/** The user's `webSocketEvents` at a WebSocket client's connection. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { InvalidStateError } from "../../src/errors/errors.ts";
import type { HttpRequest } from "../../src/transport/http-request.ts";
import type { WebSocketConnection } from "../../src/transport/web-socket-connection.ts";
import { EventLog } from "../support/event-log.ts";
import { requestOf } from "../support/message-bytes.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { WsClient } from "../support/ws-client.ts";
import { clientFrame, HANDSHAKE_ANSWER, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";
import { WsServer } from "../support/ws-server.ts";

const NO_BODY = "Connection: close\r\nContent-Length: 0\r\n\r\n";

interface Connected {
  readonly connection: WebSocketConnection;
  readonly request: HttpRequest;
}

describe("webSocketEvents", () => {
  let server: WsServer;
  let connected: EventLog<Connected>;
  let disconnected: EventLog<{ readonly connection: WebSocketConnection; readonly clientClosed: boolean }>;

  beforeEach(async () => {
    server = await WsServer.start({ limits: { callbackTimeoutMs: 500 } });
    connected = new EventLog();
    disconnected = new EventLog();
    server.handlers.onConnection = (connection, request) => connected.push({ connection, request });
    server.handlers.onDisconnection = (connection, clientClosed) =>
      disconnected.push({ connection, clientClosed });
  });

  afterEach(async () => {
    await server.close();
    assert.equal(server.transport.connectionCount, 0);
  });

  const open = () => StreamPeer.connect({ host: "127.0.0.1", port: server.port });
  const url = () => `ws://127.0.0.1:${server.port}/phone?token=abc`;

  async function answerTo(request: string): Promise<string> {
    const peer = await open();

    peer.write(request);
    await peer.closes();

    return peer.text;
  }

  it("onConnection is given the connection and the request, before the handshake is answered", async () => {
    const client = await WsClient.connect(url(), {
      origin: "https://phone.example.com",
      headers: { cookie: "a=1" },
    });
    const { connection, request } = await connected.at(0);

    assert.equal(connection.transport, "ws");
    assert.equal(connection.remoteIp, "127.0.0.1");
    assert.equal(connection.remoteIpType, "ipv4");
    assert.equal(connection.remoteDescription, `127.0.0.1:${connection.remotePort}`);
    assert.equal(connection.isOpen, true);
    assert.equal(connection.flowToken, `token-of-${connection.remoteDescription}`);
    assert.equal(Object.getPrototypeOf(connection.cvars), null);
    assert.equal(request.connection, connection);
    assert.equal(request.method, "GET");
    assert.equal(request.version, "1.1");
    assert.equal(request.path, "/phone");
    assert.equal(request.searchParams.get("token"), "abc");
    assert.equal(request.origin, "https://phone.example.com");
    assert.equal(request.host, "127.0.0.1");
    assert.equal(request.port, server.port);
    assert.deepEqual(request.protocols, ["sip"]);
    assert.equal(request.cookies["a"], "1");
    assert.equal(request.remoteIp, "127.0.0.1");
    await client.close();
  });

  it("cvars that onConnection sets are those of the connection's messages", async () => {
    server.handlers.onConnection = (connection) => {
      connection.cvars["user"] = "alice";
    };

    const client = await WsClient.connect(url());

    client.webSocket.send(requestOf("OPTIONS"));
    assert.equal((await server.receiver.messages.at(0)).flow.cvars["user"], "alice");
    await client.close();
  });

  it("what the client sends before onConnection has settled waits", async () => {
    const events: string[] = [];
    let settle = (): void => {};

    server.receiver.onMessage = () => events.push("message");
    server.handlers.onConnection = async (connection, request) => {
      connected.push({ connection, request });
      await new Promise<void>((resolve) => {
        settle = resolve;
      });
      events.push("settled");
    };

    const peer = await open();

    peer.write(
      Buffer.concat([Buffer.from(handshakeRequest()), clientFrame(OPCODE.text, requestOf("OPTIONS"))]),
    );
    await connected.at(0);
    peer.write(clientFrame(OPCODE.text, requestOf("OPTIONS")));
    assert.equal(peer.text, "");
    settle();
    await server.receiver.messages.at(1);
    assert.deepEqual(events, ["settled", "message", "message"]);
    await peer.receives(HANDSHAKE_ANSWER);
    await peer.destroy();
  });

  it("httpReject answers 403 by default", async () => {
    server.handlers.onConnection = (connection) => {
      assert.equal(connection.httpReject(), true);
      assert.equal(connection.isOpen, false);
    };

    assert.equal(await answerTo(handshakeRequest()), `HTTP/1.1 403 Forbidden\r\n${NO_BODY}`);
  });

  it("httpReject answers as it is told, also after a while", async () => {
    server.handlers.onConnection = async (connection) => {
      await new Promise((resolve) => setImmediate(resolve));
      connection.httpReject(401, "Who are you", { "WWW-Authenticate": ['Basic realm="a"', "Bearer"] });
    };

    assert.equal(
      await answerTo(handshakeRequest()),
      `HTTP/1.1 401 Who are you\r\nWWW-Authenticate: Basic realm="a"\r\nWWW-Authenticate: Bearer\r\n${NO_BODY}`,
    );
  });

  it("a refused connection was never a WebSocket: no onDisconnection, and its flow ends", async () => {
    server.handlers.onConnection = (connection) => void connection.httpReject();
    await answerTo(handshakeRequest());
    await server.receiver.closed.at(0);
    await server.close();
    assert.equal(server.receiver.closed.items.length, 1);
    assert.equal(disconnected.items.length, 0);
  });

  it("httpReject where there is no handshake (any more) throws, and leaves the connection alone", async () => {
    const client = await WsClient.connect(url());
    const { connection } = await connected.at(0);

    assert.throws(() => connection.httpReject(), InvalidStateError);
    assert.throws(() => connection.httpReject(200), TypeError);
    assert.equal(connection.isOpen, true);
    await client.close();
    await disconnected.at(0);
    assert.throws(() => connection.httpReject(), InvalidStateError);
  });

  it("close within onConnection drops the connection", async () => {
    server.handlers.onConnection = (connection) => {
      assert.equal(connection.close(), true);
      assert.equal(connection.close(), false);
    };

    assert.equal(await answerTo(handshakeRequest()), "");
    assert.equal(disconnected.items.length, 0);
  });

  it("a throw in onConnection is logged and answered with 500", async () => {
    server.handlers.onConnection = () => {
      throw new Error("no database");
    };

    assert.equal(await answerTo(handshakeRequest()), `HTTP/1.1 500 Internal Server Error\r\n${NO_BODY}`);
    assert.deepEqual(server.logger.textsOf("error"), ["no database"]);
  });

  it("a rejection of onConnection is logged and answered with 500", async () => {
    server.handlers.onConnection = async () => {
      await new Promise((resolve) => setImmediate(resolve));

      throw new Error("database went away");
    };

    assert.equal(await answerTo(handshakeRequest()), `HTTP/1.1 500 Internal Server Error\r\n${NO_BODY}`);
    assert.deepEqual(server.logger.textsOf("error"), ["database went away"]);
  });

  it("onConnection that never settles is answered with 500, and settling late changes nothing", async () => {
    let settle = (): void => {};

    server.handlers.onConnection = () =>
      new Promise<void>((resolve) => {
        settle = resolve;
      });
    assert.equal(await answerTo(handshakeRequest()), `HTTP/1.1 500 Internal Server Error\r\n${NO_BODY}`);
    settle();
    await server.receiver.closed.at(0);
    assert.equal(disconnected.items.length, 0);
  });

  it("a client that has gone when onConnection settles is no connection", async () => {
    let settle = (): void => {};

    server.handlers.onConnection = (connection, request) => {
      connected.push({ connection, request });

      return new Promise<void>((resolve) => {
        settle = resolve;
      });
    };

    const peer = await open();

    peer.write(handshakeRequest());
    await connected.at(0);
    peer.socket.resetAndDestroy();
    await peer.closes();
    await server.connectionCountBecomes(0);
    settle();
    await server.receiver.closed.at(0);
    await server.transport.close();
    assert.equal(server.receiver.closed.items.length, 1);
  });

  it("onDisconnection tells that the client closed, once", async () => {
    const client = await WsClient.connect(url());

    await client.close();

    const { connection, clientClosed } = await disconnected.at(0);

    assert.equal(clientClosed, true);
    assert.equal(connection, (await connected.at(0)).connection);
    assert.equal(connection.isOpen, false);
    assert.equal(connection.close(), false);
    assert.deepEqual(server.receiver.closed.items, [connection]);
    assert.equal(disconnected.items.length, 1);
  });

  it("onDisconnection of a client that vanishes without a close frame: it closed", async () => {
    const client = await WsClient.connect(url());

    client.webSocket.terminate();
    assert.equal((await disconnected.at(0)).clientClosed, true);
  });

  it("onDisconnection tells that this server closed, with the code and reason that user code gave", async () => {
    const client = await WsClient.connect(url());
    const { connection } = await connected.at(0);

    assert.throws(() => connection.close(1006), TypeError);
    assert.equal(connection.close(3001, "moved"), true);
    assert.equal(connection.isOpen, false);
    assert.equal(connection.close(), false);
    assert.deepEqual(await client.closed(), { code: 3001, reason: "moved" });
    assert.equal((await disconnected.at(0)).clientClosed, false);
  });

  it("a throw or rejection in onDisconnection is logged", async () => {
    server.handlers.onDisconnection = () => {
      throw new Error("first");
    };
    await (await WsClient.connect(url())).close();
    await server.receiver.closed.at(0);
    server.handlers.onDisconnection = async () => {
      throw new Error("second");
    };

    const client = await WsClient.connect(url());

    await client.close();
    await server.receiver.closed.at(1);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(server.logger.textsOf("error"), ["first", "second"]);
  });

  it("handlers are looked up at each event: those of a reload count, and may be absent", async () => {
    delete server.handlers.onConnection;
    await (await WsClient.connect(url())).close();
    assert.equal(connected.items.length, 0);
    server.handlers.onConnection = (connection, request) => connected.push({ connection, request });
    delete server.handlers.onDisconnection;
    await (await WsClient.connect(url())).close();
    assert.equal(connected.items.length, 1);
  });

  it("requests that are no handshake never reach user code", async () => {
    await answerTo("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.status = "loading";
    await answerTo(handshakeRequest());
    assert.equal(connected.items.length, 0);
    assert.equal(server.receiver.closed.items.length, 0);
  });

  it("an origin that is not allowed never reaches user code (RFC 6455 section 10.2)", async () => {
    const strict = await WsServer.start({ allowedOrigins: ["https://Phone.example.com"] });

    try {
      strict.handlers.onConnection = (connection, request) => connected.push({ connection, request });

      const peer = await StreamPeer.connect({ host: "127.0.0.1", port: strict.port });

      peer.write(handshakeRequest({ extra: ["Origin: https://evil.example"] }));
      await peer.closes();
      assert.equal(peer.text, `HTTP/1.1 403 Origin Not Allowed\r\n${NO_BODY}`);
      assert.equal(connected.items.length, 0);

      const client = await WsClient.connect(`ws://127.0.0.1:${strict.port}`, {
        origin: "https://phone.example.com",
      });

      await client.close();
    } finally {
      await strict.close();
    }
  });

  it("close of the transport closes every connection with 1001, also those in a handshake", async () => {
    const client = await WsClient.connect(url());
    const idle = await open();

    server.handlers.onConnection = () => new Promise(() => {});

    const waiting = await open();

    waiting.write(handshakeRequest());
    await server.close();
    assert.deepEqual(await client.closed(), { code: 1001, reason: "" });
    await idle.closes();
    await waiting.closes();
    assert.deepEqual(
      disconnected.items.map(({ clientClosed }) => clientClosed),
      [false],
    );
  });

  it("after stopListening new connections are refused and open ones go on", async () => {
    const client = await WsClient.connect(url());

    server.transport.stopListening();
    await assert.rejects(open(), { code: "ECONNREFUSED" });
    client.webSocket.send(requestOf("OPTIONS"));
    await server.receiver.messages.at(0);
    await client.close();
  });
});
