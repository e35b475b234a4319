import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { SipEvents } from "../../src/index.ts";
import {
  type OversipModule,
  type SentRequest,
  startTestServer,
  type TestServer,
  type TestServerOptions,
} from "../../src/testing/index.ts";

type MakeHandler = (oversip: OversipModule, events: unknown[]) => NonNullable<SipEvents["onRequest"]>;

/** Routes the request, and tells what it is told. */
const routed: MakeHandler =
  ({ SipProxy }, events) =>
  async (request) => {
    const { outcome } = await new SipProxy()
      .onCanceled(() => void events.push("canceled"))
      .onFailureResponse(() => void events.push("failure"))
      .onProvisionalResponse(() => void events.push("provisional"))
      .onSuccessResponse(() => void events.push("success"))
      .route(request);

    events.push(`outcome ${outcome}`);
  };

describe("§16.10 CANCEL processing", () => {
  let edge: TestServer;

  afterEach(() => edge.close());

  /** A caller's INVITE, and who it is for. */
  const call = async (
    onRequest: MakeHandler = routed,
    { dns, domain = "198.51.100.7" }: { dns?: TestServerOptions["dns"]; domain?: string } = {},
  ) => {
    const events: unknown[] = [];

    edge = await startTestServer({
      events: (oversip) => ({ sipEvents: { onRequest: onRequest(oversip, events) } }),
      dns,
    });

    return {
      events,
      callee: edge.callee({ ip: "198.51.100.7" }),
      next: edge.callee({ ip: "198.51.100.8" }),
      invite: await edge.request(`INVITE sip:bob@${domain}`),
    };
  };

  const statuses = ({ responses }: SentRequest): number[] => responses.map(({ statusCode }) => statusCode);

  it("the INVITE is canceled downstream with the caller's Reason, and the callee's 487 goes up", async () => {
    const { callee, events, invite } = await call();
    const forwarded = await callee.received("INVITE");
    const Reason = ['SIP ;cause=200 ;text="Call completed elsewhere"', "Q.850;cause=26"];

    await forwarded.reply(180);

    const cancel = await invite.cancel({ headers: { Reason } });

    assert.equal(cancel.finalResponse?.reasonPhrase, "Cancelled");

    const sent = await callee.received("CANCEL");

    assert.equal(sent.request.viaCount, 1);
    assert.deepEqual(sent.request.headerAll("Reason"), Reason);

    await forwarded.reply(183);
    assert.deepEqual(statuses(invite), [100, 180, 183]);
    await forwarded.reply(487);
    assert.deepEqual(statuses(invite), [100, 180, 183, 487]);
    assert.deepEqual(events, ["provisional", "canceled", "outcome canceled"]);
  });

  it("before a provisional response the CANCEL waits for one", async () => {
    const { callee, invite } = await call();

    assert.equal((await invite.cancel()).status, 200);
    assert.equal(callee.messages.length, 1);
    await (await callee.received("INVITE")).reply(100);
    await callee.received("CANCEL");
  });

  it("a 200 that crosses the CANCEL goes up", async () => {
    const { callee, events, invite } = await call();
    const forwarded = await callee.received("INVITE");

    await forwarded.reply(180);
    await invite.cancel();
    await forwarded.reply(200);
    assert.deepEqual(statuses(invite), [100, 180, 200]);
    assert.deepEqual(events, ["provisional", "canceled", "success", "outcome response"]);
  });

  it("a callee that never answers the CANCEL: the caller gets 487, and no other target is tried", async () => {
    const { events, invite, next } = await call(routed, {
      domain: "two.example.org",
      dns: {
        "SRV _sip._udp.two.example.org": ["1 0 5060 one.example.org", "2 0 5060 next.example.org"],
        "A one.example.org": ["198.51.100.7"],
        "A next.example.org": ["198.51.100.8"],
      },
    });

    await invite.cancel();
    await edge.advance(64_000);
    assert.deepEqual(statuses(invite), [100, 487]);
    assert.deepEqual(next.messages, []);
    assert.deepEqual(events, ["canceled", "outcome canceled"]);
  });

  it("while DNS is asked: the INVITE never goes out, and the caller gets 487", async () => {
    const { promise, resolve } = Promise.withResolvers<string[]>();
    const { callee, events, invite } = await call(routed, {
      domain: "slow.example.org:5060",
      dns: { "A slow.example.org": promise },
    });

    await invite.cancel();
    assert.equal(invite.status, 487);
    resolve(["198.51.100.7"]);
    await edge.settle();
    assert.deepEqual(callee.messages, []);
    assert.deepEqual(events, ["canceled", "outcome canceled"]);
  });

  it("while onTarget waits: likewise", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { callee, invite } = await call(({ SipProxy }) => async (request) => {
      await new SipProxy().onTarget(() => promise).route(request);
    });

    await invite.cancel();
    assert.equal(invite.status, 487);
    resolve();
    await edge.settle();
    assert.deepEqual(callee.messages, []);
  });

  it("while the user's code holds the request: 487, the signal aborts, and a later route is over at once", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { callee, events, invite } = await call(({ SipProxy }, log) => async (request) => {
      request.createTransaction();
      request.signal.addEventListener("abort", () => log.push("aborted"));
      await promise;
      log.push(
        await new SipProxy().onCanceled(() => void log.push("canceled")).route(request),
        request.reply(200),
      );
    });

    assert.equal((await invite.cancel()).status, 200);
    assert.equal(invite.status, 487);
    assert.deepEqual(events, ["aborted"]);
    resolve();
    await edge.settle();
    assert.deepEqual(callee.messages, []);
    assert.deepEqual(events, ["aborted", "canceled", { outcome: "canceled" }, false]);
  });

  it("between the tries of serial forking: 487, and the next try is not made", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { callee, events, invite, next } = await call(({ SipProxy }, log) => async (request) => {
      const proxy = new SipProxy().onFailureResponse(() => proxy.dropResponse());

      await proxy.route(request);
      await promise;
      log.push((await new SipProxy().route(request, { host: "198.51.100.8" })).outcome);
    });

    await (await callee.received("INVITE")).reply(486);
    await invite.cancel();
    assert.deepEqual(statuses(invite), [100, 487]);
    resolve();
    await edge.settle();
    assert.deepEqual(events, ["canceled"]);
    assert.deepEqual(next.messages, []);
  });

  it("while a 200 is with onSuccessResponse it comes too late: the 200 goes up, and no 487 before it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { callee, events, invite } = await call(({ SipProxy }, log) => async (request) => {
      request.signal.addEventListener("abort", () => log.push("aborted"));

      const proxy = new SipProxy()
        .onCanceled(() => void log.push("canceled"))
        .onSuccessResponse(() => promise);

      log.push((await proxy.route(request)).outcome);
    });

    await (await callee.received("INVITE")).reply(200);
    assert.equal((await invite.cancel()).status, 200);
    assert.deepEqual(statuses(invite), [100]);
    resolve();
    await edge.settle();
    assert.deepEqual(statuses(invite), [100, 200]);
    assert.deepEqual(events, ["response"]);
  });

  it("while a 200 is with onSuccessResponse, which drops it: the caller gets 487, and the next try is not made", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { callee, events, invite, next } = await call(({ SipProxy }, log) => async (request) => {
      const proxy = new SipProxy().onSuccessResponse(async () => {
        await promise;
        proxy.dropResponse();
      });

      await proxy.route(request);
      log.push((await new SipProxy().route(request, { host: "198.51.100.8" })).outcome);
    });

    await (await callee.received("INVITE")).reply(200);
    await invite.cancel();
    resolve();
    await edge.settle();
    assert.deepEqual(statuses(invite), [100, 487]);
    assert.deepEqual(events, ["canceled"]);
    assert.deepEqual(next.messages, []);
  });

  it("after the final response it changes nothing", async () => {
    const { callee, events, invite } = await call();

    await (await callee.received("INVITE")).reply(200);
    assert.equal((await invite.cancel()).status, 200);
    assert.deepEqual(statuses(invite), [100, 200]);
    assert.equal(callee.messages.length, 1);
    assert.deepEqual(events, ["success", "outcome response"]);
  });
});
