import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TransportError, type TransportFailure } from "../../src/errors/errors.ts";
import type { Target } from "../../src/transport/target.ts";
import { ProxyHarness, type ProxyHarnessOptions } from "../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../support/request-text.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const FIRST: Target = { transport: "tcp", ip: "198.51.100.7", ipType: "ipv4", port: 5060 };
const SECOND: Target = { transport: "udp", ip: "198.51.100.8", ipType: "ipv4", port: 5060 };

function start(text: RequestTextOptions = {}, options: ProxyHarnessOptions = {}, method = "INVITE") {
  const errors: unknown[] = [];
  const targets: string[] = [];
  const results: unknown[] = [];
  const harness = new ProxyHarness({
    names: { "two.example.org": [FIRST, SECOND], "one.example.org": [FIRST] },
    onRequest:
      ({ SipProxy }) =>
      async (request) => {
        const proxy = new SipProxy()
          .onError((...error) => void errors.push(error))
          .onTarget(({ ip }) => void targets.push(ip));

        results.push(await proxy.route(request));
      },
    ...options,
  });
  const caller = harness.peer({ remoteIp: "192.0.2.1" });

  harness.receive(caller, requestText(method, { ruri: "sip:bob@two.example.org", ...text }));

  return {
    harness,
    caller,
    errors,
    targets,
    results,
    first: harness.flowTo(FIRST.ip, FIRST.port, "tcp"),
    second: harness.flowTo(SECOND.ip, SECOND.port),
  };
}

function failure(kind: TransportFailure): TransportError {
  return new TransportError(kind, kind);
}

describe("§16.9 transport errors, and RFC 3263 §4.3 the next target", () => {
  it("a connection that fails, or is refused, leads to the next target with a new branch", () => {
    for (const kind of ["connection", "tls-validation", "timeout"] as const) {
      const { harness, first, second, targets, errors } = start();

      first.failLastSend(failure(kind));

      assert.deepEqual(targets, [FIRST.ip, SECOND.ip]);
      assert.deepEqual(errors, []);
      assert.notEqual(harness.lastRequest(second).topVia.branch, harness.lastRequest(first).topVia.branch);
    }
  });

  it("so does a timeout: Timer B of the profile for INVITE, Timer F for others", () => {
    const invite = start({}, { profile: { timerB: 4 } });

    invite.harness.clock.advance(4_000);
    assert.equal(invite.second.startLines[0]?.startsWith("INVITE"), true);

    const message = start({}, { profile: { timerF: 6 } }, "MESSAGE");

    message.harness.clock.advance(6_000);
    assert.equal(message.second.startLines[0]?.startsWith("MESSAGE"), true);
  });

  it("so does a 503, unless dns_failover_on_503 is off", () => {
    const on = start();

    on.harness.answer(on.first, "503 Service Unavailable");
    assert.equal(on.second.sent.length, 1);
    on.harness.answer(on.second, "200 OK");
    assert.equal(on.caller.startLines.at(-1), "SIP/2.0 200 OK");

    const off = start({}, { profile: { dnsFailoverOn503: false } });

    off.harness.answer(off.first, "503 Service Unavailable");
    assert.equal(off.second.sent.length, 0);
    assert.equal(off.caller.startLines.at(-1), "SIP/2.0 500 Server Internal Error");
  });

  it("no target is left: onError, then the answer", async () => {
    const timeout = start({ ruri: "sip:bob@one.example.org" });

    timeout.harness.clock.advance(32_000);
    await turn();
    assert.deepEqual(timeout.errors, [[408, "Client Timeout", "client_timeout"]]);
    assert.equal(timeout.caller.startLines.at(-1), "SIP/2.0 408 Client Timeout");
    assert.deepEqual(timeout.results, [
      { outcome: "error", status: 408, reason: "Client Timeout", code: "client_timeout" },
    ]);

    const broken = start({ ruri: "sip:bob@one.example.org" });

    broken.first.failLastSend(failure("connection"));
    assert.deepEqual(broken.errors, [[500, "Connection Error", "connection_error"]]);
    assert.equal(broken.caller.startLines.at(-1), "SIP/2.0 500 Connection Error");

    const refused = start({ ruri: "sip:bob@one.example.org" });

    refused.first.failLastSend(failure("tls-validation"));
    assert.deepEqual(refused.errors, [[500, "TLS Validation Failed", "tls_validation_failed"]]);
  });

  it("a target that failed is skipped for a while, and repeats its error when it is the only one", () => {
    const { harness, first, caller, targets } = start();

    first.failLastSend(failure("connection"));
    harness.receive(
      caller,
      requestText("MESSAGE", { ruri: "sip:bob@two.example.org", branch: "z9hG4bKtwo", callId: "two" }),
    );
    assert.deepEqual(targets, [FIRST.ip, SECOND.ip, SECOND.ip]);

    harness.receive(
      caller,
      requestText("MESSAGE", { ruri: "sip:bob@one.example.org", branch: "z9hG4bKthree", callId: "three" }),
    );
    assert.equal(caller.startLines.at(-1), "SIP/2.0 500 Connection Error");

    harness.clock.advance(10_000);
    harness.receive(
      caller,
      requestText("MESSAGE", { ruri: "sip:bob@one.example.org", branch: "z9hG4bKfour", callId: "four" }),
    );
    assert.equal(targets.at(-1), FIRST.ip);
  });

  it("RFC 3261 §21.5.4: a 503 lists its sender for Retry-After, and without it nobody", () => {
    for (const [extra, useBlacklist, expected] of [
      [["Retry-After: 60"], true, [FIRST.ip, SECOND.ip, SECOND.ip]],
      [["Retry-After: 60"], false, [FIRST.ip, SECOND.ip, FIRST.ip]],
      [[], true, [FIRST.ip, SECOND.ip, FIRST.ip]],
    ] as const) {
      const { harness, first, caller, targets } = start({}, { profile: { useBlacklist } });

      harness.answer(first, "503 Service Unavailable", extra);
      harness.receive(
        caller,
        requestText("MESSAGE", { ruri: "sip:bob@two.example.org", branch: "z9hG4bKtwo", callId: "two" }),
      );
      assert.deepEqual(targets, expected);
    }
  });

  it("a connection lost while it rings fails the call: nobody else is rung", () => {
    const { harness, first, second, errors } = start();

    harness.answer(first, "180 Ringing");
    harness.transactions.flowClosed(first);
    assert.deepEqual(errors, [[500, "Connection Error", "connection_error"]]);
    assert.equal(second.sent.length, 0);
  });

  it("who has answered, and then gives no final response, is alive and not suspected (RFC 3263 §4.3)", () => {
    const harness = new ProxyHarness();
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const callee = harness.flowTo("198.51.100.7", 5062);
    const branches = ["z9hG4bKa", "z9hG4bKb", "z9hG4bKc"];

    for (const branch of branches) {
      harness.receive(caller, requestText("INVITE", { branch, callId: branch }));
      harness.answer(callee, "180 Ringing");
    }

    for (const branch of branches) {
      harness.receive(caller, requestText("CANCEL", { branch, callId: branch }));
    }

    harness.clock.advance(32_000);
    assert.equal(harness.environment.blacklist.size, 0);
  });

  it("use_blacklist: no skips nobody", () => {
    const { harness, first, caller, targets } = start({}, { profile: { useBlacklist: false } });

    first.failLastSend(failure("connection"));
    harness.receive(
      caller,
      requestText("MESSAGE", { ruri: "sip:bob@two.example.org", branch: "z9hG4bKtwo", callId: "two" }),
    );
    assert.deepEqual(targets, [FIRST.ip, SECOND.ip, FIRST.ip]);
  });

  it("addTargetToBlacklist lists the present target with the answer that it is given", () => {
    const { harness, caller, errors } = start(
      {},
      {
        onRequest:
          ({ SipProxy }) =>
          (request) => {
            const proxy = new SipProxy()
              .onFailureResponse(() => {
                proxy.addTargetToBlacklist(20, 480, "Gone Fishing");
              })
              .onError((...error) => void errors.push(error));

            proxy.route(request);
            assert.throws(() => proxy.addTargetToBlacklist(1), /2 to 600 seconds/);
            assert.throws(() => proxy.addTargetToBlacklist(601), /2 to 600 seconds/);
            assert.throws(() => proxy.addTargetToBlacklist(20, 99), /no status code/);
          },
      },
    );
    const callee = harness.flowTo("198.51.100.7", 5062);

    harness.receive(caller, requestText("MESSAGE", { branch: "z9hG4bKa", callId: "a" }));
    harness.answer(callee, "404 Not Found");
    harness.receive(caller, requestText("MESSAGE", { branch: "z9hG4bKb", callId: "b" }));

    assert.equal(caller.startLines.at(-1), "SIP/2.0 480 Gone Fishing");
    assert.equal(callee.sent.length, 1);
    assert.deepEqual(errors, [[480, "Gone Fishing", "destination_blacklisted"]]);
  });

  it("abortRouting in onTarget: nothing is sent, and the request is answered 403 unless it is dropped", () => {
    const { harness, caller } = start(
      {},
      {
        onRequest:
          ({ SipProxy }) =>
          (request) => {
            const proxy = new SipProxy().onTarget(() => proxy.abortRouting());

            proxy.route(request);
          },
      },
    );

    harness.receive(caller, requestText("MESSAGE", { branch: "z9hG4bKa", callId: "a" }));
    assert.equal(caller.startLines.at(-1), "SIP/2.0 403 Destination Aborted");
    assert.equal(harness.flowTo("198.51.100.7", 5062).sent.length, 0);
  });

  it("onTarget may take its time, and edit the request", async () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        async (request) => {
          await new SipProxy()
            .onTarget(async (target) => {
              await turn();
              request.setHeader("X-Target", `${target.ip}:${target.port}`);
            })
            .route(request);
        },
    });
    const callee = harness.flowTo("198.51.100.7", 5062);

    harness.receive(harness.peer({ remoteIp: "192.0.2.1" }), requestText("MESSAGE"));
    assert.equal(callee.sent.length, 0);
    await turn();
    await turn();
    assert.equal(harness.lastRequest(callee).header("X-Target"), "198.51.100.7:5062");
  });

  it("what has no target: each reason has its status, phrase and code", () => {
    const cases: readonly (readonly [string, number, string, string])[] = [
      ["sip:bob@unknown.example.org", 404, "No DNS Resolution", "no_dns_resolution"],
      ["tel:+15551234", 416, "Unsupported URI scheme", "unsupported_uri_scheme"],
      ["sip:bob@198.51.100.7;transport=sctp", 478, "Unsupported Transport", "unsupported_transport"],
      ["sip:bob@198.51.100.7;transport=ws", 478, "Unsupported Transport", "unsupported_transport"],
      ["sip:bob@[2001:db8::7]", 478, "Destination Requires Unsupported IPv6", "no_ipv6"],
    ];

    for (const [ruri, ...expected] of cases) {
      const { errors, caller } = start({ ruri }, {}, "MESSAGE");

      assert.deepEqual(errors, [expected], ruri);
      assert.equal(caller.startLines.at(-1), `SIP/2.0 ${expected[0]} ${expected[1]}`);
    }
  });

  it("dropResponse in onError: nothing goes up, and another way can be tried", () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          const proxy = new SipProxy().onError(() => {
            proxy.dropResponse();
            new SipProxy().route(request, { host: "203.0.113.8" });
          });

          proxy.route(request, { host: "unknown.example.org" });
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("INVITE"));
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
    harness.answer(harness.flowTo("203.0.113.8", 5060), "200 OK");
    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
  });
});
