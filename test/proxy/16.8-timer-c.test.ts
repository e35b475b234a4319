import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { SipEvents } from "../../src/index.ts";
import {
  type OversipModule,
  type SentRequest,
  startTestServer,
  type TestServer,
} from "../../src/testing/index.ts";

type MakeHandler = (oversip: OversipModule, events: unknown[]) => NonNullable<SipEvents["onRequest"]>;

/** Routes the request, and tells what comes of it. */
const routed: MakeHandler =
  ({ SipProxy }, events) =>
  async (request) => {
    const proxy = new SipProxy()
      .onInviteTimeout(() => void events.push("timeout"))
      .onFailureResponse(() => void events.push("failure"));

    events.push(await proxy.route(request));
  };

/** Drops the 408, and tries another one. */
const routedTwice: MakeHandler =
  ({ SipProxy }, events) =>
  async (request) => {
    const proxy = new SipProxy()
      .onInviteTimeout(() => {
        proxy.dropResponse();
      })
      .onFailureResponse(() => void events.push("failure"));

    events.push((await proxy.route(request)).outcome);
    events.push((await proxy.route(request, { host: "198.51.100.8" })).outcome);
  };

describe("§16.8 Timer C", () => {
  let edge: TestServer;

  afterEach(() => edge.close());

  /** A caller's INVITE, as it reached the callee over a transport that repeats nothing. */
  const call = async (onRequest: MakeHandler = routed) => {
    const events: unknown[] = [];

    edge = await startTestServer({
      events: (oversip) => ({ sipEvents: { onRequest: onRequest(oversip, events) } }),
      profiles: { default_proxy: { timerC: 20, timerB: 64 } },
    });

    const invite = await edge.request("INVITE sip:bob@198.51.100.7;transport=tcp", { transport: "tcp" });
    const callee = edge.callee({ ip: "198.51.100.7", transport: "tcp" });

    return { callee, events, forwarded: await callee.received("INVITE"), invite };
  };

  const statuses = ({ responses }: SentRequest): number[] => responses.map(({ statusCode }) => statusCode);

  it("cancels the INVITE, answers 408 INVITE Timeout, and what comes afterwards is not told", async () => {
    const { callee, events, forwarded, invite } = await call();

    await forwarded.reply(180);
    await edge.advance(20_000);
    assert.equal(invite.finalResponse?.reasonPhrase, "INVITE Timeout");
    await callee.received("CANCEL");
    await forwarded.reply(487);
    assert.deepEqual(events, [
      "timeout",
      { outcome: "error", status: 408, reason: "INVITE Timeout", code: "invite_timeout" },
    ]);
    assert.deepEqual(statuses(invite), [100, 180, 408]);
  });

  it("§16.7 step 2: each provisional response but 100 starts it again", async () => {
    const { forwarded, invite } = await call();

    await forwarded.reply(180);
    await edge.advance(15_000);
    await forwarded.reply(180);
    await edge.advance(15_000);
    await forwarded.reply(100);
    await edge.advance(4_999);
    assert.equal(invite.status, undefined);
    await edge.advance(1);
    assert.equal(invite.status, 408);
  });

  it("§16.7 step 5: a 200 that crosses its CANCEL still goes up, since the callee has the call", async () => {
    const { forwarded, invite } = await call();

    await forwarded.reply(180);
    await edge.advance(20_000);
    await forwarded.reply(200);
    assert.deepEqual(statuses(invite), [100, 180, 408, 200]);
  });

  for (const [when, isCanceled] of [
    ["", false],
    [", the caller's CANCEL or not", true],
  ] as const) {
    it(`§16.7 step 5: a 200 that comes while onInviteTimeout is awaited goes up in place of the 408${when}`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const { events, forwarded, invite } = await call(({ SipProxy }, outcomes) => async (request) => {
        outcomes.push((await new SipProxy().onInviteTimeout(() => promise).route(request)).outcome);
      });

      await forwarded.reply(180);
      await edge.advance(20_000);
      assert.equal(invite.status, undefined);
      await forwarded.reply(200);

      if (isCanceled) {
        await invite.cancel();
      }

      resolve();
      await edge.settle();
      assert.deepEqual(statuses(invite), [100, 180, 200]);
      assert.deepEqual(events, ["response"]);
    });
  }

  it("does not call onInviteTimeout once the caller has canceled: the callee that does not end the INVITE is given up with 487", async () => {
    const { events, forwarded, invite } = await call();

    await forwarded.reply(180);
    await invite.cancel();
    await edge.advance(64_000);
    assert.equal(invite.status, 487);
    assert.deepEqual(events, [{ outcome: "canceled" }]);
  });

  it("a final response stops it", async () => {
    const { callee, forwarded, invite } = await call();

    await forwarded.reply(180);
    await forwarded.reply(200);
    await invite.ack();
    await callee.received("ACK");
    await edge.advance(60_000);
    assert.deepEqual(statuses(invite), [100, 180, 200]);
    assert.equal(callee.messages.length, 2);
  });

  it("dropResponse in onInviteTimeout leads to a second try, whose responses are not dropped", async () => {
    const { events, forwarded, invite } = await call(routedTwice);

    await forwarded.reply(180);
    await edge.advance(20_000);

    const second = await edge.callee({ ip: "198.51.100.8" }).received("INVITE");

    await second.reply(183);
    await second.reply(486);
    assert.deepEqual(statuses(invite), [100, 180, 183, 486]);
    assert.deepEqual(events, ["error", "failure", "response"]);
  });

  it("§16.7 step 5: a 200 that crosses the CANCEL goes up although the request is routed anew, which it ends", async () => {
    const { forwarded, invite } = await call(routedTwice);
    const next = edge.callee({ ip: "198.51.100.8" });

    await forwarded.reply(180);
    await edge.advance(20_000);
    await (await next.received("INVITE")).reply(183);
    await forwarded.reply(200);
    assert.equal(invite.status, 200);
    await next.received("CANCEL");
  });

  it("§16.7 step 10: who gets no response for four minutes is answered 408, and what is pending downstream is canceled", async () => {
    const { callee, forwarded, invite } = await call(({ SipProxy }) => async (request) => {
      const proxy = new SipProxy().onProvisionalResponse(() => proxy.dropResponse());

      await proxy.route(request);
    });

    // More often than Timer C expires.
    for (let passedMs = 0; passedMs < 240_000; passedMs += 15_000) {
      await forwarded.reply(180);
      assert.deepEqual(statuses(invite), [100]);
      await edge.advance(15_000);
    }

    assert.equal(invite.finalResponse?.reasonPhrase, "Request Timeout");
    await callee.received("CANCEL");
  });
});
