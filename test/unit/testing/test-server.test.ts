/** `oversip/testing`: what a user's test can do with a server in memory. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SipEvents, WebSocketEvents } from "../../../src/index.ts";
import { type OversipModule, startTestServer } from "../../../src/testing/index.ts";

/** Handlers that send each request on. */
const proxyAll = ({ SipProxy }: OversipModule) => ({
  sipEvents: {
    async onRequest(request) {
      request.looseRoute();
      await new SipProxy().route(request);
    },
  } satisfies SipEvents,
});

describe("oversip/testing: requests and responses", () => {
  it("a request built in a line is answered, with what was left out filled in", async () => {
    await using edge = await startTestServer({
      events: () => ({ sipEvents: { onRequest: (request) => void request.reply(404, "Nobody") } }),
    });
    const options = await edge.request("OPTIONS sip:bob@example.com", {
      headers: { "X-Test": ["one", "two"], Subject: "grüße" },
      body: "hällo",
    });

    assert.equal(options.status, 404);
    assert.equal(options.finalResponse?.reasonPhrase, "Nobody");
    assert.deepEqual(options.request.headerAll("X-Test"), ["one", "two"]);
    assert.equal(options.request.header("Subject"), "grüße");
    assert.equal(options.request.bodyText, "hällo");
    assert.equal(options.request.contentLength, 6);
    assert.equal(options.request.maxForwards, 70);
    assert.deepEqual(
      edge.sent.map(({ transport, ip, port }) => `${transport} ${ip} ${port}`),
      ["udp 203.0.113.1 40001"],
    );
  });

  it("a header that the test gives replaces the one that would be filled in, in compact form too", async () => {
    await using edge = await startTestServer({
      events: () => ({ sipEvents: { onRequest: (request) => void request.reply(200) } }),
    });
    const { request } = await edge.request("INVITE sip:bob@example.com", {
      headers: ["f: <sip:carol@example.org>;tag=mine", "Max-Forwards: 3", "m: <sip:carol@192.0.2.9>"],
    });

    assert.equal(request.from.uri, "sip:carol@example.org");
    assert.equal(request.headerAll("From").length, 1);
    assert.equal(request.maxForwards, 3);
    assert.equal(request.headerAll("Contact").length, 1);

    const without = await edge.request("INVITE sip:bob@example.com", {
      headers: { "max-forwards": [], m: [], "X-None": [] },
    });

    assert.deepEqual(
      ["Max-Forwards", "Contact", "X-None"].filter((name) => without.request.hasHeader(name)),
      [],
    );
  });

  it("a whole call passes: responses, ACK, BYE from either side, by the route set", async () => {
    await using edge = await startTestServer({ events: proxyAll });
    const invite = await edge.request("INVITE sip:bob@198.51.100.7:5062");
    const forwarded = await edge.forwarded("INVITE");

    assert.deepEqual(forwarded.target, { transport: "udp", ip: "198.51.100.7", port: 5062 });
    assert.equal(forwarded.request.viaCount, 2);
    assert.equal(forwarded.request.maxForwards, 69);

    await forwarded.reply(180);
    await forwarded.reply(200, { headers: { "X-Answer": "yes" }, body: "v=0" });
    assert.deepEqual(
      invite.responses.map(({ statusCode }) => statusCode),
      [100, 180, 200],
    );
    assert.equal(invite.finalResponse?.header("X-Answer"), "yes");

    await invite.ack();

    const ack = await edge.forwarded("ACK");

    assert.equal(ack.request.cseq, 1);
    assert.equal(ack.request.hasHeader("Route"), false);

    const bye = await forwarded.inDialog("BYE");
    const hangup = await edge.forwarded("BYE");

    assert.deepEqual(hangup.target, { transport: "udp", ip: "203.0.113.1", port: 40_001 });
    await hangup.reply(200);
    assert.equal(bye.status, 200);

    const late = await invite.inDialog("BYE");

    assert.equal(late.request.cseq, 2);
    await (await edge.forwarded("BYE")).reply(481);
    assert.equal(late.status, 481);
  });

  it("a callee answers by its script, in time, and a CANCEL as a user agent does", async () => {
    await using edge = await startTestServer({ events: proxyAll });

    edge.callee({ ip: "198.51.100.7", answers: [180, { status: 200, afterMs: 3000 }] });
    edge.callee({
      ip: "198.51.100.8",
      answers: ({ request }) => (request.method === "INVITE" ? 180 : { status: 405, reason: "Never" }),
    });

    const answered = await edge.request("INVITE sip:bob@198.51.100.7");

    assert.equal(answered.responses.at(-1)?.statusCode, 180);
    await edge.advance(2999);
    assert.equal(answered.status, undefined);
    await edge.advance(1);
    assert.equal(answered.status, 200);

    const canceled = await edge.request("INVITE sip:bob@198.51.100.8");
    const cancel = await canceled.cancel();

    assert.equal(cancel.status, 200);
    assert.equal(canceled.status, 487);
    // RFC 3261 section 17.1.1.3: the ACK of the 487 came back by itself, so the server does not repeat it.
    const count = edge.sent.length;

    await edge.advance(10_000);
    assert.equal(edge.sent.slice(count).filter(({ message }) => message.isResponse).length, 0);

    const info = await edge.request("INFO sip:bob@198.51.100.8");

    assert.equal(info.finalResponse?.reasonPhrase, "Never");
  });

  it("time passes when the test says so: Timer A repeats, Timer B ends (RFC 3261 section 17.1.1.2)", async () => {
    await using edge = await startTestServer({
      events: proxyAll,
      profiles: { default_proxy: { timerB: 4 } },
    });
    const invite = await edge.request("INVITE sip:bob@198.51.100.7");

    await edge.advance(1500);
    assert.deepEqual(
      edge.sent.filter(({ ip }) => ip === "198.51.100.7").map(({ atMs }) => atMs),
      [0, 500, 1500],
    );
    assert.equal(invite.status, undefined);
    await edge.advance(2500);
    assert.equal(invite.status, 408);
    assert.equal(edge.nowMs, 4000);
  });

  it("a retransmission gets the same response and no second call of onRequest (RFC 3261 section 17.2.2)", async () => {
    let calls = 0;
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          onRequest(request) {
            calls++;
            request.createTransaction();
            request.reply(200);
          },
        },
      }),
    });
    const options = await edge.request("OPTIONS sip:bob@example.com");

    await options.retransmit();
    assert.equal(calls, 1);
    assert.deepEqual(
      options.responses.map(({ statusCode }) => statusCode),
      [200, 200],
    );
  });

  it("user code that waits for something else than promises is waited for", async () => {
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          async onRequest(request) {
            await new Promise((resolve) => setTimeout(resolve, 20));
            request.reply(202);
          },
        },
      }),
    });
    const message = await edge.request("MESSAGE sip:bob@example.com");

    assert.equal((await message.response()).statusCode, 202);
  });

  it("what never comes fails with what the server did instead", async () => {
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          onRequest() {
            throw new Error("a bug of the user's");
          },
        },
      }),
      waitMs: 5,
    });
    const options = await edge.request("OPTIONS sip:bob@example.com");

    await assert.rejects(options.response(200), (error: Error) => {
      assert.match(error.message, /^no 200 response to OPTIONS within 5 ms\n/);
      assert.match(error.message, /0 ms: SIP\/2\.0 500 Internal Error to udp 203\.0\.113\.1 port 40001/);
      assert.match(error.message, /error: a bug of the user's/);

      return true;
    });
  });

  it("a malformed message is answered as from the network (RFC 3261 section 16.3)", async () => {
    await using edge = await startTestServer({ events: proxyAll });
    const peer = await edge.connect();

    await peer.send(
      "OPTIONS sip:bob@example.com SIP/2.0\nVia: SIP/2.0/UDP 203.0.113.1:40001;branch=z9hG4bKx\n" +
        "From: <sip:a@b.c>;tag=1\nTo: <sip:b@b.c>\nCall-ID: 1\nCSeq: 1 INVITE\n\n",
    );
    assert.match(String(peer.messages[0]), /^SIP\/2\.0 400 /);
  });
});

describe("oversip/testing: where requests go", () => {
  it("names are resolved by the table of the test, and the next target is tried (RFC 3263 sections 4.2 and 4.3)", async () => {
    await using edge = await startTestServer({
      events: proxyAll,
      dns: {
        "SRV _sip._udp.example.com": ["10 0 5080 one.example.com", "20 0 5090 two.example.com"],
        "A one.example.com": ["198.51.100.1"],
        "A two.example.com": ["198.51.100.2"],
      },
    });

    edge.callee({ ip: "198.51.100.1", port: 5080, answers: [503] });
    edge.callee({ ip: "198.51.100.2", port: 5090, answers: [200] });

    const options = await edge.request("OPTIONS sip:bob@example.com");

    assert.equal((await options.response()).statusCode, 200);
    assert.ok(edge.dnsQuestions.includes("SRV _sip._udp.example.com"));

    const unknown = await edge.request("OPTIONS sip:bob@nowhere.example");

    assert.equal((await unknown.response()).statusCode, 404);
  });

  it("a server that cannot be reached fails, over TCP and over UDP", async () => {
    await using edge = await startTestServer({ events: proxyAll });

    edge.callee({ ip: "198.51.100.7", transport: "tcp", isReachable: false });
    edge.callee({ ip: "198.51.100.7", isReachable: false });

    const overTcp = await edge.request("OPTIONS sip:bob@198.51.100.7;transport=tcp");
    const overUdp = await edge.request("OPTIONS sip:bob@198.51.100.7");

    assert.equal((await overTcp.response()).statusCode, 500);
    assert.equal((await overUdp.response()).statusCode, 500);
  });

  it("onServerTlsHandshake sees the certificates, and closing fails the request", async () => {
    const seen: unknown[] = [];
    await using edge = await startTestServer({
      events: ({ SipProxy }) => ({
        sipEvents: {
          async onRequest(request) {
            await new SipProxy().route(request);
          },
          onServerTlsHandshake(connection, certificates) {
            seen.push(connection.domain, certificates);

            if (certificates.length === 0) {
              connection.close();
            }
          },
        },
      }),
      dns: { "A tls.example.com": ["198.51.100.9"] },
    });

    edge.callee({ transport: "tls", ip: "198.51.100.7", certificates: ["a PEM text"], answers: [200] });

    const trusted = await edge.request("OPTIONS sip:bob@198.51.100.7;transport=tls");
    const refused = await edge.request("OPTIONS sip:bob@tls.example.com:5061;transport=tls");

    assert.equal((await trusted.response()).statusCode, 200);
    assert.equal((await refused.response()).reasonPhrase, "TLS Validation Failed");
    assert.deepEqual(seen, [undefined, ["a PEM text"], "tls.example.com", []]);
  });
});

describe("oversip/testing: connections", () => {
  const webSocketEvents = (seen: unknown[]): WebSocketEvents => ({
    async onConnection(connection, httpRequest) {
      await Promise.resolve();
      connection.cvars["user"] = httpRequest.searchParams.get("user");

      if (httpRequest.origin !== "https://example.com") {
        connection.httpReject(403, "Not From There", { "X-Why": "origin" });
      }
    },
    onDisconnection(connection, clientClosed) {
      seen.push(connection.cvars["user"], clientClosed);
    },
  });

  it("a WebSocket client is asked for, may be refused, has variables, and goes", async () => {
    const seen: unknown[] = [];
    await using edge = await startTestServer({
      events: () => ({
        webSocketEvents: webSocketEvents(seen),
        sipEvents: { onRequest: (request) => void request.reply(200, `Hello ${request.cvars["user"]}`) },
      }),
    });
    const browser = await edge.connect({
      transport: "wss",
      path: "/?user=alice",
      httpHeaders: { Origin: "https://example.com" },
    });
    const options = await edge.request("OPTIONS sip:bob@example.com", { from: browser });

    assert.equal(browser.isOpen, true);
    assert.equal(options.finalResponse?.reasonPhrase, "Hello alice");
    assert.deepEqual({ ...browser.cvars }, { user: "alice" });
    await browser.close();
    assert.deepEqual(seen, ["alice", true]);

    const stranger = await edge.connect({ transport: "ws" });

    assert.equal(stranger.isOpen, false);
    assert.equal(stranger.refusal?.statusCode, 403);
    assert.equal(stranger.refusal?.reasonPhrase, "Not From There");
    assert.deepEqual(stranger.refusal?.headers, [["X-Why", "origin"]]);
    await assert.rejects(edge.request("OPTIONS sip:a@b.example", { from: stranger }), /no open connection/);
    assert.deepEqual(seen, ["alice", true]);
  });

  it("a handshake that is none of RFC 7118 is refused before the user's code", async () => {
    await using edge = await startTestServer({ events: () => ({ webSocketEvents: webSocketEvents([]) }) });
    const other = await edge.connect({ transport: "ws", httpHeaders: { "Sec-WebSocket-Protocol": "chat" } });

    assert.equal(other.refusal?.statusCode, 501);
  });

  it("user code closes a WebSocket with a code", async () => {
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          onRequest(request) {
            request.reply(403);

            const { connection } = request;

            if ("httpReject" in connection) {
              (connection as typeof connection & { close(code: number, reason: string): boolean }).close(
                4003,
                "enough",
              );
            }
          },
        },
      }),
    });
    const browser = await edge.connect({ transport: "ws" });

    await browser.request("OPTIONS sip:bob@example.com");
    assert.deepEqual(browser.closing, { code: 4003, reason: "enough" });
    assert.equal(browser.isOpen, false);
  });

  it("onClientTlsHandshake refuses a client, by closing or by throwing", async () => {
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          onRequest: (request) => void request.reply(200),
          async onClientTlsHandshake(connection, certificates) {
            if (certificates.length === 0) {
              connection.close();
            } else if (certificates[0] === "bad") {
              throw new Error("bad certificate");
            }
          },
        },
      }),
    });
    const trusted = await edge.connect({ transport: "tls", certificates: ["good"] });

    assert.equal(trusted.isOpen, true);
    assert.equal((await trusted.request("OPTIONS sip:a@b.example")).status, 200);
    assert.equal((await edge.connect({ transport: "tls" })).isOpen, false);
    assert.equal((await edge.connect({ transport: "tls", certificates: ["bad"] })).isOpen, false);
    assert.ok(edge.log.some(({ level, text }) => level === "error" && text === "bad certificate"));
  });

  it("a browser is called back on its connection, by the flow token of its Path (RFC 5626 section 5.3)", async () => {
    await using edge = await startTestServer({
      events: ({ SipProxy }) => ({
        sipEvents: {
          onRequest(request) {
            request.looseRoute();

            if (request.method === "REGISTER") {
              request.fixNat();
              new SipProxy().route(request, { host: "198.51.100.20" });
            } else {
              new SipProxy().route(request);
            }
          },
        },
      }),
    });
    const browser = await edge.connect({ transport: "wss", ip: "2001:db8::5" });

    await edge.request("REGISTER sip:example.com", { from: browser });

    const register = await edge.forwarded("REGISTER");
    const path = register.request.headerAll("Path");

    assert.ok(path.length > 0);
    await register.reply(200);
    await edge.request("INVITE sip:alice@client.invalid", { headers: { Route: path } });

    const invite = await browser.received("INVITE");

    assert.equal(invite.target.ip, "2001:db8::5");
    assert.equal(invite.target.transport, "wss");
  });

  it("behind a NAT, fixNat sends the response to where the request came from", async () => {
    await using edge = await startTestServer({
      events: () => ({
        sipEvents: {
          onRequest(request) {
            if (request.requestUriText.includes("fix")) {
              request.fixNat();
            }

            request.reply(200);
          },
        },
      }),
    });
    const phone = await edge.connect({ ip: "203.0.113.9", port: 4444, sentBy: "10.0.0.5:5060" });
    const headers = { Via: "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKnat" };

    await phone.request("OPTIONS sip:fix@example.com", { headers });
    await phone.request("OPTIONS sip:other@example.com", {
      headers: { Via: "SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKnat2" },
    });
    assert.deepEqual(
      edge.sent.map(({ ip, port }) => `${ip} ${port}`),
      ["203.0.113.9 4444", "203.0.113.9 5060"],
    );
  });
});
