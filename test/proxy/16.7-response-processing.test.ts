import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IncomingRequest } from "../../src/api/incoming-request.ts";
import type { ProgrammingInterface } from "../../src/api/programming-interface.ts";
import type { RouteResult } from "../../src/api/route-result.ts";
import type { SipProxy } from "../../src/api/sip-proxy.ts";
import { ProxyHarness, type ProxyHarnessOptions, responseTo } from "../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../support/request-text.ts";

type Program = (proxy: SipProxy, request: IncomingRequest, oversip: ProgrammingInterface) => unknown;

/** A server whose `onRequest` makes a proxy, runs `program` on it and routes. */
function start(
  program: Program = () => undefined,
  options: ProxyHarnessOptions = {},
  method = "INVITE",
  text: RequestTextOptions = {},
) {
  const results: RouteResult[] = [];
  const harness = new ProxyHarness({
    ...options,
    onRequest: (oversip) => async (request) => {
      const proxy = new oversip.SipProxy();

      program(proxy, request, oversip);
      results.push(await proxy.route(request));
    },
  });
  const caller = harness.peer({ remoteIp: "192.0.2.1" });

  harness.receive(caller, requestText(method, text));

  return { harness, caller, callee: harness.flowTo("198.51.100.7", 5062), results };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("§16.7 response processing", () => {
  it("step 5: 100 stops here, other provisional responses and the final one go up", async () => {
    const { harness, caller, callee, results } = start();

    harness.answer(callee, "100 Trying");
    harness.answer(callee, "183 Session Progress");
    harness.answer(callee, "486 Busy Here");
    await turn();

    assert.deepEqual(caller.startLines, [
      "SIP/2.0 100 Trying",
      "SIP/2.0 183 Session Progress",
      "SIP/2.0 486 Busy Here",
    ]);
    assert.equal(results[0]?.outcome, "response");
    assert.match(callee.startLines.at(-1) ?? "", /^ACK /);
  });

  it("step 3: only our Via is taken off; the caller's stays as it was received, whatever the callee made of it", () => {
    const { harness, caller, callee } = start();

    harness.answer(callee, "180 Ringing");

    const forged = harness.lastRequest(callee).toRawText();

    assert.equal(harness.lastResponse(caller).viaCount, 1);
    harness.receive(
      callee,
      `SIP/2.0 200 OK\r\n${forged
        .split("\r\n")
        .filter((line) => /^(Via|From|Call-ID|CSeq):/.test(line))
        .map((line) => line.replace("192.0.2.1:5060", "203.0.113.66:9999"))
        .join("\r\n")}\r\nTo: <sip:bob@example.com>;tag=callee\r\nContent-Length: 0\r\n\r\n`,
    );

    assert.equal(harness.lastResponse(caller).topVia.host, "192.0.2.1");
  });

  it("step 5: each 2xx to an INVITE goes up, retransmissions too", () => {
    let count = 0;
    const { harness, caller, callee } = start((proxy) => proxy.onSuccessResponse(() => void count++));

    harness.answer(callee, "200 OK");
    harness.answer(callee, "200 OK");
    harness.answer(callee, "200 OK", [], "fork");

    assert.equal(caller.startLines.filter((line) => line === "SIP/2.0 200 OK").length, 3);
    assert.equal(count, 3);
  });

  it("step 6: a 503 goes up as 500, after onFailureResponse has seen it as it is", () => {
    for (const dnsFailoverOn503 of [true, false]) {
      const seen: number[] = [];
      const { harness, caller, callee } = start(
        (proxy) => proxy.onFailureResponse((response) => void seen.push(response.statusCode)),
        { profile: { dnsFailoverOn503 } },
      );

      harness.answer(callee, "503 Service Unavailable");
      assert.deepEqual(seen, [503]);
      assert.equal(caller.startLines.at(-1), "SIP/2.0 500 Server Internal Error");
    }
  });

  it("callbacks of one kind run in order and are awaited before the response goes up", async () => {
    const order: string[] = [];
    const { harness, caller, callee } = start((proxy) =>
      proxy
        .onSuccessResponse(async () => {
          order.push("one begins");
          await turn();
          order.push("one ends");
        })
        .onSuccessResponse(() => void order.push(`two, sent ${caller.sent.length}`)),
    );

    harness.answer(callee, "180 Ringing");
    harness.answer(callee, "200 OK");
    assert.equal(caller.startLines.at(-1), "SIP/2.0 180 Ringing");

    await turn();
    await turn();
    assert.deepEqual(order, ["one begins", "one ends", "two, sent 2"]);
    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
  });

  it("a response that comes while an earlier one is with a callback waits its turn", async () => {
    const { harness, caller, callee } = start((proxy) => proxy.onProvisionalResponse(turn));

    harness.answer(callee, "180 Ringing");
    harness.answer(callee, "200 OK");
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);

    await turn();
    await turn();
    assert.deepEqual(caller.startLines.slice(1), ["SIP/2.0 180 Ringing", "SIP/2.0 200 OK"]);
  });

  it("an error in a callback is logged, the others still run, and the response goes up", async () => {
    const { harness, caller, callee } = start((proxy) =>
      proxy
        .onSuccessResponse(() => {
          throw new Error("sync");
        })
        .onSuccessResponse(async () => {
          throw new Error("async");
        })
        .onSuccessResponse((response) => response.setHeader("X-Third", "ran")),
    );

    harness.answer(callee, "200 OK");
    await turn();

    assert.deepEqual(harness.logger.textsOf("error"), ["sync", "async"]);
    assert.equal(harness.lastResponse(caller).header("X-Third"), "ran");
  });

  it("edits in a callback go up: status, reason, header fields, body", () => {
    const { harness, caller, callee } = start((proxy) =>
      proxy.onFailureResponse((response) => {
        response.statusCode = 480;
        response.reasonPhrase = "Not now";
        response.setHeader("Retry-After", "60");
        response.body = "later";
      }),
    );

    harness.answer(callee, "486 Busy Here");

    const response = harness.lastResponse(caller);

    assert.equal(caller.startLines.at(-1), "SIP/2.0 480 Not now");
    assert.equal(response.header("Retry-After"), "60");
    assert.equal(response.bodyText, "later");
    assert.equal(response.contentLength, 5);
  });

  it("From and To that were changed downstream are the caller's own again upstream, To with the callee's tag", () => {
    const { harness, caller, callee } = start((_proxy, request) => {
      request.from.user = "anonymous";
      request.to.user = "robert";
    });

    assert.equal(harness.lastRequest(callee).header("To"), "<sip:robert@example.com>");
    harness.answer(callee, "200 OK");

    const response = harness.lastResponse(caller);

    assert.equal(response.header("From"), '"Alice" <sip:alice@example.org>;tag=caller');
    assert.equal(response.header("To"), "<sip:bob@example.com>;tag=callee");
  });

  it("Call-ID and CSeq that were changed downstream are the caller's own again upstream, or it would match neither", () => {
    const { harness, caller, callee } = start((_proxy, request) => {
      request.setHeader("Call-ID", "hidden@edge");
      request.setHeader("CSeq", "77 INVITE");
    });
    const { callId, cseq } = harness.lastRequest(callee);

    assert.deepEqual([callId, cseq], ["hidden@edge", 77]);

    for (const status of ["180 Ringing", "200 OK", "200 OK"]) {
      harness.answer(callee, status);

      const response = harness.lastResponse(caller);

      assert.equal(response.statusCode, Number(status.slice(0, 3)));
      assert.notEqual(response.callId, "hidden@edge");
      assert.equal(response.header("CSeq"), "1 INVITE");
    }
  });

  it("a response without edits keeps its bytes, but for our Via", () => {
    const { harness, caller, callee } = start();

    harness.answer(callee, "200  Odd   reason ", ["X-Odd :  a ,b", "Subject: x\r\n y"]);

    const sent = caller.sent.at(-1) ?? "";

    assert.match(sent, /^SIP\/2\.0 200 {2}Odd {3}reason \r\n/);
    assert.match(sent, /\r\nX-Odd : {2}a ,b\r\nSubject: x\r\n y\r\n/);
  });

  it("§18.3: a response that came without Content-Length gets one over a stream, and none over UDP", () => {
    for (const transport of ["udp", "tcp"] as const) {
      const harness = new ProxyHarness();
      const caller = harness.peer({ remoteIp: "192.0.2.1", transport });

      harness.receive(caller, requestText("MESSAGE", { transport: transport.toUpperCase() }));

      const callee = harness.flowTo("198.51.100.7", 5062);

      harness.receive(
        callee,
        responseTo(callee.sent[0] ?? "", "200 OK", [], "callee").replace("Content-Length: 0\r\n", ""),
      );
      assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
      assert.equal(caller.sent.at(-1)?.includes("Content-Length: 0"), transport === "tcp");
    }
  });

  it("dropResponse keeps a response from going up, and a second route tries elsewhere", async () => {
    const outcomes: unknown[] = [];
    const { harness, caller, callee } = start((proxy, request, { SipProxy }) =>
      proxy.onFailureResponse(async () => {
        proxy.dropResponse();
        outcomes.push(await new SipProxy().route(request, { host: "203.0.113.8" }));
      }),
    );

    harness.answer(callee, "486 Busy Here");

    const second = harness.flowTo("203.0.113.8", 5060);

    assert.match(second.startLines[0] ?? "", /^INVITE sip:bob@198\.51\.100\.7:5062 /);
    harness.answer(second, "200 OK", [], "second");
    await turn();

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
    assert.equal(harness.lastRequest(second).viaCount, 2);
    assert.equal(harness.lastRequest(second).headerAll("Record-Route").length, 1);
    assert.equal(outcomes.length, 1);
  });

  it("the same SipProxy can route a second time, after its awaited result too", async () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        async (request) => {
          const proxy = new SipProxy().onFailureResponse(() => proxy.dropResponse());
          const result = await proxy.route(request);

          if (result.outcome === "response" && result.response.statusCode === 404) {
            proxy.clearCallbacks();
            await proxy.route(request, { host: "203.0.113.8" });
          }
        },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, requestText("INVITE"));
    harness.answer(harness.flowTo("198.51.100.7", 5062), "404 Not Found");
    await turn();
    harness.answer(harness.flowTo("203.0.113.8", 5060), "603 Decline");

    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 603 Decline"]);
  });

  it("a second route in onFailureResponse drops the response by itself", async () => {
    const { harness, caller, callee } = start((proxy, request, { SipProxy }) =>
      proxy.onFailureResponse(() => {
        new SipProxy().route(request, { host: "203.0.113.8" });
      }),
    );

    harness.answer(callee, "486 Busy Here");
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
    harness.answer(harness.flowTo("203.0.113.8", 5060), "200 OK");
    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
  });

  it("dropResponse of a provisional response drops that one, and before route the final one", () => {
    const provisional = start((proxy) => proxy.onProvisionalResponse(() => proxy.dropResponse()));

    provisional.harness.answer(provisional.callee, "180 Ringing");
    provisional.harness.answer(provisional.callee, "200 OK");
    assert.deepEqual(provisional.caller.startLines.slice(1), ["SIP/2.0 200 OK"]);

    const final = start((proxy) => proxy.dropResponse());

    final.harness.answer(final.callee, "180 Ringing");
    final.harness.answer(final.callee, "486 Busy Here");
    assert.deepEqual(final.caller.startLines.slice(1), ["SIP/2.0 180 Ringing"]);
  });

  it("a 2xx that was dropped is not sent by its retransmission", () => {
    let isFirst = true;
    const { harness, caller, callee } = start((proxy) =>
      proxy.onSuccessResponse(() => {
        if (isFirst) {
          proxy.dropResponse();
        }

        isFirst = false;
      }),
    );

    harness.answer(callee, "200 OK");
    harness.answer(callee, "200 OK");
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
  });

  it("a response that user code has made unsendable is answered 500, and its error logged", async () => {
    const { harness, caller, callee, results } = start((proxy, request) => {
      request.from.user = "other";
      proxy.onSuccessResponse((response) => response.setHeader("To", "<no address"));
    });

    harness.answer(callee, "200 OK");
    await turn();
    assert.equal(caller.startLines.at(-1), "SIP/2.0 500 Internal Error");
    assert.equal(harness.logger.textsOf("error").length, 1);
    assert.equal(results.length, 1);
  });

  it("a provisional response that a callback has made unsendable is logged, and the final one goes up", async () => {
    for (const wait of [turn, (): undefined => undefined]) {
      const { harness, caller, callee, results } = start((proxy, request) => {
        request.from.user = "other";
        proxy.onProvisionalResponse((response) => {
          response.setHeader("To", "<no address");

          return wait();
        });
      });

      harness.answer(callee, "180 Ringing");
      harness.answer(callee, "200 OK");
      await turn();
      await turn();
      assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK"]);
      assert.equal(harness.logger.textsOf("error").length, 1);
      assert.deepEqual(harness.logger.textsOf("crit"), []);
      assert.equal(results.length, 1);
    }
  });

  it("a further 2xx that a callback has made unsendable is logged, and the next one goes up", async () => {
    let count = 0;
    const { harness, caller, callee } = start((proxy, request) => {
      request.from.user = "other";
      proxy.onSuccessResponse(async (response) => {
        await turn();

        if (++count === 2) {
          response.setHeader("To", "<no address");
        }
      });
    });

    harness.answer(callee, "200 OK");
    harness.answer(callee, "200 OK");
    harness.answer(callee, "200 OK", [], "fork");

    for (let i = 0; i < 6; i++) {
      await turn();
    }

    assert.deepEqual(caller.startLines.slice(1), ["SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
    assert.equal(harness.lastResponse(caller).toTag, "fork");
    assert.equal(harness.logger.textsOf("error").length, 1);
  });

  it("SECURITY: while a callback does not end, only so many responses wait", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { harness, caller, callee } = start((proxy) => proxy.onProvisionalResponse(() => promise));

    for (let i = 0; i < 100; i++) {
      harness.answer(callee, "180 Ringing");
    }

    harness.answer(callee, "200 OK");
    resolve();
    await turn();
    assert.equal(caller.startLines.filter((line) => line === "SIP/2.0 180 Ringing").length, 33);
    assert.equal(caller.startLines.at(-1), "SIP/2.0 200 OK");
  });

  it("a second route while the first is pending is refused", () => {
    let refusal: unknown;

    start((proxy, request, { SipProxy }) => {
      proxy.onTarget(() => {
        try {
          new SipProxy().route(request);
        } catch (error) {
          refusal = error;
        }
      });
    });

    assert.match(String(refusal), /being routed already/);
  });

  it("RFC 6228: dropResponse with a response sends 199 to a caller that supports it", () => {
    const supporting = start(
      (proxy) => proxy.onFailureResponse((response) => proxy.dropResponse(response)),
      {},
      "INVITE",
      { extra: ["Supported: 199"] },
    );

    supporting.harness.answer(supporting.callee, "180 Ringing");
    supporting.harness.answer(supporting.callee, "486 Busy Here");

    const response = supporting.harness.lastResponse(supporting.caller);

    assert.equal(supporting.caller.startLines.at(-1), "SIP/2.0 199 Early Dialog Terminated");
    assert.equal(response.toTag, "callee");
    assert.equal(response.header("Reason"), 'SIP ;cause=486 ;text="Busy Here"');

    const other = start((proxy) => proxy.onFailureResponse((response) => proxy.dropResponse(response)));

    other.harness.answer(other.callee, "486 Busy Here");
    assert.deepEqual(other.caller.startLines, ["SIP/2.0 100 Trying"]);
  });

  it("RFC 6228 §6: one 199 for each early dialog of a callee that forked, of 16 at most, and its own", () => {
    const { harness, caller, callee } = start(
      (proxy) => proxy.onFailureResponse((response) => proxy.dropResponse(response)),
      {},
      "INVITE",
      { extra: ["Supported: 199"] },
    );

    for (let i = 0; i < 20; i++) {
      harness.answer(callee, "180 Ringing", [], `early${i}`);
    }

    harness.answer(callee, "486 Busy Here", [], "final");

    const tags = caller.sent
      .filter((text) => text.startsWith("SIP/2.0 199"))
      .map((text) => harness.parse(text).toTag);

    assert.deepEqual(tags, [...Array.from({ length: 16 }, (_, i) => `early${i}`), "final"]);
  });

  it("RFC 6228 §6: no second 199 for an early dialog whose 199 came from downstream", () => {
    const { harness, caller, callee } = start(
      (proxy) => proxy.onFailureResponse((response) => proxy.dropResponse(response)),
      {},
      "INVITE",
      { extra: ["Supported: 199"] },
    );

    harness.answer(callee, "180 Ringing", [], "one");
    harness.answer(callee, "180 Ringing", [], "two");
    harness.answer(callee, "199 Early Dialog Terminated", [], "one");
    harness.answer(callee, "199 Early Dialog Terminated", [], "two");
    harness.answer(callee, "486 Busy Here", [], "two");

    const tags = caller.sent
      .filter((text) => text.startsWith("SIP/2.0 199"))
      .map((text) => harness.parse(text).toTag);

    assert.deepEqual(tags, ["one", "two"]);
  });

  it("RFC 6228 §6: no 199 where provisional responses must be reliable", () => {
    const { harness, caller, callee } = start(
      (proxy) => proxy.onFailureResponse((response) => proxy.dropResponse(response)),
      {},
      "INVITE",
      { extra: ["Supported: 199", "Require: 100rel"] },
    );

    harness.answer(callee, "486 Busy Here");
    assert.deepEqual(caller.startLines, ["SIP/2.0 100 Trying"]);
  });

  it("a reply of the user's own while the request is pending cancels it downstream", () => {
    const { harness, caller, callee } = start((proxy, request) =>
      proxy.onProvisionalResponse(() => void request.reply(480)),
    );

    harness.answer(callee, "180 Ringing");

    assert.equal(caller.startLines[1], "SIP/2.0 480 Temporarily Unavailable");
    assert.match(callee.startLines.at(-1) ?? "", /^CANCEL /);
  });

  it("RFC 4320 §4.2: a request other than INVITE never gets 408, and counts as answered", async () => {
    const { harness, caller, callee, results } = start(() => undefined, {}, "OPTIONS");

    harness.answer(callee, "408 Request Timeout");
    await turn();

    assert.deepEqual(caller.sent, []);
    assert.equal(results[0]?.outcome, "response");
    assert.equal(harness.transactions.activeTransactionCount, harness.transactions.finishedTransactionCount);
  });

  it("RFC 4320 §4.2: nor does one that nobody answers, which is no fault of the user's code", async () => {
    const { harness, caller, results } = start(() => undefined, { profile: { timerF: 4 } }, "OPTIONS");

    harness.clock.advance(4_000);
    await turn();

    assert.deepEqual(caller.sent, []);
    assert.deepEqual(results, [
      { outcome: "error", status: 408, reason: "Client Timeout", code: "client_timeout" },
    ]);
    assert.equal(harness.transactions.activeTransactionCount, harness.transactions.finishedTransactionCount);

    harness.clock.advance(60_000);
    assert.deepEqual(caller.sent, []);
    assert.equal(harness.transactions.activeTransactionCount, 0);
    assert.deepEqual(harness.logger.textsOf("warn"), []);
  });
});
