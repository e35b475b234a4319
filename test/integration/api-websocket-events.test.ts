/** webSocketEvents of user code, against real clients: onConnection, httpReject, cvars, onDisconnection. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { ApiServer } from "../support/api-server.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { clientFrame, HANDSHAKE_ANSWER, handshakeRequest, OPCODE } from "../support/ws-handshake.ts";

const LOGIC = `
import { SipProxy } from "oversip";
let waitingToken;
export const webSocketEvents = {
  async onConnection(connection, httpRequest) {
    const user = httpRequest.header("x-user") ?? "nobody";
    connection.cvars.user = user;
    see({ ["connection " + user]: {
      transport: connection.transport, remoteIp: connection.remoteIp, remoteIpType: connection.remoteIpType,
      remotePort: connection.remotePort, isOpen: connection.isOpen, isOpenedByServer: connection.isOpenedByServer,
      method: httpRequest.method, version: httpRequest.version, url: httpRequest.url, path: httpRequest.path,
      query: httpRequest.query, room: httpRequest.searchParams.get("room"), cookies: httpRequest.cookies,
      host: httpRequest.host, port: httpRequest.port, origin: httpRequest.origin, protocols: httpRequest.protocols,
      all: httpRequest.headerAll("X-Many"), httpRemoteIp: httpRequest.remoteIp, isSame: httpRequest.connection === connection,
    } });
    switch (user) {
      case "rejected": see({ rejected: [connection.httpReject(), connection.isOpen] }); break;
      case "rejectedInFull":
        connection.httpReject(302, "Go Elsewhere", { Location: "https://elsewhere.example/", "X-Many": ["a", "b"] });
        break;
      case "rejectedBadly":
        for (const values of [[99], [200], [403, "a\\r\\nb"], [403, "No", { "X-A": "a\\r\\nX-B: c" }]]) {
          try { connection.httpReject(...values); see({ badly: "accepted" }); } catch (error) { see({ badly: error.name }); }
        }
        break;
      case "throws": throw new Error("thrown by onConnection");
      case "rejects": await pause(1); throw new Error("rejected by onConnection");
      case "slow": await pause(100); break;
      case "closes": connection.close(); break;
      case "waits": waitingToken = connection.flowToken; break;
    }
  },
  onDisconnection(connection, clientClosed) {
    let late;
    try { connection.httpReject(); } catch (error) { late = error.name; }
    see({ ["disconnection " + connection.cvars.user]: [clientClosed, connection.isOpen, connection.close(), late] });
    if (connection.cvars.user === "disconnectionThrows") {
      throw new Error("thrown by onDisconnection");
    }
  },
};
export const sipEvents = {
  async onRequest(request) {
    if (request.ruri.user === "waits") {
      if (!request.inDialog) { request.routeOutboundFlowToken = waitingToken; }
      request.looseRoute();
      await new SipProxy().route(request);
    } else if (request.ruri.user === "close") {
      see({ closeBadly: (() => { try { request.connection.close(1005); } catch (error) { return error.name; } })() });
      see({ close: request.connection.close(4321, "enough") });
    } else {
      request.reply(200, undefined, ["X-User: " + request.cvars.user]);
    }
  },
};
`;

describe("webSocketEvents", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start(LOGIC);
  });

  after(() => server[Symbol.asyncDispose]());

  /** The HTTP answer to a handshake that is refused. */
  const refused = async (user: string): Promise<IncomingMessage> => {
    const { port } = server.address("ws");
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, ["sip"], { headers: { "X-User": user } });

    const [, response] = (await once(webSocket, "unexpected-response")) as [unknown, IncomingMessage];

    response.resume();

    return response;
  };

  for (const transport of ["ws", "wss"] as const) {
    for (const ip of ["127.0.0.1", "::1"]) {
      it(`onConnection sees the handshake over ${transport} from ${ip}, and its cvars are those of the requests`, async () => {
        const user = `${transport} ${ip}`;
        const address = server.address(transport, ip);
        await using agent = await server.client(transport, {
          ip,
          headers: {
            "X-User": user,
            "X-Many": "one",
            Cookie: 'session=abc; name=%C3%BC; q="x"',
            Origin: "https://App.example",
          },
        });

        agent.sendRequest("OPTIONS", { ruri: "sip:home.example" });
        assert.equal((await agent.nextResponse(200)).header("X-User"), user);
        assert.deepEqual(await server.sees(`connection ${user}`), {
          transport,
          remoteIp: ip,
          remoteIpType: ip === "::1" ? "ipv6" : "ipv4",
          remotePort: agent.port,
          isOpen: true,
          isOpenedByServer: false,
          method: "GET",
          version: "1.1",
          url: "/path?room=7",
          path: "/path",
          query: "room=7",
          room: "7",
          cookies: { session: "abc", name: "ü", q: "x" },
          host: ip === "::1" ? "[::1]" : ip,
          port: address.port,
          origin: "https://app.example",
          protocols: ["sip"],
          all: ["one"],
          httpRemoteIp: ip,
          isSame: true,
        });
      });
    }
  }

  it("a client that has sent nothing is called by the flow token that onConnection read", async () => {
    await using waiting = await server.client("ws", { headers: { "X-User": "waits" } });
    await using caller = await server.client();
    const call = caller.sendRequest("INVITE", { ruri: "sip:waits@home.example" });
    const invite = await waiting.nextRequest("INVITE");

    waiting.reply(invite, 200, {
      extra: [
        `Contact: ${waiting.uri("waits")}`,
        ...invite.headerAll("Record-Route").map((value) => `Record-Route: ${value}`),
      ],
    });
    await caller.nextResponse(100);

    const accepted = await caller.nextResponse(200);
    const within = {
      ruri: "sip:waits@waiting.invalid",
      callId: call.callId,
      toTag: "callee",
      extra: [...accepted.headerAll("Record-Route")].reverse().map((value) => `Route: ${value}`),
    };

    caller.sendRequest("ACK", within);
    await waiting.nextRequest("ACK");
    caller.sendRequest("BYE", { ...within, cseq: 2 });
    waiting.reply(await waiting.nextRequest("BYE"), 200);
    await caller.nextResponse(200);
  });

  it("httpReject answers 403 by itself, and the connection is none", async () => {
    const response = await refused("rejected");

    assert.deepEqual([response.statusCode, response.statusMessage], [403, "Forbidden"]);
    assert.deepEqual(await server.sees<unknown>("rejected"), [true, false]);
  });

  it("httpReject takes status, reason and headers", async () => {
    const { statusCode, statusMessage, headers } = await refused("rejectedInFull");

    assert.deepEqual([statusCode, statusMessage], [302, "Go Elsewhere"]);
    assert.deepEqual([headers["location"], headers["x-many"]], ["https://elsewhere.example/", "a, b"]);
  });

  it("httpReject throws for what must not be written, and the handshake goes on", async () => {
    await using agent = await server.client("ws", { headers: { "X-User": "rejectedBadly" } });

    agent.sendRequest("OPTIONS", { ruri: "sip:home.example" });
    await agent.nextResponse(200);
    assert.deepEqual(server.allSeen("badly"), [
      "TypeError",
      "TypeError",
      "HeaderValueError",
      "HeaderValueError",
    ]);
  });

  for (const [user, text] of [
    ["throws", "thrown by onConnection"],
    ["rejects", "rejected by onConnection"],
  ] as const) {
    it(`onConnection that ${user} is answered HTTP 500 without a detail, and logged`, async () => {
      const response = await refused(user);

      assert.equal(response.statusCode, 500);
      assert.doesNotMatch(`${response.statusMessage} ${JSON.stringify(response.rawHeaders)}`, /onConnection/);
      await server.process.line(new RegExp(text));
    });
  }

  it("a connection that was refused has no onDisconnection", () => {
    for (const user of ["rejected", "rejectedInFull", "throws", "rejects"]) {
      assert.deepEqual(server.allSeen(`disconnection ${user}`), [], user);
    }
  });

  it("frames that come before onConnection is done wait for it", async () => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: server.address("ws").port });
    const request = [
      "OPTIONS sip:home.example SIP/2.0",
      "Via: SIP/2.0/WS waits.invalid;branch=z9hG4bKwaits",
      "From: <sip:a@example.com>;tag=a",
      "To: <sip:b@example.com>",
      "Call-ID: waits",
      "CSeq: 1 OPTIONS",
      "Max-Forwards: 70",
      "",
      "",
    ].join("\r\n");

    peer.write(
      Buffer.concat([
        Buffer.from(handshakeRequest({ extra: ["X-User: slow"] })),
        clientFrame(OPCODE.text, request),
      ]),
    );
    await peer.receives("X-User: slow");
    assert.ok(peer.text.startsWith(HANDSHAKE_ANSWER));
    assert.match(peer.text, /SIP\/2\.0 200 OK/);
    await peer.destroy();
  });

  it("closing in onConnection drops the handshake", async () => {
    await assert.rejects(server.client("ws", { headers: { "X-User": "closes" } }));
  });

  for (const transport of ["ws", "wss"] as const) {
    it(`onDisconnection is called once when a client closes over ${transport}: clientClosed is true`, async () => {
      const user = `leaves ${transport}`;
      const agent = await server.client(transport, { headers: { "X-User": user } });

      await agent.close();
      assert.deepEqual(await server.sees<unknown>(`disconnection ${user}`), [
        true,
        false,
        false,
        "InvalidStateError",
      ]);
      assert.equal(server.allSeen(`disconnection ${user}`).length, 1);
    });

    it(`onDisconnection is called once when user code closes over ${transport}: clientClosed is false`, async () => {
      const user = `sent away ${transport}`;
      await using agent = await server.client(transport, { headers: { "X-User": user } });

      agent.sendRequest("OPTIONS", { ruri: "sip:close@home.example" });
      await agent.closed();

      const [clientClosed] = await server.sees<boolean[]>(`disconnection ${user}`);

      assert.equal(clientClosed, false);
      assert.equal(server.allSeen(`disconnection ${user}`).length, 1);
    });
  }

  it("close takes a code and a reason, and refuses a code that must not be sent", async () => {
    const { port } = server.address("ws");
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/`, ["sip"], { headers: { "X-User": "code" } });

    await once(webSocket, "open");
    webSocket.send(
      [
        "OPTIONS sip:close@home.example SIP/2.0",
        "Via: SIP/2.0/WS code.invalid;branch=z9hG4bKcode",
        "From: <sip:a@example.com>;tag=a",
        "To: <sip:b@example.com>",
        "Call-ID: code",
        "CSeq: 1 OPTIONS",
        "",
        "",
      ].join("\r\n"),
    );

    const [code, reason] = (await once(webSocket, "close")) as [number, Buffer];

    assert.deepEqual([code, reason.toString()], [4321, "enough"]);
    assert.deepEqual(server.allSeen("closeBadly").at(-1), "TypeError");
  });

  it("onDisconnection that throws is logged and nothing else", async () => {
    const agent = await server.client("ws", { headers: { "X-User": "disconnectionThrows" } });

    await agent.close();
    await server.process.line(/thrown by onDisconnection/);

    await using other = await server.client("ws");

    other.sendRequest("OPTIONS", { ruri: "sip:home.example" });
    await other.nextResponse(200);
  });

  it("a client that drops the connection without a close frame is gone once", async () => {
    const agent = await server.client("ws", { headers: { "X-User": "dropped" } });

    await agent[Symbol.asyncDispose]();
    await server.sees("disconnection dropped");
    assert.equal(server.allSeen("disconnection dropped").length, 1);
  });
});
