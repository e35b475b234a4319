/** Requests that the proxy itself refuses, answers of user code that cross its routing, and targets that are reached another way. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

const cases = {
  forward: (request) => {
    see({ ["request " + request.callId]: request.method });
    return new SipProxy()
      .onTarget(({ transport, port }) => see({ ["target " + request.callId]: transport + " " + port }))
      .onError((status, reason, code) => see({ ["error " + request.callId]: code }))
      .route(request)
      .then(({ outcome }) => see({ ["outcome " + request.callId]: outcome }));
  },
  /** Gives up by itself while it rings. */
  async impatient(request) {
    const proxy = new SipProxy().onProvisionalResponse(() => see({ impatient: request.reply(480, "Changed Mind") }));
    const { outcome } = await proxy.route(request);
    see({ ["outcome " + request.callId]: outcome });
  },
  async fails(request) {
    new SipProxy().route(request);
    await pause(30);
    throw new Error("after route");
  },
  throwsAtAck(request) {
    if (request.method === "ACK") {
      throw new Error("at the ACK");
    }
    request.createTransaction();
    request.reply(200, undefined, ["Contact: <sip:throwsAtAck@home.example>"]);
  },
  ruri(request) {
    const names = [];
    for (const value of ["sip:x y", 5, undefined, ""]) {
      try { request.ruri = value; names.push("accepted"); } catch (error) { names.push(error.name); }
    }
    see({ ruri: [names, String(request.ruri)] });
    request.ruri = request.header("X-New");
    return new SipProxy().route(request);
  },
  tooLate(request) {
    setTimeout(() => {
      try { new SipProxy().route(request); } catch (error) { see({ tooLate: [error.name, request.reply(200)] }); }
    }, 20);
  },
  answered(request) {
    request.reply(404);
    try { new SipProxy().route(request); } catch (error) { see({ answered: error.name }); }
  },
};

export const sipEvents = {
  onRequest: (request) => cases[request.header("X-Case") ?? request.ruri.user](request),
};
`;

describe("the edges of a proxy's work", () => {
  let server: ApiServer;
  let caller: SipUserAgent;
  let callee: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC);
    caller = await server.client("udp");
    callee = await server.callee("udp");
  });

  afterEach(async () =>
    assert.deepEqual([...(await caller.takeWaiting()), ...(await callee.takeWaiting())], []),
  );

  after(async () => {
    await caller[Symbol.asyncDispose]();
    await callee[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it("RFC 3261 section 16.3 step 4: a request that is routed to this server itself comes back as a loop, 482", async () => {
    const { port } = server.address("udp");
    const { callId } = caller.sendRequest("MESSAGE", { ruri: `sip:forward@127.0.0.1:${port}` });

    await caller.nextResponse(482);
    // User code is not asked the second time.
    assert.deepEqual(server.allSeen(`request ${callId}`), ["MESSAGE"]);
  });

  it("section 16.3 step 5: Proxy-Require of what is not known is answered 420 with Unsupported, and user code is not asked", async () => {
    const { callId } = caller.sendRequest("MESSAGE", {
      ruri: callee.uri("forward"),
      extra: ["Proxy-Require: privacy, foo"],
    });
    const response = await caller.nextResponse(420);

    assert.deepEqual(response.headerAll("Unsupported"), ["privacy", "foo"]);
    assert.deepEqual(server.allSeen(`request ${callId}`), []);
  });

  it("a reply of user code while it rings is the answer: the callee gets CANCEL", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: callee.uri("impatient") });

    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 180);

    // The 180 goes up after its callback, which is after the final answer: not any more.
    const answer = await caller.nextResponse(480);

    assert.equal(answer.reasonPhrase, "Changed Mind");
    caller.sendWithin(invite, "ACK", answer.toTag);
    callee.reply(await callee.nextRequest("CANCEL"), 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
    assert.equal(await server.sees<unknown>("impatient"), true);
    assert.equal(await server.sees<unknown>(`outcome ${invite.callId}`), "canceled");
  });

  it("an error of onRequest after route: 500, and the callee gets CANCEL", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: callee.uri("fails") });

    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 100);

    const answer = await caller.nextResponse(500);

    caller.sendWithin(invite, "ACK", answer.toTag);
    callee.reply(await callee.nextRequest("CANCEL"), 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
  });

  it("an error of onRequest at an ACK is logged and answers nothing", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: "sip:throwsAtAck@home.example" });

    await caller.nextResponse(100);

    const { toTag = "" } = await caller.nextResponse(200);

    caller.sendRequest("ACK", { ruri: "sip:throwsAtAck@home.example", callId: invite.callId, toTag });
    await server.process.line(/at the ACK/);
  });

  it("a Request-URI that is none is refused with an error, and one that is is the callee's", async () => {
    caller.sendRequest("MESSAGE", { ruri: "sip:ruri@home.example", extra: [`X-New: ${callee.uri("new")}`] });

    const received = await callee.nextRequest("MESSAGE");

    assert.equal(received.requestUriText, callee.uri("new"));
    callee.reply(received, 200);
    await caller.nextResponse(200);

    const [names, kept] = await server.sees<[string[], string]>("ruri");

    assert.equal(kept, "sip:ruri@home.example");
    assert.equal(names.length, 4);
    assert.ok(
      names.every((name) => name !== "accepted"),
      String(names),
    );
  });

  it("a request that nobody kept cannot be routed afterwards, nor one that was answered", async () => {
    caller.sendRequest("MESSAGE", { ruri: "sip:tooLate@home.example" });
    assert.deepEqual(await server.sees<unknown>("tooLate"), ["InvalidStateError", false]);
    caller.sendRequest("MESSAGE", { ruri: "sip:answered@home.example" });
    await caller.nextResponse(404);
    assert.equal(await server.sees<unknown>("answered"), "InvalidStateError");
  });

  it("RFC 3261 section 18.1.1: a request too large for UDP tries TCP, and UDP after all where nobody listens", async () => {
    const body = "x".repeat(2000);
    const { callId } = caller.sendRequest("MESSAGE", { ruri: callee.uri("forward"), body });
    const received = await callee.nextRequest("MESSAGE");

    assert.equal(received.topVia.transport, "UDP");
    assert.equal(received.bodyText, body);
    callee.reply(received, 200);
    await caller.nextResponse(200);
    assert.deepEqual(server.allSeen(`target ${callId}`), [`udp ${callee.port}`]);
    await server.process.line(new RegExp(`tcp.*:${callee.port}`));
  });

  it("sips: the request takes TLS, and its Record-Route is sips (RFC 5630)", async () => {
    await using secure = await server.callee("tls");
    await using secureCaller = await server.client("tls");
    const invite = secureCaller.sendRequest("INVITE", {
      ruri: `sips:forward@${secure.address}`,
      extra: [`Contact: <sips:me@${secureCaller.address}>`],
    });

    await secureCaller.nextResponse(100);

    const received = await secure.nextRequest("INVITE");

    assert.equal(received.topVia.transport, "TLS");
    assert.ok(received.recordRoutes.length > 0);
    assert.ok(received.recordRoutes.every(({ scheme }) => scheme === "sips"));
    secure.reply(received, 200, { extra: [`Contact: <sips:me@${secure.address}>`] });
    await secureCaller.nextResponse(200);
    secureCaller.sendRequest("ACK", {
      ruri: `sips:me@${secure.address}`,
      callId: invite.callId,
      toTag: "callee",
      extra: [...received.recordRoutes.map((route) => `Route: <${route.uri}>`).reverse(), "X-Case: forward"],
    });
    await secure.nextRequest("ACK");
  });

  it("several messages in one TCP segment, and one in many, are all answered in their order", async () => {
    await using stream = await server.client("tcp");
    await using streamCallee = await server.callee("tcp");
    const texts = ["one", "two", "three"].map((id) =>
      [
        `MESSAGE ${streamCallee.uri("forward")} SIP/2.0`,
        `Via: SIP/2.0/TCP ${stream.address};branch=z9hG4bK${id}`,
        `From: <sip:a@example.com>;tag=${id}`,
        "To: <sip:b@example.com>",
        `Call-ID: segment-${id}`,
        "CSeq: 1 MESSAGE",
        "Max-Forwards: 70",
        `Content-Length: ${id.length}`,
        "",
        id,
      ].join("\r\n"),
    );

    stream.send(texts.join("\r\n\r\n"));

    for (const id of ["one", "two", "three"]) {
      const received = await streamCallee.nextRequest("MESSAGE");

      assert.equal(received.bodyText, id);
      streamCallee.reply(received, 200, { body: `to ${id}` });
    }

    for (const id of ["one", "two", "three"]) {
      assert.equal((await stream.nextResponse(200)).bodyText, `to ${id}`);
    }

    for (const character of texts[0]?.replaceAll("one", "four") ?? "") {
      stream.send(character);
    }

    // Content-Length says three: the fourth character begins what is no message, so the connection ends after this one.
    const received = await streamCallee.nextRequest("MESSAGE");

    assert.equal(received.bodyText, "fou");
  });

  it("a caller whose connection is gone costs nothing: the call ends downstream as the callee says, and the server goes on", async () => {
    const gone = await server.client("tcp");
    const { callId } = gone.sendRequest("INVITE", { ruri: callee.uri("forward") });

    await gone.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    await gone.close();
    await gone[Symbol.asyncDispose]();
    callee.reply(received, 486);
    await callee.nextRequest("ACK");
    assert.equal(await server.sees<unknown>(`outcome ${callId}`), "response");
    caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    await caller.nextResponse(200);
  });

  it("a 2xx of a second branch downstream goes up as well (RFC 6026 section 8.4)", async () => {
    caller.sendRequest("INVITE", { ruri: callee.uri("forward") });
    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    for (const toTag of ["one", "two"]) {
      callee.reply(received, 200, { toTag, extra: [callee.contact] });
      assert.equal((await caller.nextResponse(200)).toTag, toTag);
    }
  });

  it("a response that nobody waits for is dropped, and neither side hears of it", async () => {
    caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });

    const received = await callee.nextRequest("MESSAGE");
    const [ownVia = "", ...others] = received.headerAll("Via");
    const text = (via: string) =>
      [
        "SIP/2.0 200 Forged",
        ...[via, ...others].map((value) => `Via: ${value}`),
        `From: ${received.header("From")}`,
        `To: ${received.header("To")};tag=forged`,
        `Call-ID: ${received.callId}`,
        "CSeq: 1 MESSAGE",
        "Content-Length: 0",
        "",
        "",
      ].join("\r\n");

    // A branch that was never made, and a sent-by that is not this server's (RFC 3261 section 18.1.2).
    callee.answer(received, text(ownVia.replace(/branch=.*/, "branch=z9hG4bKforged")));
    callee.answer(received, text(ownVia.replace("127.0.0.1", "192.0.2.1")));
    callee.reply(received, 202);
    await caller.nextResponse(202);
  });
});
