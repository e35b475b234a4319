/** Serial forking, dropped responses, aborted and blacklisted targets, and where `route` sends a request, on the wire. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

/** "X-Next: 127.0.0.1:5070;tcp" */
const nextOf = (request) => {
  const [, host, port, transport] = /^(.*):(\\d+)(?:;(\\w+))?$/.exec(request.header("X-Next"));

  return { host, port: Number(port), transport };
};
const report = (request, results) =>
  see({ [request.callId]: results.map(({ outcome, response, status, reason, code }) => [outcome, response?.statusCode ?? status, code ?? reason ?? null]) });

const cases = {
  /** The second try begins in the callback of the first. */
  inCallback(request) {
    const proxy = new SipProxy();
    let isSecond = false;
    proxy.onFailureResponse(async (response) => {
      if (!isSecond) {
        isSecond = true;
        proxy.dropResponse(request.header("X-199") === "yes" ? response : undefined);
        request.setHeader("X-Try", "second");
        report(request, [await proxy.route(request, nextOf(request))]);
      }
    });
    return proxy.route(request);
  },
  otherProxyInCallback(request) {
    const first = new SipProxy();
    first.onFailureResponse(() => {
      first.dropResponse();
      new SipProxy("other").onSuccessResponse((response) => response.setHeader("X-Proxy", "other")).route(request, nextOf(request));
    });
    first.route(request);
  },
  async awaited(request) {
    const proxy = new SipProxy().onFailureResponse(() => proxy.dropResponse());
    const first = await proxy.route(request);
    proxy.clearOnFailureResponse();
    request.setHeader("X-Try", "second");
    const second = await proxy.route(request, nextOf(request));
    report(request, [first, second]);
  },
  async dropBefore(request) {
    const proxy = new SipProxy();
    proxy.dropResponse();
    const first = await proxy.route(request);
    report(request, [first, await proxy.route(request, nextOf(request))]);
  },
  async dropped(request) {
    const proxy = new SipProxy();
    proxy.onSuccessResponse(() => proxy.dropResponse());
    const { response } = await proxy.route(request);
    request.reply(202, "Instead of " + response.statusCode);
  },
  dropProvisional(request) {
    const proxy = new SipProxy();
    proxy.onProvisionalResponse((response) => {
      if (response.statusCode === 183) proxy.dropResponse();
    }).route(request);
  },
  async abort(request) {
    const proxy = new SipProxy()
      .onTarget((target) => {
        see({ ["target " + request.callId]: target.port });
        proxy.abortRouting();
      })
      .onError((...values) => see({ ["error " + request.callId]: values }));
    report(request, [await proxy.route(request)]);
  },
  async abortAndDrop(request) {
    const proxy = new SipProxy()
      .onTarget(async () => proxy.abortRouting())
      .onError(() => proxy.dropResponse());
    await proxy.route(request);
    request.reply(488);
  },
  async blacklist(request) {
    const values = JSON.parse(request.header("X-Arguments"));
    const proxy = new SipProxy()
      .onTarget(() => see({ ["target " + request.callId]: true }))
      .onError((...values) => see({ ["error " + request.callId]: values }))
      .onFailureResponse(() => proxy.addTargetToBlacklist(...values));
    await proxy.route(request);
  },
  blacklistErrors(request) {
    const proxy = new SipProxy();
    const names = [];
    proxy.addTargetToBlacklist();
    for (const values of [[1], [601], ["x"], [10, 99]]) {
      try {
        proxy.addTargetToBlacklist(...values);
        names.push("accepted");
      } catch (error) {
        names.push(error.name);
      }
    }
    see({ blacklistErrors: names });
    request.reply(200);
  },
  destination(request) {
    return new SipProxy().route(request, nextOf(request));
  },
  badDestination(request) {
    const names = [];
    for (const destination of [{}, { host: "" }, { host: "a", port: 0 }, { host: "a", port: 65536 }, { host: "a", transport: 1 }, null, "a"]) {
      try {
        new SipProxy().route(request, destination);
        names.push("accepted");
      } catch (error) {
        names.push(error.name);
      }
    }
    try {
      new SipProxy(String("nowhere"));
    } catch (error) {
      names.push(error.name, error.message);
    }
    see({ badDestination: names });
    request.reply(200);
  },
  async ack(request) {
    const result = await new SipProxy().route(request);
    if (request.method === "ACK") see({ ["ack " + request.callId]: result });
  },
};

export const sipEvents = {
  onRequest: (request) => cases[request.header("X-Case") ?? request.ruri.user](request),
};
`;

describe("what SipProxy does with its targets", () => {
  let server: ApiServer;
  let caller: SipUserAgent;
  let first: SipUserAgent;
  let second: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, { "proxies.conf": "default_proxy: {}\nother: {}\n" });
    caller = await server.client("udp");
    first = await server.callee("udp");
    second = await server.callee("tcp");
  });

  afterEach(async () => {
    for (const agent of [caller, first, second]) {
      assert.deepEqual(await agent.takeWaiting(), []);
    }
  });

  after(async () => {
    await caller[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const next = () => `X-Next: ${second.address};tcp`;

  /** INVITE of the caller; its 100 is taken. */
  const invite = async (user: string, extra: readonly string[] = []) => {
    const sent = caller.sendRequest("INVITE", { ruri: first.uri(user), extra: [...extra, next()] });

    await caller.nextResponse(100);

    return sent;
  };

  /** The first callee refuses, and the second is called. */
  const refuseAndAccept = async (status = 486) => {
    const received = await first.nextRequest("INVITE");

    first.reply(received, status, { toTag: "first", reason: "No, thanks" });
    await first.nextRequest("ACK");

    const other = await second.nextRequest("INVITE");

    second.reply(other, 200, { toTag: "second", extra: [second.contact] });

    return { received, other };
  };

  for (const user of ["inCallback", "otherProxyInCallback", "awaited", "dropBefore"]) {
    it(`serial forking (${user}): the first response is not sent up, the second callee's is`, async () => {
      const sent = await invite(user);
      const { received, other } = await refuseAndAccept();

      assert.notEqual(other.topVia.branch, received.topVia.branch);
      assert.equal(other.viaCount, 2);
      assert.equal(other.requestUriText, received.requestUriText);

      const answer = await caller.nextResponse(200);

      assert.equal(answer.toTag, "second");

      if (user === "inCallback" || user === "awaited") {
        assert.equal(other.header("X-Try"), "second");
      }

      if (user === "otherProxyInCallback") {
        assert.equal(answer.header("X-Proxy"), "other");
      } else {
        assert.deepEqual(
          await server.sees<unknown>(sent.callId),
          user === "inCallback"
            ? [["response", 200, null]]
            : [
                ["response", 486, null],
                ["response", 200, null],
              ],
        );
      }
    });
  }

  it("RFC 6228: dropResponse(response) sends 199 for each early dialog to a caller that supports it, and to no other", async () => {
    await invite("inCallback", ["X-199: yes", "Supported: 199"]);

    const received = await first.nextRequest("INVITE");

    first.reply(received, 180, { toTag: "early" });
    assert.equal((await caller.nextResponse(180)).toTag, "early");
    first.reply(received, 404, { toTag: "final", reason: "Not here" });
    await first.nextRequest("ACK");

    for (const toTag of ["early", "final"]) {
      const response = await caller.nextResponse(199);

      assert.equal(response.reasonPhrase, "Early Dialog Terminated");
      assert.equal(response.toTag, toTag);
      assert.match(response.header("Reason") ?? "", /^SIP ?; ?cause=404 ?; ?text="Not here"$/);
    }

    second.reply(await second.nextRequest("INVITE"), 200);
    await caller.nextResponse(200);

    await invite("inCallback", ["X-199: yes"]);
    await refuseAndAccept();
    await caller.nextResponse(200);
  });

  it("a dropped 2xx of another request leaves the answer to user code", async () => {
    caller.sendRequest("MESSAGE", { ruri: first.uri("dropped") });
    first.reply(await first.nextRequest("MESSAGE"), 200);
    assert.equal((await caller.nextResponse(202)).reasonPhrase, "Instead of 200");
  });

  it("dropResponse in onProvisionalResponse drops that one alone", async () => {
    await invite("dropProvisional");

    const received = await first.nextRequest("INVITE");

    for (const status of [180, 183, 181, 200]) {
      first.reply(received, status);
    }

    for (const status of [180, 181, 200]) {
      await caller.nextResponse(status);
    }
  });

  it("abortRouting in onTarget: nothing is sent, onError, 403 Destination Aborted", async () => {
    const { callId } = caller.sendRequest("MESSAGE", { ruri: first.uri("abort") });

    assert.equal((await caller.nextResponse(403)).reasonPhrase, "Destination Aborted");
    assert.deepEqual(await server.sees<unknown>(callId), [["error", 403, "destination_aborted"]]);
    assert.deepEqual(server.allSeen(`target ${callId}`), [first.port]);
    assert.deepEqual(server.allSeen(`error ${callId}`), [
      [403, "Destination Aborted", "destination_aborted"],
    ]);
  });

  it("abortRouting in an awaited onTarget, with its error dropped, leaves the answer to user code", async () => {
    caller.sendRequest("MESSAGE", { ruri: first.uri("abortAndDrop") });
    await caller.nextResponse(488);
  });

  it("addTargetToBlacklist: the next request fails with 403 Destination Blacklisted, or with what was given, without being sent", async () => {
    for (const [values, status, reason] of [
      [[2], 403, "Destination Blacklisted"],
      [[600, 480, "Under repair"], 480, "Under repair"],
    ] as const) {
      await using callee = await server.callee("udp");
      const ask = () =>
        caller.sendRequest("MESSAGE", {
          ruri: callee.uri("blacklist"),
          extra: [`X-Arguments: ${JSON.stringify(values)}`],
        });

      ask();
      callee.reply(await callee.nextRequest("MESSAGE"), 500);
      await caller.nextResponse(500);

      const { callId } = ask();

      assert.equal((await caller.nextResponse(status)).reasonPhrase, reason);
      assert.equal(callee.waitingCount, 0);
      assert.deepEqual(server.allSeen(`target ${callId}`), []);
      assert.deepEqual(await server.sees<unknown>(`error ${callId}`), [
        status,
        reason,
        "destination_blacklisted",
      ]);
    }
  });

  it("addTargetToBlacklist takes 2 to 600 seconds and a status, and does nothing before there is a target", async () => {
    caller.sendRequest("MESSAGE", { ruri: first.uri("blacklistErrors") });
    await caller.nextResponse(200);
    assert.deepEqual(
      await server.sees<unknown>("blacklistErrors"),
      Array.from({ length: 4 }, () => "SipRuntimeError"),
    );
  });

  it("a destination wins over Route and Request-URI, which both stay as they are", async () => {
    caller.sendRequest("MESSAGE", {
      ruri: first.uri("destination"),
      extra: [next(), "Route: <sip:192.0.2.1;lr>"],
    });

    const received = await second.nextRequest("MESSAGE");

    assert.equal(received.requestUriText, first.uri("destination"));
    assert.deepEqual(received.headerAll("Route"), ["<sip:192.0.2.1;lr>"]);
    second.reply(received, 200);
    await caller.nextResponse(200);
  });

  for (const host of ["[::1]", "::1"]) {
    it(`a destination may be an IPv6 address: ${host}`, async () => {
      await using callee = await server.callee("udp", "::1");

      caller.sendRequest("MESSAGE", {
        ruri: first.uri("destination"),
        extra: [`X-Next: ${host}:${callee.port};udp`],
      });

      const received = await callee.nextRequest("MESSAGE");

      assert.equal(received.topVia.host, "[::1]");
      callee.reply(received, 200);
      await caller.nextResponse(200);
    });
  }

  it("the top Route wins over the Request-URI", async () => {
    caller.sendRequest("MESSAGE", {
      ruri: first.uri("ack"),
      extra: [`Route: <${second.uri("route")};lr>`],
    });
    second.reply(await second.nextRequest("MESSAGE"), 200);
    await caller.nextResponse(200);
  });

  it("a destination that is none is a TypeError, a profile that is not there a SipRuntimeError", async () => {
    caller.sendRequest("MESSAGE", { ruri: first.uri("badDestination") });
    await caller.nextResponse(200);
    assert.deepEqual(await server.sees<unknown>("badDestination"), [
      ...Array.from({ length: 7 }, () => "TypeError"),
      "SipRuntimeError",
      "proxy profile 'nowhere' is not defined",
    ]);
  });

  it("an ACK is passed on without a response: the outcome is forwarded", async () => {
    const sent = await invite("ack");

    first.reply(await first.nextRequest("INVITE"), 200, { extra: [first.contact] });
    await caller.nextResponse(200);
    caller.sendRequest("ACK", { ruri: first.uri("ack"), callId: sent.callId, toTag: "callee" });
    await first.nextRequest("ACK");
    assert.deepEqual(await server.sees(`ack ${sent.callId}`), { outcome: "forwarded" });
  });
});
