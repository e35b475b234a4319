/** The callbacks of SipProxy, their arguments, order and edits, and what both sides get on the wire. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

/** A proxy that tells everything, twice for each kind, slowly. */
const tell = (request) => {
  const proxy = new SipProxy();
  const say = (...what) => see({ [request.callId]: what });
  const both = (name, describe) => {
    proxy[name](async (...values) => {
      say(name, ...describe(...values));
      await pause(20);
      say(name, "ends");
    });
    proxy[name](async (...values) => {
      say(name, "second");
      await pause(20);
      values[0]?.setHeader?.("X-Awaited", name);
    });
  };
  const ofResponse = (response) => [response.statusCode, response.reasonPhrase, response.toTag ?? null, response.sourcePort];

  both("onProvisionalResponse", ofResponse);
  both("onSuccessResponse", ofResponse);
  both("onFailureResponse", ofResponse);
  both("onTarget", (target) => [target, proxy.currentTarget, proxy.request === request]);
  both("onCanceled", () => []);
  both("onInviteTimeout", () => []);
  both("onError", (...values) => values);

  return proxy;
};

const cases = {
  async tell(request) {
    const result = await tell(request).route(request);
    see({ ["outcome " + request.callId]: [result.outcome, result.response?.statusCode ?? null] });
  },
  errors(request) {
    new SipProxy()
      .onTarget(() => { throw new Error("one of onTarget"); })
      .onTarget(async () => { throw new Error("two of onTarget"); })
      .onTarget(() => request.setHeader("X-Target", "third"))
      .onSuccessResponse(() => { throw new Error("one of onSuccessResponse"); })
      .onSuccessResponse(async () => { throw new Error("two of onSuccessResponse"); })
      .onSuccessResponse((response) => response.setHeader("X-Third", "runs"))
      .route(request);
  },
  addresses(request) {
    request.from.displayName = "Anonymous";
    request.from.user = "anonymous";
    request.from.host = "anonymous.invalid";
    request.to.user = "robert";
    request.ruri.user = "robert";
    new SipProxy()
      .onProvisionalResponse((response) => see({ [request.callId]: [String(response.from), String(response.to)] }))
      .route(request);
  },
  edits(request) {
    const edit = (response) => {
      response.statusCode = Number(request.header("X-Status"));
      response.reasonPhrase = "Made here";
      response.deleteHeader("X-Callee");
      response.setHeader("Content-Type", "text/plain");
      response.body = "new body";
    };
    new SipProxy().onProvisionalResponse(edit).onSuccessResponse(edit).onFailureResponse(edit).route(request);
  },
  unsendable(request) {
    new SipProxy().onSuccessResponse((response) => { response.statusCode = 99; }).route(request);
  },
  never(request) {
    new SipProxy().onProvisionalResponse(() => new Promise(() => {})).route(request);
  },
  throwsInCopy(request) {
    new SipProxy().onTarget(() => request.setHeader("To", "<garbage")).route(request);
  },
  throwsInCopyAwaited(request) {
    new SipProxy().onTarget(async () => request.setHeader("To", "<garbage")).route(request);
  },
  twice(request) {
    new SipProxy().route(request);
    try {
      new SipProxy().route(request);
    } catch (error) {
      see({ twice: error.name });
    }
  },
  forward: (request) => new SipProxy().route(request),
};

export const sipEvents = {
  onRequest: (request) => cases[request.header("X-Case") ?? request.ruri.user](request),
};
`;

describe("the callbacks of SipProxy", () => {
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

  const target = () => ({ transport: "udp", ip: "127.0.0.1", ipType: "ipv4", port: callee.port });
  const twice = (name: string, ...what: readonly unknown[]): unknown[] => [
    [name, ...what],
    [name, "ends"],
    [name, "second"],
  ];

  it("run in order, each awaited, before the response goes up: onTarget, onProvisionalResponse of all but 100, onSuccessResponse of each 2xx", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: callee.uri("tell"), extra: [caller.contact] });

    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 100);
    callee.reply(received, 180, { toTag: "one" });
    callee.reply(received, 183, { toTag: "one", reason: "Going on" });
    callee.reply(received, 200, { toTag: "one", extra: [callee.contact] });
    // RFC 3261 section 13.3.1.4: the callee repeats its 200 until it gets the ACK.
    callee.reply(received, 200, { toTag: "one", extra: [callee.contact] });

    for (const [status, name] of [
      [180, "onProvisionalResponse"],
      [183, "onProvisionalResponse"],
      [200, "onSuccessResponse"],
      [200, "onSuccessResponse"],
    ] as const) {
      assert.equal((await caller.nextResponse(status)).header("X-Awaited"), name);
    }

    assert.deepEqual(await server.sees<unknown>(`outcome ${invite.callId}`), ["response", 200]);
    assert.deepEqual(server.allSeen(invite.callId), [
      ...twice("onTarget", target(), target(), true),
      ...twice("onProvisionalResponse", 180, "Ringing", "one", callee.port),
      ...twice("onProvisionalResponse", 183, "Going on", "one", callee.port),
      ...twice("onSuccessResponse", 200, "OK", "one", callee.port),
      ...twice("onSuccessResponse", 200, "OK", "one", callee.port),
    ]);
  });

  for (const status of [302, 404, 486, 500, 603]) {
    it(`onFailureResponse gets ${status}, which the callee has its ACK of at once`, async () => {
      const invite = caller.sendRequest("INVITE", { ruri: callee.uri("tell") });

      await caller.nextResponse(100);
      callee.reply(await callee.nextRequest("INVITE"), status);
      await callee.nextRequest("ACK");

      const response = await caller.nextResponse(status);

      caller.sendWithin(invite, "ACK", response.toTag);
      assert.equal(response.header("X-Awaited"), "onFailureResponse");
      assert.deepEqual(await server.sees<unknown>(`outcome ${invite.callId}`), ["response", status]);
      assert.deepEqual(
        server.allSeen(invite.callId).slice(3),
        twice("onFailureResponse", status, response.reasonPhrase, "callee", callee.port),
      );
    });
  }

  it("an error in one is logged with its stack, and the others still run", async () => {
    caller.sendRequest("MESSAGE", { ruri: callee.uri("errors") });

    const received = await callee.nextRequest("MESSAGE");

    assert.equal(received.header("X-Target"), "third");
    callee.reply(received, 200);
    assert.equal((await caller.nextResponse(200)).header("X-Third"), "runs");

    for (const which of [
      "one of onTarget",
      "two of onTarget",
      "one of onSuccessResponse",
      "two of onSuccessResponse",
    ]) {
      await server.process.line(new RegExp(which));
    }
  });

  it("From and To that are changed go downstream, INVITE, CANCEL and ACK alike, and are the caller's own upstream", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: callee.uri("addresses") });

    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");
    const changed = {
      from: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=caller',
      to: "<sip:robert@example.com>",
      uri: callee.uri("robert"),
      via: received.header("Via"),
    };
    const of = (request: typeof received) => ({
      from: request.header("From"),
      to: request.header("To"),
      uri: request.requestUriText,
      via: request.header("Via"),
    });

    assert.deepEqual(of(received), changed);
    callee.reply(received, 180);

    const ringing = await caller.nextResponse(180);
    const restored = ['"Alice" <sip:alice@example.org>;tag=caller', "<sip:bob@example.com>;tag=callee"];

    assert.deepEqual([ringing.header("From"), ringing.header("To")], restored);
    caller.sendWithin(invite, "CANCEL");
    await caller.nextResponse(200);

    const cancel = await callee.nextRequest("CANCEL");

    assert.deepEqual(of(cancel), changed);
    callee.reply(cancel, 200);
    callee.reply(received, 487);
    assert.deepEqual(of(await callee.nextRequest("ACK")), { ...changed, to: `${changed.to};tag=callee` });

    const response = await caller.nextResponse(487);

    assert.deepEqual([response.header("From"), response.header("To")], restored);
    caller.sendWithin(invite, "ACK", "callee");
  });

  for (const [status, becomes] of [
    [180, 183],
    [404, 480],
    [200, 202],
  ] as const) {
    it(`a callback can make ${becomes} of a ${status}: status, reason, header fields and body`, async () => {
      const invite = caller.sendRequest("INVITE", {
        ruri: callee.uri("edits"),
        extra: [`X-Status: ${becomes}`],
      });

      await caller.nextResponse(100);

      const received = await callee.nextRequest("INVITE");

      callee.reply(received, status, { extra: ["X-Callee: yes", "Content-Type: a/b"], body: "old" });

      const response = await caller.nextResponse(becomes);

      assert.equal(response.reasonPhrase, "Made here");
      assert.equal(response.hasHeader("X-Callee"), false);
      assert.deepEqual(response.headerAll("Content-Type"), ["text/plain"]);
      assert.equal(response.bodyText, "new body");

      if (status === 180) {
        callee.reply(received, 486);
        await caller.nextResponse(becomes);
      }

      if (status !== 200) {
        await callee.nextRequest("ACK");
      }

      if (becomes >= 300) {
        caller.sendWithin(invite, "ACK", "callee");
      }
    });
  }

  it("a response that a callback makes unsendable costs its request no answer", async () => {
    caller.sendRequest("MESSAGE", { ruri: callee.uri("unsendable") });
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    // Setting the status throws in the callback: the response goes up as it came.
    await caller.nextResponse(200);
  });

  it("one that never settles holds up its own request alone", async () => {
    const invite = caller.sendRequest("INVITE", { ruri: callee.uri("never") });

    await caller.nextResponse(100);

    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 180);
    caller.sendRequest("MESSAGE", { ruri: callee.uri("forward") });
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    await caller.nextResponse(200);
    // Nor can the caller be kept from giving up.
    caller.sendWithin(invite, "CANCEL");
    await caller.nextResponse(200);
    callee.reply(await callee.nextRequest("CANCEL"), 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
  });

  for (const user of ["throwsInCopy", "throwsInCopyAwaited"]) {
    it(`what user code makes unforwardable in onTarget (${user}) fails the request with 500`, async () => {
      const invite = caller.sendRequest("INVITE", { ruri: callee.uri(user) });

      await caller.nextResponse(100);

      const { toTag } = await caller.nextResponse(500);

      caller.sendWithin(invite, "ACK", toTag);
    });
  }

  it("a second route while the first is under way throws InvalidStateError, and the first goes on", async () => {
    caller.sendRequest("MESSAGE", { ruri: callee.uri("twice") });
    assert.equal(await server.sees<unknown>("twice"), "InvalidStateError");
    callee.reply(await callee.nextRequest("MESSAGE"), 200);
    await caller.nextResponse(200);
  });

  it("a retransmission of the request is answered from the transaction, and runs none of them again", async () => {
    const sent = caller.sendRequest("MESSAGE", { ruri: callee.uri("tell") });
    const received = await callee.nextRequest("MESSAGE");

    callee.reply(received, 200);
    await caller.nextResponse(200);
    caller.send(sent.text);
    await caller.nextResponse(200);
    assert.equal(server.allSeen(sent.callId).length, 6);
  });
});
