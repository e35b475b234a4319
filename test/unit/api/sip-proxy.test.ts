import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SipProxy as SipProxyBase } from "../../../src/api/sip-proxy.ts";
import { ProxyHarness } from "../../support/proxy-harness.ts";
import { requestText } from "../../support/request-text.ts";

describe("SipProxy", () => {
  it("an unknown profile throws SipRuntimeError at construction", () => {
    const { SipProxy, SipRuntimeError } = new ProxyHarness().oversip;

    assert.throws(() => new SipProxy("nowhere"), {
      name: "SipRuntimeError",
      message: "proxy profile 'nowhere' is not defined",
    });
    assert.throws(() => new SipProxy("nowhere"), SipRuntimeError);
    assert.equal(new SipProxy("default_proxy") instanceof SipProxyBase, true);
    assert.equal(SipProxy.name, "SipProxy");
  });

  it("callbacks that are no function, requests that are none and bad destinations are TypeErrors", () => {
    const failures: unknown[] = [];
    const attempt = (action: () => unknown): void => {
      try {
        action();
        failures.push("nothing thrown");
      } catch (error) {
        failures.push((error as Error).constructor);
      }
    };
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy();

          attempt(() => proxy.onError(undefined as never));
          attempt(() => proxy.route({} as never));
          attempt(() => proxy.route(request.clone() as never));
          attempt(() => proxy.route(request, "203.0.113.8" as never));
          attempt(() => proxy.route(request, { host: "" }));
          attempt(() => proxy.route(request, { host: "a", port: 0 }));
          attempt(() => proxy.route(request, { host: "a", port: 65_536 }));
          attempt(() => proxy.route(request, { host: "a", transport: 5 as never }));
        },
    });

    harness.receive(harness.peer({}), requestText("MESSAGE"));
    assert.deepEqual(failures, new Array(8).fill(TypeError));
  });

  it("a request that was answered, or that nobody kept, cannot be routed", async () => {
    const failures: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const route = (): void => {
            try {
              new SipProxy().route(request);
            } catch (error) {
              failures.push((error as Error).message);
            }
          };

          if (request.method === "OPTIONS") {
            setImmediate(route);
          } else {
            request.createTransaction();
            request.reply(200);
            route();
          }
        },
    });
    const caller = harness.peer({});

    harness.receive(caller, requestText("MESSAGE"));
    harness.receive(caller, requestText("OPTIONS", { branch: "z9hG4bKtwo" }));
    await new Promise((resolve) => setImmediate(resolve));

    assert.match(String(failures[0]), /answered already, with 200/);
    assert.match(String(failures[1]), /call createTransaction before onRequest returns/);
  });

  it("request and currentTarget tell what is routed, and where", () => {
    const seen: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy();

          seen.push(proxy.request, proxy.currentTarget);
          proxy.onTarget(() => void seen.push(proxy.request === request, proxy.currentTarget?.ip));
          proxy.route(request);
        },
    });

    harness.receive(harness.peer({}), requestText("MESSAGE"));
    assert.deepEqual(seen, [undefined, undefined, true, "198.51.100.7"]);
  });

  it("clearCallbacks and the others remove callbacks", () => {
    const seen: string[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy()
            .onTarget(() => void seen.push("target"))
            .onProvisionalResponse(() => void seen.push("provisional"))
            .onSuccessResponse(() => void seen.push("success"));

          proxy.clearOnTarget().clearOnProvisionalResponse();

          if (request.method === "OPTIONS") {
            proxy.clearCallbacks();
          }

          proxy.route(request);
        },
    });
    const caller = harness.peer({});
    const callee = harness.flowTo("198.51.100.7", 5062);

    harness.receive(caller, requestText("MESSAGE"));
    harness.answer(callee, "200 OK");
    harness.receive(caller, requestText("OPTIONS", { branch: "z9hG4bKtwo" }));
    harness.answer(callee, "200 OK");
    assert.deepEqual(seen, ["success"]);
  });

  it("clearCallbacks with a name removes those of one kind; another name is a TypeError", () => {
    const seen: string[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy()
            .onTarget(() => void seen.push("target"))
            .onSuccessResponse(() => void seen.push("success"));

          proxy.clearCallbacks("onTarget");
          assert.throws(() => proxy.clearCallbacks("target" as never), TypeError);
          proxy.route(request);
        },
    });

    harness.receive(harness.peer({}), requestText("MESSAGE"));
    harness.answer(harness.flowTo("198.51.100.7", 5062), "200 OK");
    assert.deepEqual(seen, ["success"]);
  });

  it("responses carry the request, its tvars, and where they came from", () => {
    const seen: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          request.tvars["mark"] = 7;
          new SipProxy()
            .onSuccessResponse((response) => {
              seen.push(
                response.request === request,
                response.tvars["mark"],
                response.sourceIp,
                response.transport,
              );
            })
            .route(request);
        },
    });

    harness.receive(harness.peer({}), requestText("MESSAGE"));
    harness.answer(harness.flowTo("198.51.100.7", 5062), "200 OK");
    assert.deepEqual(seen, [true, 7, "198.51.100.7", "udp"]);
  });

  it("two servers in one process do not know of each other", () => {
    const one = new ProxyHarness();
    const two = new ProxyHarness({ profile: { name: "other" } });

    assert.notEqual(one.oversip.SipProxy, two.oversip.SipProxy);
    assert.throws(() => new two.oversip.SipProxy());
    assert.deepEqual([...one.oversip.oversip.proxies.keys()], ["default_proxy"]);
    assert.deepEqual([...two.oversip.oversip.proxies.keys()], ["other"]);
  });

  it("route of an ACK passes it on and is over at once", async () => {
    const outcomes: unknown[] = [];
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        async (request) => {
          outcomes.push(await new SipProxy().route(request));
        },
    });

    harness.receive(harness.peer({}), requestText("ACK", { toTag: "x" }));
    harness.receive(harness.peer({}), requestText("ACK", { toTag: "x", ruri: "tel:+1555", callId: "two" }));
    await new Promise((resolve) => setImmediate(resolve));

    assert.deepEqual(outcomes, [
      { outcome: "forwarded" },
      { outcome: "error", status: 416, reason: "Unsupported URI scheme", code: "unsupported_uri_scheme" },
    ]);
  });

  it("§16.11 an ACK that is repeated has the same branch", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({});
    const callee = harness.flowTo("198.51.100.7", 5062);

    harness.receive(caller, requestText("ACK", { toTag: "x" }));
    harness.receive(caller, requestText("ACK", { toTag: "x" }));
    assert.equal(callee.sent.length, 2);
    assert.equal(callee.sent[0], callee.sent[1]);
  });
});
