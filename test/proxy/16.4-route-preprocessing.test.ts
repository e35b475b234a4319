import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

/** Own Record-Route of a server, as it hands it out. */
function recordRouteOf(harness: ProxyHarness): string {
  const caller = harness.peer({ remoteIp: "192.0.2.77" });
  const callee = harness.flowTo("198.51.100.77", 5060);

  harness.receive(
    caller,
    requestText("INVITE", { ruri: "sip:bob@198.51.100.77", callId: "record", branch: "z9hG4bKrecord" }),
  );

  return harness.lastRequest(callee).header("Record-Route") ?? "";
}

function makeHarness() {
  const looseRoutes: boolean[] = [];
  const harness = new ProxyHarness({
    onRequest:
      ({ SipProxy }) =>
      (request) => {
        looseRoutes.push(request.looseRoute());
        new SipProxy().route(request);
      },
  });

  return { harness, looseRoutes, caller: harness.peer({ remoteIp: "192.0.2.1" }) };
}

describe("§16.4 route information preprocessing", () => {
  it("in a dialog our Route is removed and the next one followed", () => {
    const { harness, looseRoutes, caller } = makeHarness();
    const own = recordRouteOf(harness);
    const next = harness.flowTo("203.0.113.5", 5070);

    looseRoutes.length = 0;
    harness.receive(
      caller,
      requestText("BYE", { toTag: "callee", extra: [`Route: ${own}, <sip:203.0.113.5:5070;lr>`] }),
    );

    assert.deepEqual(looseRoutes, [true]);
    assert.equal(harness.lastRequest(next).header("Route"), "<sip:203.0.113.5:5070;lr>");
    assert.equal(harness.lastRequest(next).requestUriText, "sip:bob@198.51.100.7:5062");
  });

  it("outside of a dialog, true says that a preloaded Route is left; without Route it is false", () => {
    const { harness, looseRoutes, caller } = makeHarness();

    harness.receive(caller, requestText("OPTIONS", { branch: "z9hG4bKa" }));
    harness.receive(
      caller,
      requestText("OPTIONS", { branch: "z9hG4bKb", cseq: 2, extra: ["Route: <sip:edge.example.net;lr>"] }),
    );
    harness.receive(
      caller,
      requestText("OPTIONS", { branch: "z9hG4bKc", cseq: 3, extra: ["Route: <sip:203.0.113.5:5070;lr>"] }),
    );

    assert.deepEqual(looseRoutes, [false, false, true]);
    assert.equal(harness.flowTo("198.51.100.7", 5062).sent.length, 2);
    assert.equal(harness.flowTo("203.0.113.5", 5070).sent.length, 1);
  });

  it("a Route of ours from before a restart with another secret is ours by its address", () => {
    const { harness, looseRoutes, caller } = makeHarness();
    const old = recordRouteOf(new ProxyHarness({ secret: "another" }));

    harness.receive(caller, requestText("BYE", { toTag: "callee", extra: [`Route: ${old}`] }));

    assert.deepEqual(looseRoutes, [true]);
    assert.equal(harness.flowTo("198.51.100.7", 5062).sent.length, 1);
  });

  it("an ovid at a foreign address proves nothing: the Route is followed, not removed", () => {
    const { harness, looseRoutes, caller } = makeHarness();
    const ovid = /ovid=\w+/.exec(recordRouteOf(harness))?.[0];

    looseRoutes.length = 0;
    harness.receive(
      caller,
      requestText("BYE", { toTag: "callee", extra: [`Route: <sip:203.0.113.5:5070;lr;${ovid}>`] }),
    );

    assert.deepEqual(looseRoutes, [false]);
    assert.equal(harness.flowTo("203.0.113.5", 5070).sent.length, 1);
  });

  it("a strict router's request gets its remote target back from the last Route", () => {
    const { harness, looseRoutes, caller } = makeHarness();
    const own = recordRouteOf(harness).slice(1, -1);

    looseRoutes.length = 0;
    harness.receive(
      caller,
      requestText("BYE", {
        ruri: own,
        toTag: "callee",
        extra: ["Route: <sip:203.0.113.5:5070;lr>, <sip:bob@198.51.100.7:5062>"],
      }),
    );

    const next = harness.lastRequest(harness.flowTo("203.0.113.5", 5070));

    assert.deepEqual(looseRoutes, [true]);
    assert.equal(next.requestUriText, "sip:bob@198.51.100.7:5062");
    assert.deepEqual(next.headerAll("Route"), ["<sip:203.0.113.5:5070;lr>"]);
  });

  it("route does it where the user's code has not", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const own = recordRouteOf(harness);

    harness.receive(caller, requestText("BYE", { toTag: "callee", extra: [`Route: ${own}`] }));

    assert.equal(harness.lastRequest(harness.flowTo("198.51.100.7", 5062)).hasHeader("Route"), false);
  });
});

describe("§16.4 maddr", () => {
  it("one that names the listening point that the request came to is taken off, with port and transport", () => {
    const { harness, caller } = makeHarness();
    const seen = harness.flowTo("198.51.100.7", 5060);

    harness.receive(
      caller,
      requestText("MESSAGE", { ruri: "sip:bob@198.51.100.7:5060;maddr=192.0.2.100;transport=udp" }),
    );
    assert.equal(harness.lastRequest(seen).requestUriText, "sip:bob@198.51.100.7");
  });

  it("another is where the request goes", () => {
    const { harness, caller } = makeHarness();

    harness.receive(caller, requestText("MESSAGE", { ruri: "sip:bob@198.51.100.7:5062;maddr=203.0.113.4" }));
    assert.equal(harness.flowTo("203.0.113.4", 5062).sent.length, 1);
  });

  it("SECURITY: a thousand Routes of this server cost no more than a thousand of others", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const durationMs = (route: string, branch: string): number => {
      const extra = [`Route: ${Array.from({ length: 2000 }, () => route).join(", ")}, <sip:203.0.113.5;lr>`];
      const text = requestText("BYE", { toTag: "callee", branch, extra });
      const before = performance.now();

      harness.receive(caller, text);

      return performance.now() - before;
    };

    durationMs("<sip:203.0.113.5;lr>", "z9hG4bKwarm");
    durationMs("<sip:192.0.2.100;lr>", "z9hG4bKwarm2");

    const others = durationMs("<sip:203.0.113.5;lr>", "z9hG4bKothers");
    const own = durationMs("<sip:192.0.2.100;lr>", "z9hG4bKown");

    assert.equal(
      harness.lastRequest(harness.flowTo("203.0.113.5", 5060)).header("Route"),
      "<sip:203.0.113.5;lr>",
    );
    assert.ok(own < 10 * others + 50, `${own} ms, and ${others} ms`);
  });
});
