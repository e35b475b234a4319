/** User code judges TLS peers: onClientTlsHandshake of SIP and WebSocket, onServerTlsHandshake, with the helpers of `tls`. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { API_CONFIGURATION, ApiServer } from "../support/api-server.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy, tls } from "oversip";

const judge = (name) => async (connection, certificates) => {
  const { cert, validated, errorCode, errorText } = tls.validate(certificates);
  const [identity] = tls.getSipIdentities(cert);
  see({ [name]: {
    identity, validated, errorCode,
    hasText: typeof errorText,
    count: certificates.length,
    isPem: certificates.every((pem) => pem.startsWith("-----BEGIN CERTIFICATE-----")),
    transport: connection.transport,
    isOpenedByServer: connection.isOpenedByServer,
    remote: connection.remoteIp + ":" + connection.remotePort,
  } });
  if (identity === "refused.example") {
    see({ closed: [connection.close(), connection.isOpen] });
  } else if (identity === "throws.example") {
    throw new Error("thrown by " + name);
  } else if (identity === "rejects.example") {
    await pause(1);
    throw new Error("rejected by " + name);
  }
  await pause(50);
  connection.cvars.judged = identity ?? "nobody";
};

export const sipEvents = {
  onRequest(request) {
    if (request.ruri.user === "judged") {
      request.reply(200, undefined, ["X-Judged: " + request.cvars.judged]);
    } else {
      new SipProxy(request.ruri.user === "unasked" ? "unasked" : "default_proxy")
        .onSuccessResponse((response) => response.setHeader("X-Judged", String(response.cvars.judged)))
        .onError((...values) => see({ ["error " + request.callId]: values }))
        .route(request);
    }
  },
  onClientTlsHandshake: judge("client"),
  onServerTlsHandshake: judge("server"),
};
export const webSocketEvents = {
  onClientTlsHandshake: judge("webSocket"),
  onConnection(connection) {
    see({ onConnection: connection.cvars.judged });
  },
};
`;

interface Judgement {
  readonly identity?: string;
  readonly validated: boolean;
  readonly remote: string;
}

describe("TLS peers judged by user code", () => {
  const authority = new CertificateAuthority();
  let server: ApiServer;
  let caller: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, {
      "proxies.conf": "default_proxy: {}\nunasked:\n  callback_on_server_tls_handshake: no\n",
    });
    caller = await server.client("udp");
  });

  after(async () => {
    await caller[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    authority.remove();
  });

  const leaf = (domain: string, by: CertificateAuthority = server.authority) =>
    by.leaf({ subjectAltNames: [`URI:sip:${domain}`] });
  const judgementOf = (name: string, { port }: SipUserAgent): Judgement | undefined =>
    (server.allSeen(name) as Judgement[]).find(({ remote }) => remote === `127.0.0.1:${port}`);

  for (const [transport, name] of [
    ["tls", "client"],
    ["wss", "webSocket"],
  ] as const) {
    it(`${transport}: a client with a certificate is shown with it, before anything of it is read`, async () => {
      await using agent = await server.client(transport, { identity: leaf("good.example") });

      agent.sendRequest("OPTIONS", { ruri: "sip:judged@home.example" });
      assert.equal((await agent.nextResponse(200)).header("X-Judged"), "good.example");
      assert.deepEqual(judgementOf(name, agent), {
        identity: "good.example",
        validated: true,
        hasText: "undefined",
        // OpenSSL sends what it knows of the chain: the authority too.
        count: 2,
        isPem: true,
        transport,
        isOpenedByServer: false,
        remote: `127.0.0.1:${agent.port}`,
      });

      if (transport === "wss") {
        assert.ok(server.allSeen("onConnection").includes("good.example"));
      }
    });

    it(`${transport}: a client without one has an empty list`, async () => {
      await using agent = await server.client(transport);

      agent.sendRequest("OPTIONS", { ruri: "sip:judged@home.example" });
      assert.equal((await agent.nextResponse(200)).header("X-Judged"), "nobody");

      const { count, validated } = judgementOf(name, agent) as Judgement & { count: number };

      assert.deepEqual([count, validated], [0, false]);
    });

    it(`${transport}: a certificate of an authority that is not ours is shown as such, and is user code's to refuse`, async () => {
      await using agent = await server.client(transport, { identity: leaf("stranger.example", authority) });

      agent.sendRequest("OPTIONS", { ruri: "sip:judged@home.example" });
      await agent.nextResponse(200);

      const judgement = judgementOf(name, agent) as Judgement & { hasText: string };

      assert.deepEqual([judgement.validated, judgement.hasText], [false, "string"]);
    });

    for (const domain of ["refused.example", "throws.example", "rejects.example"]) {
      it(`${transport}: ${domain} is closed, and nothing of it is read`, async () => {
        const connecting = server.client(transport, { identity: leaf(domain) });

        if (transport === "wss") {
          await assert.rejects(connecting);
        } else {
          await using agent = await connecting;

          agent.sendRequest("OPTIONS", { ruri: "sip:judged@home.example" });
          await agent.closed();
          assert.equal(agent.waitingCount, 0);
        }

        if (domain !== "refused.example") {
          await server.process.line(
            new RegExp(`${domain === "throws.example" ? "thrown" : "rejected"} by ${name}`),
          );
        }
      });
    }
  }

  it("closing is told at once: close is true, isOpen false", () => {
    assert.deepEqual(server.allSeen("closed"), [
      [true, false],
      [true, false],
    ]);
  });

  it("onServerTlsHandshake sees the callee's certificate before the request is sent; cvars are those of its responses", async () => {
    await using callee = await server.callee("tls", undefined, leaf("callee.example"));

    for (let round = 0; round < 2; round++) {
      caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });
      callee.reply(await callee.nextRequest("MESSAGE"), 200);
      assert.equal((await caller.nextResponse(200)).header("X-Judged"), "callee.example");
    }

    // The second request went over the same connection.
    assert.equal(callee.connectionCount, 1);

    const seen = server.allSeen("server") as (Judgement & { isOpenedByServer: boolean })[];

    assert.deepEqual(
      seen.map(({ identity, validated, isOpenedByServer, remote }) => ({
        identity,
        validated,
        isOpenedByServer,
        remote,
      })),
      [
        {
          identity: "callee.example",
          validated: true,
          isOpenedByServer: true,
          remote: `127.0.0.1:${callee.port}`,
        },
      ],
    );
  });

  it("closing it there: all that waits gets 500 TLS Validation Failed, nothing is sent, and the target is blacklisted", async () => {
    await using callee = await server.callee("tls", undefined, leaf("refused.example"));
    const sent = [
      caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") }),
      caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") }),
    ];

    for (const _ of sent) {
      assert.equal((await caller.nextResponse(500)).reasonPhrase, "TLS Validation Failed");
    }

    const again = caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });

    assert.equal((await caller.nextResponse(500)).reasonPhrase, "TLS Validation Failed");

    for (const { callId } of [...sent, again]) {
      assert.deepEqual(await server.sees<unknown>(`error ${callId}`), [
        500,
        "TLS Validation Failed",
        "tls_validation_failed",
      ]);
    }

    assert.deepEqual([callee.waitingCount, callee.connectionCount], [0, 1]);
  });

  for (const domain of ["throws.example", "rejects.example"]) {
    it(`onServerTlsHandshake that fails (${domain}) fails the request, which is not sent`, async () => {
      await using callee = await server.callee("tls", undefined, leaf(domain));

      caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });
      await caller.nextResponse(500);
      assert.equal(callee.waitingCount, 0);
      await server.process.line(/(thrown|rejected) by server/);
    });
  }

  it("callback_on_server_tls_handshake: no of the profile asks nobody", async () => {
    await using callee = await server.callee("tls", undefined, leaf("refused.example"));

    caller.sendRequest("MESSAGE", { ruri: callee.uri("unasked") });
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    assert.equal((await caller.nextResponse(200)).header("X-Judged"), "undefined");
  });
});

describe("callback_on_client_tls_handshake: no", () => {
  it("asks nobody, for SIP and WebSocket", async () => {
    await using server = await ApiServer.start(LOGIC, {
      "oversip.conf": API_CONFIGURATION.replace(
        /listen_port_tls: 0/g,
        "$&\n  callback_on_client_tls_handshake: no",
      ),
    });

    for (const transport of ["tls", "wss"] as const) {
      await using agent = await server.client(transport);

      agent.sendRequest("OPTIONS", { ruri: "sip:judged@home.example" });
      assert.equal((await agent.nextResponse(200)).header("X-Judged"), "undefined");
    }

    assert.deepEqual([server.allSeen("client"), server.allSeen("webSocket")], [[], []]);
  });
});
