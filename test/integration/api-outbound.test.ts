/**
 * This server as edge proxy of RFC 5626 with real connections: a client
 * registers through it, and calls find the client's own connection.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { API_CONFIGURATION, ApiServer } from "../support/api-server.ts";
import type { SipUserAgent, UserAgentTransport } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

export const sipEvents = {
  async onRequest(request) {
    if (request.header("X-Fix-Nat") === "yes") {
      request.fixNat();
    }
    const isInDialogRoute = request.looseRoute();
    see({ [request.callId + " " + request.method]: [isInDialogRoute, request.outgoingOutboundRequested, request.incomingOutboundRequested] });
    // A REGISTER, and calls of clients, go where the header says; all others where their Route and Request-URI do.
    const destination = request.header("X-Destination");
    const result = await new SipProxy()
      .onError((...values) => see({ ["error " + request.callId]: values }))
      .route(request, destination === undefined ? undefined : { host: "127.0.0.1", port: Number(destination), transport: "udp" });
    see({ ["outcome " + request.callId]: result.outcome });
  },
};
`;

describe("RFC 5626 end to end", () => {
  let server: ApiServer;
  let registrar: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, {
      "oversip.conf": API_CONFIGURATION.replace("sip:\n", "sip:\n  flow_timer: 77\n"),
    });
  });

  beforeEach(async () => {
    registrar = await server.callee("udp");
  });

  afterEach(async () => {
    const waiting = await registrar.takeWaiting();

    await registrar[Symbol.asyncDispose]();
    assert.deepEqual(waiting, []);
  });

  after(() => server[Symbol.asyncDispose]());

  const contactOf = (client: SipUserAgent): string =>
    client.transport === "udp"
      ? client.uri("alice")
      : `sip:alice@client.invalid;transport=${client.transport}`;

  /** Registers, and returns the Path that the registrar was given. */
  const register = async (client: SipUserAgent, extra: readonly string[] = []): Promise<string> => {
    const { callId } = client.sendRequest("REGISTER", {
      ruri: "sip:home.example",
      extra: [
        `Contact: <${contactOf(client)}>;reg-id=1;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000000001>"`,
        "Supported: path, outbound",
        `X-Destination: ${registrar.port}`,
        ...extra,
      ],
    });
    const received = await registrar.nextRequest("REGISTER");

    assert.deepEqual(await server.sees<unknown>(`${callId} REGISTER`), [false, true, false]);
    assert.equal(received.hasHeader("Record-Route"), false);
    // RFC 5626 section 5.1: the Path URI at the client's side carries token and ob. INTEROP: that at the registrar's has ob.
    assert.deepEqual(
      received.paths.map(({ hasOb }) => hasOb),
      [true, true],
    );
    assert.equal(received.paths[0]?.user, undefined);

    const path = received.paths.at(-1);

    assert.ok(path !== undefined);
    assert.deepEqual([path.hasOb, path.hasLr], [true, true]);
    assert.ok((path.user ?? "") !== "", "the flow token");
    registrar.reply(received, 200, {
      extra: [...received.headerAll("Path").map((value) => `Path: ${value}`), "Require: outbound"],
    });

    const response = await client.nextResponse(200);

    assert.equal(response.header("Flow-Timer"), "77");
    assert.equal(response.header("Require"), "outbound");

    return received
      .headerAll("Path")
      .map((value) => `Route: ${value}`)
      .join("\r\n");
  };

  for (const transport of ["udp", "tcp", "tls", "ws", "wss"] as const) {
    it(`a call reaches a client that registered over ${transport} on its own connection, and the dialog's requests follow`, async () => {
      await using client = await server.client(transport);
      await using stranger = await server.client(transport);
      const routes = await register(client);
      const invite = registrar.sendRequest("INVITE", {
        ruri: contactOf(client),
        extra: [...routes.split("\r\n"), registrar.contact],
      });

      await registrar.nextResponse(100);

      const received = await client.nextRequest("INVITE");

      // The ob of its Route is the client's: the caller has asked for nothing.
      assert.deepEqual(await server.sees<unknown>(`${invite.callId} INVITE`), [false, false, true]);
      assert.deepEqual(
        received.recordRoutes.map(({ user }) => user !== undefined),
        [true, false],
      );
      assert.equal(received.requestUriText, contactOf(client));
      assert.deepEqual(received.routes, []);
      client.reply(received, 180);
      await registrar.nextResponse(180);
      client.reply(received, 200, { extra: [`Contact: <${contactOf(client)};ob>`] });

      const { recordRoutes, toTag = "" } = await registrar.nextResponse(200);

      // The caller's route set is the Record-Route backwards, the callee's as it stands (RFC 3261 section 12.1).
      const callerRoutes = recordRoutes.map((route) => `Route: <${route.uri}>`).reverse();
      const calleeRoutes = recordRoutes.map((route) => `Route: <${route.uri}>`);
      const inDialog = { ruri: contactOf(client), callId: invite.callId, toTag };

      registrar.sendRequest("ACK", { ...inDialog, extra: callerRoutes });
      assert.deepEqual((await client.nextRequest("ACK")).routes, []);
      registrar.sendRequest("INFO", { ...inDialog, cseq: 2, extra: callerRoutes });
      client.reply(await client.nextRequest("INFO"), 200);
      await registrar.nextResponse(200);
      client.sendRequest("BYE", {
        ruri: registrar.uri("me"),
        callId: invite.callId,
        toTag: "caller",
        extra: calleeRoutes,
      });
      registrar.reply(await registrar.nextRequest("BYE"), 200);
      await client.nextResponse(200);
      assert.equal(stranger.waitingCount, 0);
    });

    it(`a call of a client over ${transport} whose Contact has ob: requests of the callee come back on its connection`, async () => {
      await using client = await server.client(transport);
      const invite = client.sendRequest("INVITE", {
        ruri: "sip:bob@home.example",
        extra: [`Contact: <${contactOf(client)};ob>`, `X-Destination: ${registrar.port}`],
      });

      await client.nextResponse(100);

      const received = await registrar.nextRequest("INVITE");
      const routes = received.recordRoutes.map((route) => `Route: <${route.uri}>`);

      assert.deepEqual(await server.sees<unknown>(`${invite.callId} INVITE`), [false, true, false]);
      registrar.reply(received, 200, { extra: [registrar.contact] });
      await client.nextResponse(200);
      client.sendRequest("ACK", {
        ruri: registrar.uri("me"),
        callId: invite.callId,
        toTag: "callee",
        extra: [...routes].reverse(),
      });
      await registrar.nextRequest("ACK");
      registrar.sendRequest("BYE", {
        ruri: contactOf(client),
        callId: invite.callId,
        toTag: "caller",
        extra: routes,
      });
      client.reply(await client.nextRequest("BYE"), 200);
      await registrar.nextResponse(200);
      assert.deepEqual(await server.sees<unknown>(`${invite.callId} BYE`), [true, false, true]);
    });
  }

  for (const transport of ["tcp", "tls", "ws", "wss"] as UserAgentTransport[]) {
    it(`section 5.3: after its connection over ${transport} has closed: 430 Flow Failed flow_failed, although the client is back`, async () => {
      const client = await server.client(transport);
      const routes = await register(client);

      await client.close();
      await client[Symbol.asyncDispose]();
      await using again = await server.client(transport);

      await register(again);

      const { callId } = registrar.sendRequest("MESSAGE", {
        ruri: contactOf(again),
        extra: routes.split("\r\n"),
      });

      assert.equal((await registrar.nextResponse(430)).reasonPhrase, "Flow Failed");
      assert.deepEqual(await server.sees<unknown>(`error ${callId}`), [430, "Flow Failed", "flow_failed"]);
      assert.equal(again.waitingCount, 0);
    });
  }

  for (const transport of ["udp", "tcp", "ws"] as const) {
    it(`SECURITY: a forged token of ${transport} is refused with 403, and nothing is sent`, async () => {
      await using client = await server.client(transport);
      const routes = await register(client);
      // The last Route is the one with the token; one character of it is another.
      const forged = [5, 12, 20].map((index) => {
        const at = routes.lastIndexOf("<sip:") + "<sip:".length + index;

        return `${routes.slice(0, at)}${routes[at] === "A" ? "B" : "A"}${routes.slice(at + 1)}`;
      });

      for (const text of forged) {
        const { callId } = registrar.sendRequest("MESSAGE", {
          ruri: contactOf(client),
          extra: text.split("\r\n"),
        });

        assert.equal((await registrar.nextResponse(403)).reasonPhrase, "Forbidden");
        assert.deepEqual(await server.sees<unknown>(`error ${callId}`), [403, "Forbidden", "flow_failed"]);
      }

      assert.equal(client.waitingCount, 0);
      registrar.sendRequest("MESSAGE", { ruri: contactOf(client), extra: routes.split("\r\n") });
      client.reply(await client.nextRequest("MESSAGE"), 200);
      await registrar.nextResponse(200);
    });
  }

  it("SECURITY: a UDP token that spells an address of the sender's choice is none", async () => {
    await using victim = await server.callee("udp");
    const { port } = server.address("udp");
    // What OverSIP 2.0 would have taken for a flow.
    const token = `_${Buffer.from(`127.0.0.1_${victim.port}`).toString("base64").replace(/=/g, "-")}`;

    registrar.sendRequest("MESSAGE", {
      ruri: registrar.uri("self"),
      extra: [`Route: <sip:${token}@127.0.0.1:${port};lr;ob;ovid=0123456789abcdef>`],
    });
    await registrar.nextResponse(403);
    assert.equal(victim.waitingCount, 0);
  });

  for (const transport of ["udp", "tcp", "ws"] as const) {
    it(`fixNat has calls reach a client over ${transport} that knows nothing of Outbound`, async () => {
      await using client = await server.client(transport);
      const contact = "sip:alice@192.168.1.2:5060";

      client.sendRequest("REGISTER", {
        ruri: "sip:home.example",
        // Neither rport nor an address that anybody can reach.
        sentBy: "192.168.1.2:5060",
        extra: [`Contact: <${contact}>`, `X-Destination: ${registrar.port}`, "X-Fix-Nat: yes"],
      });

      const received = await registrar.nextRequest("REGISTER");

      registrar.reply(received, 200);
      await client.nextResponse(200);
      registrar.sendRequest("MESSAGE", {
        ruri: contact,
        extra: received.headerAll("Path").map((value) => `Route: ${value}`),
      });

      const message = await client.nextRequest("MESSAGE");

      assert.equal(message.requestUriText, contact);
      client.reply(message, 200);
      await registrar.nextResponse(200);
    });
  }

  it("a REGISTER without reg-id gets a Path without token, and no Flow-Timer", async () => {
    await using client = await server.client("tcp");

    client.sendRequest("REGISTER", {
      ruri: "sip:home.example",
      extra: [`Contact: <${contactOf(client)}>`, `X-Destination: ${registrar.port}`],
    });

    const received = await registrar.nextRequest("REGISTER");

    for (const path of received.paths) {
      assert.deepEqual([path.hasOb, path.user], [false, undefined]);
    }

    registrar.reply(received, 200);
    assert.equal((await client.nextResponse(200)).hasHeader("Flow-Timer"), false);
  });
});
