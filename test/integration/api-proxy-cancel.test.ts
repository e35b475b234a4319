/** CANCEL and Timer C as user code and both sides see them (RFC 3261 sections 9.2, 16.8 and 16.10). */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy } from "oversip";

const tell = (request, proxy = new SipProxy("quick")) => {
  const say = (...what) => see({ [request.callId]: what });
  return proxy
    .onProvisionalResponse((response) => say("provisional", response.statusCode))
    .onSuccessResponse((response) => say("success", response.statusCode))
    .onFailureResponse((response) => say("failure", response.statusCode))
    .onCanceled(() => say("canceled"))
    .onInviteTimeout(() => say("inviteTimeout"))
    .onError((...values) => say("error", ...values));
};
const route = async (request, proxy, destination) => {
  const { outcome, response, status, reason, code } = await proxy.route(request, destination);
  see({ ["outcome " + request.callId]: [outcome, response?.statusCode ?? status ?? null, code ?? null] });
};

const cases = {
  tell: (request) => route(request, tell(request)),
  /** A look-up in a database, say. */
  async lookUp(request) {
    request.createTransaction();
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    see({ ["looked up " + request.callId]: request.signal.aborted });
    await route(request, tell(request));
  },
  async slowTarget(request) {
    await route(request, tell(request).onTarget(() => new Promise((resolve) => request.signal.addEventListener("abort", () => setTimeout(resolve, 20)))));
  },
  async thrownLookUp(request) {
    request.createTransaction();
    await new Promise((resolve, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
  },
  async betweenTries(request) {
    const proxy = new SipProxy().onFailureResponse(() => proxy.dropResponse());
    await proxy.route(request);
    await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    await route(request, tell(request));
  },
  async timeoutAndSecond(request) {
    const first = tell(request);
    first.onInviteTimeout(() => first.dropResponse());
    await route(request, first);
    await route(request, new SipProxy());
  },
};

export const sipEvents = { onRequest: (request) => cases[request.ruri.user](request) };
`;

const REASON = 'Reason: SIP ;cause=200 ;text="Call completed elsewhere"';

describe("CANCEL and Timer C", { concurrency: false }, () => {
  let server: ApiServer;
  let caller: SipUserAgent;
  let callee: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, { "proxies.conf": "default_proxy: {}\nquick:\n  timer_C: 8\n" });
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

  const invite = async (user: string, agent = callee) => {
    const sent = caller.sendRequest("INVITE", { ruri: agent.uri(user) });

    await caller.nextResponse(100);

    return sent;
  };

  /** The caller gives up, and gets the 200 of its CANCEL. */
  const cancel = async (sent: Awaited<ReturnType<typeof invite>>) => {
    caller.sendWithin(sent, "CANCEL", undefined, [REASON]);
    assert.equal((await caller.nextResponse(200)).header("CSeq"), "1 CANCEL");
  };

  const acknowledge487 = async (sent: Awaited<ReturnType<typeof invite>>) => {
    const { toTag } = await caller.nextResponse(487);

    caller.sendWithin(sent, "ACK", toTag);
  };

  it("onCanceled; the CANCEL goes down with the caller's Reason (RFC 3326), the callee's 487 goes up, and no callback is told of it", async () => {
    const sent = await invite("tell");
    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 180);
    await caller.nextResponse(180);
    await cancel(sent);

    const passedOn = await callee.nextRequest("CANCEL");

    assert.equal(passedOn.topVia.branch, received.topVia.branch);
    assert.equal(passedOn.viaCount, 1);
    assert.equal(`Reason: ${passedOn.header("Reason")}`, REASON);
    callee.reply(passedOn, 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
    await acknowledge487(sent);
    assert.deepEqual(await server.sees<unknown>(`outcome ${sent.callId}`), ["canceled", null, null]);
    assert.deepEqual(server.allSeen(sent.callId), [["provisional", 180], ["canceled"]]);
  });

  it("a CANCEL before any provisional response waits for one (section 9.1)", async () => {
    const sent = await invite("tell");
    const received = await callee.nextRequest("INVITE");

    await cancel(sent);
    callee.reply(received, 100);
    callee.reply(await callee.nextRequest("CANCEL"), 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
    await acknowledge487(sent);
    assert.deepEqual(server.allSeen(sent.callId), [["canceled"]]);
  });

  it("a 200 that crosses the CANCEL goes up, and onSuccessResponse is told", async () => {
    const sent = await invite("tell");
    const received = await callee.nextRequest("INVITE");

    callee.reply(received, 180);
    await caller.nextResponse(180);
    await cancel(sent);

    const passedOn = await callee.nextRequest("CANCEL");

    callee.reply(received, 200, { extra: [callee.contact] });
    callee.reply(passedOn, 200);
    assert.equal((await caller.nextResponse(200)).header("CSeq"), "1 INVITE");
    assert.deepEqual(await server.sees<unknown>(`outcome ${sent.callId}`), ["response", 200, null]);
    assert.deepEqual(server.allSeen(sent.callId), [["provisional", 180], ["canceled"], ["success", 200]]);
  });

  for (const [user, told] of [
    ["lookUp", [["canceled"]]],
    ["slowTarget", [["canceled"]]],
  ] as const) {
    it(`during an awaited ${user} of user code: 487, the INVITE never goes out, and route is over at once`, async () => {
      const sent = await invite(user);

      await cancel(sent);
      await acknowledge487(sent);
      assert.deepEqual(await server.sees<unknown>(`outcome ${sent.callId}`), ["canceled", null, null]);
      assert.deepEqual(server.allSeen(sent.callId), told);
      // What is sent next is the next to arrive.
      const other = await invite("tell");
      const received = await callee.nextRequest("INVITE");

      assert.equal(received.callId, other.callId);
      callee.reply(received, 200);
      await caller.nextResponse(200);
    });
  }

  it("an AbortError that user code lets go through changes nothing: 487", async () => {
    const sent = await invite("thrownLookUp");

    await cancel(sent);
    await acknowledge487(sent);
  });

  it("between two tries: 487, and the second is not made", async () => {
    const sent = await invite("betweenTries");

    callee.reply(await callee.nextRequest("INVITE"), 486);
    await callee.nextRequest("ACK");
    await cancel(sent);
    await acknowledge487(sent);
    assert.deepEqual(await server.sees<unknown>(`outcome ${sent.callId}`), ["canceled", null, null]);
  });

  it("a CANCEL that matches nothing is answered 481", async () => {
    caller.sendRequest("CANCEL", { ruri: callee.uri("tell") });
    await caller.nextResponse(481);
  });

  it("Timer C: onInviteTimeout, CANCEL downstream, 408 INVITE Timeout; dropped there, a second try rings", {
    timeout: 30_000,
  }, async () => {
    await using other = await server.callee("udp");
    const plain = await invite("tell");
    const received = await callee.nextRequest("INVITE");
    const dropped = await invite("timeoutAndSecond", other);
    const receivedByOther = await other.nextRequest("INVITE");

    callee.reply(received, 180);
    await caller.nextResponse(180);
    other.reply(receivedByOther, 180);
    await caller.nextResponse(180);
    // The wait is longer than what a user agent waits for a message.
    await server.sees(`outcome ${plain.callId}`);
    await server.sees(`outcome ${dropped.callId}`);

    const timedOut = await caller.nextResponse(408);

    assert.equal(timedOut.callId, plain.callId);
    assert.equal(timedOut.reasonPhrase, "INVITE Timeout");
    caller.sendWithin(plain, "ACK", timedOut.toTag);
    callee.reply(await callee.nextRequest("CANCEL"), 200);
    callee.reply(received, 487);
    await callee.nextRequest("ACK");
    other.reply(await other.nextRequest("CANCEL"), 200);

    const second = await other.nextRequest("INVITE");

    assert.equal(second.callId, dropped.callId);
    other.reply(receivedByOther, 487);
    await other.nextRequest("ACK");
    other.reply(second, 200);
    await caller.nextResponse(200);
    assert.deepEqual(server.allSeen(plain.callId), [["provisional", 180], ["inviteTimeout"]]);
    assert.deepEqual(server.allSeen(`outcome ${plain.callId}`), [["error", 408, "invite_timeout"]]);
    assert.deepEqual(server.allSeen(`outcome ${dropped.callId}`)[0], ["error", 408, "invite_timeout"]);
  });
});
