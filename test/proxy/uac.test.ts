import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SipRuntimeError, TransportError } from "../../src/errors/errors.ts";
import type { Target } from "../../src/transport/target.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";
import { startUac, turn } from "../support/uac-start.ts";

const target = (ip: string): Target => ({ transport: "udp", ip, ipType: "ipv4", port: 5060 });

describe("Uac: RFC 3261 §8.1 a request of the server's own", () => {
  it("§8.1.1.7 goes out with a Via of this server, without Record-Route, and as it was made", () => {
    const { callee, harness, request } = startUac({ method: "OPTIONS" });
    const [text = ""] = callee.sent;

    assert.match(
      text,
      /^OPTIONS sip:bob@198\.51\.100\.7:5062 SIP\/2\.0\r\nVia: SIP\/2\.0\/UDP 192\.0\.2\.100:5060;branch=z9hG4bK[\w-]{24}\r\n/,
    );
    assert.equal(text.replace(/Via: .*\r\n/, ""), request.toString());
    assert.equal(
      harness.lastRequest(callee).header("From"),
      '"OverSIP 0.0.0" <sip:oversip@192.0.2.100>;tag=mine',
    );
  });

  it("§8.1.3 a 2xx goes to onSuccessResponse and to the result, with the request, its tvars and its connection", async () => {
    const { callee, harness, request, result, events, uac } = startUac({ method: "OPTIONS" });

    request.tvars["mine"] = 1;
    harness.answer(callee, "100 Trying");
    harness.answer(callee, "183 Busy With It");
    harness.answer(callee, "200 OK", ["X-Answer: yes"]);

    const end = await result;

    assert.deepEqual(events, ["target udp 198.51.100.7 5062", "provisional 183", "success 200 callee"]);
    assert.ok(end.outcome === "response");
    assert.equal(end.response.header("X-Answer"), "yes");
    assert.equal(end.response.request, request);
    assert.equal(end.response.tvars, request.tvars);
    assert.equal(end.response.connection, callee);
    assert.equal(end.response.sourceIp, "198.51.100.7");
    assert.equal(uac.request, request);
    assert.deepEqual(uac.currentTarget, { transport: "udp", ip: "198.51.100.7", ipType: "ipv4", port: 5062 });
    assert.deepEqual(
      harness.logger.lines.filter(({ level }) => level !== "debug"),
      [],
    );
  });

  it("§8.1.3.4, §8.1.3.5 redirections and challenges go to onFailureResponse: none is followed or answered", async () => {
    for (const [status, header] of [
      ["302 Moved", "Contact: <sip:bob@203.0.113.9>"],
      ["401 Unauthorized", 'WWW-Authenticate: Digest realm="r", nonce="n"'],
      ["407 Proxy Authentication Required", 'Proxy-Authenticate: Digest realm="r", nonce="n"'],
    ] as const) {
      const { callee, harness, result, events } = startUac({ method: "REGISTER" });

      harness.answer(callee, status, [header]);
      assert.equal((await result).outcome, "response");
      assert.equal(events.at(-1), `failure ${status.slice(0, 3)}`);
      assert.equal(callee.sent.length, 1);
      assert.equal(harness.transports.flows.length, 1);
    }
  });

  it("callbacks are waited for, in order, before the result; one that throws is logged and the others still run", async () => {
    const { callee, harness, result, events, uac } = startUac({ method: "OPTIONS" });

    uac.onSuccessResponse(async () => {
      await turn();
      events.push("slow");
      throw new Error("of the user's code");
    });
    uac.onSuccessResponse(() => void events.push("last"));
    harness.answer(callee, "200 OK");
    await result;

    assert.deepEqual(events.slice(-2), ["slow", "last"]);
    assert.deepEqual(harness.logger.textsOf("error"), ["of the user's code"]);
  });

  it("no answer within timer_F: onError 408 client_timeout", async () => {
    const { callee, harness, result, events } = startUac({ method: "MESSAGE" }, { profile: { timerF: 4 } });

    harness.clock.advance(4000);

    assert.deepEqual(await result, {
      outcome: "error",
      status: 408,
      reason: "Client Timeout",
      code: "client_timeout",
    });
    assert.equal(events.at(-1), "error 408 Client Timeout client_timeout");
    assert.ok(callee.sent.length > 1);
  });

  it("RFC 3263 §4.3: the next target on a connection error, with a branch of its own, and on 503", async () => {
    const { harness, result, events } = startUac(
      { method: "MESSAGE", ruri: "sip:bob@example.com" },
      { names: { "example.com": [target("203.0.113.1"), target("203.0.113.2"), target("203.0.113.3")] } },
    );
    const [first, second, third] = [1, 2, 3].map((n) => harness.flowTo(`203.0.113.${n}`, 5060));

    first?.failLastSend(new TransportError("refused", "connection"));
    assert.ok(first && second && third);
    harness.answer(second, "503 Service Unavailable");
    harness.answer(third, "200 OK");

    assert.equal((await result).outcome, "response");
    assert.deepEqual(events, [
      "target udp 203.0.113.1 5060",
      "target udp 203.0.113.2 5060",
      "target udp 203.0.113.3 5060",
      "success 200 callee",
    ]);
    assert.notEqual(harness.lastRequest(first).topVia.branch, harness.lastRequest(second).topVia.branch);
  });

  it("a 503 of the last target is shown as it is", async () => {
    const { callee, harness, events } = startUac({ method: "MESSAGE" });

    harness.answer(callee, "503 Service Unavailable");
    assert.equal(events.at(-1), "failure 503");
  });

  it("what has no target: onError with the code that SipProxy has", async () => {
    for (const [ruri, event] of [
      ["tel:+1234", "error 416 Unsupported URI scheme unsupported_uri_scheme"],
      ["sip:nowhere.example", "error 404 No DNS Resolution no_dns_resolution"],
      ["sip:192.0.2.1;transport=ws", "error 478 Unsupported Transport unsupported_transport"],
    ] as const) {
      const { events, result } = startUac({ method: "OPTIONS", ruri });

      assert.equal((await result).outcome, "error");
      assert.deepEqual(events, [event]);
    }
  });

  it("abortRouting in onTarget: nothing is sent; onTarget may wait, and edit what is sent", async () => {
    const harness = new ProxyHarness();
    const { Uac, UacRequest } = harness.oversip;
    const callee = harness.flowTo("198.51.100.7", 5062);
    const make = () => new UacRequest({ method: "OPTIONS", ruri: "sip:bob@198.51.100.7:5062" });
    const aborting = new Uac();
    const aborted = await aborting.onTarget(() => aborting.abortRouting()).route(make());

    assert.equal(aborted.outcome === "error" && aborted.code, "destination_aborted");
    assert.deepEqual(callee.sent, []);

    const request = make();

    new Uac()
      .onTarget(async () => {
        await turn();
        request.setHeader("Subject", "late");
      })
      .route(request);
    await turn();
    await turn();
    assert.equal(harness.lastRequest(callee).header("Subject"), "late");
  });

  it("addTargetToBlacklist lists the target for all", async () => {
    const { callee, harness, uac, result } = startUac({ method: "OPTIONS" });

    uac.addTargetToBlacklist(60, 480, "Not There");
    harness.answer(callee, "200 OK");
    await result;

    const second = await uac.route(
      new harness.oversip.UacRequest({ method: "OPTIONS", ruri: "sip:198.51.100.7:5062" }),
    );

    assert.deepEqual(second, {
      outcome: "error",
      status: 480,
      reason: "Not There",
      code: "destination_blacklisted",
    });
    assert.throws(() => uac.addTargetToBlacklist(1), SipRuntimeError);
  });

  it("refuses what is no request or destination, and a profile that is not there", () => {
    const { Uac, UacRequest } = new ProxyHarness().oversip;
    const request = new UacRequest({ method: "OPTIONS", ruri: "sip:198.51.100.7" });

    assert.throws(() => new Uac().route({} as never), TypeError);
    assert.throws(() => new Uac().route(request, { host: "" }), TypeError);
    assert.throws(() => new Uac("missing"), SipRuntimeError);
  });

  it("the same request can be sent again, and one Uac sends several at once", async () => {
    const { callee, harness, uac, request, result, events } = startUac({ method: "OPTIONS" });
    const second = uac.route(request, { host: "203.0.113.1" });

    harness.answer(harness.flowTo("203.0.113.1", 5060), "200 OK", [], "second");
    harness.answer(callee, "486 Busy Here");
    assert.deepEqual([(await result).outcome, (await second).outcome], ["response", "response"]);
    assert.deepEqual(events.slice(2), ["success 200 second", "failure 486"]);
  });

  it("over IPv6 and a stream, Via and the default Contact name the listening point", () => {
    const { harness } = startUac({ ruri: "sip:bob@[2001:db8::7];transport=tcp" }, { withIpv6: true });
    const request = harness.lastRequest(harness.flowTo("2001:db8::7", 5060, "tcp"));

    assert.equal(request.topVia.text.split(";")[0], "SIP/2.0/TCP [2001:db8::100]:5060");
    assert.equal(request.header("Contact"), "<sip:oversip@[2001:db8::100]:5060;transport=tcp>");
  });

  it("§8.1.1.8 Contact: only where the method makes a dialog, unless there is one, and sips where the way is", () => {
    const contactOf = (data: object, extraHeaders: string[] = []) => {
      const { harness } = startUac(data, { extraHeaders });

      return harness.transports.flows
        .filter((flow) => flow.sent.length > 0)
        .map((flow) => harness.lastRequest(flow).headerAll("Contact"))[0];
    };

    assert.deepEqual(contactOf({}), ["<sip:oversip@192.0.2.100:5060;transport=udp>"]);
    assert.deepEqual(contactOf({ method: "SUBSCRIBE" })?.length, 1);
    assert.deepEqual(contactOf({ method: "MESSAGE" }), []);
    assert.deepEqual(contactOf({}, ["Contact: <sip:me@example.org>"]), ["<sip:me@example.org>"]);
    assert.deepEqual(contactOf({ ruri: "sips:bob@198.51.100.7" }), ["<sips:oversip@192.0.2.100:5061>"]);
  });
});

describe("Uac: RFC 3261 §8.1.2 where a request is sent", () => {
  const sentTo = (harness: ProxyHarness) =>
    harness.transports.flows.filter((flow) => flow.sent.length > 0).map((flow) => flow.remoteDescription);

  it("the destination of the user's code wins over Route and Request-URI", () => {
    const { harness } = startUac(
      { method: "OPTIONS" },
      { destination: { host: "203.0.113.1", port: 5070 }, extraHeaders: ["Route: <sip:203.0.113.2;lr>"] },
    );

    assert.deepEqual(sentTo(harness), ["203.0.113.1:5070"]);
  });

  it("else the topmost Route; a strict router gets itself as Request-URI", () => {
    const loose = startUac({ method: "OPTIONS" }, { extraHeaders: ["Route: <sip:203.0.113.2;lr>"] }).harness;
    const strict = startUac({ method: "OPTIONS" }, { extraHeaders: ["Route: <sip:203.0.113.3>"] }).harness;

    assert.deepEqual(sentTo(loose), ["203.0.113.2:5060"]);
    assert.deepEqual(loose.lastRequest(loose.flowTo("203.0.113.2", 5060)).headerAll("Route"), [
      "<sip:203.0.113.2;lr>",
    ]);
    assert.deepEqual(sentTo(strict), ["203.0.113.3:5060"]);

    const request = strict.lastRequest(strict.flowTo("203.0.113.3", 5060));

    assert.equal(request.requestUriText, "sip:203.0.113.3");
    assert.deepEqual(request.headerAll("Route"), ["<sip:bob@198.51.100.7:5062>"]);
  });

  it("RFC 5626 §5.3: a Route of this server with a flow token leads down that flow, and is taken off", async () => {
    const harness = new ProxyHarness();
    const { Uac, UacRequest } = harness.oversip;
    const client = harness.peer({ transport: "wss", remoteIp: "203.0.113.50", remotePort: 40_000 });
    const make = (route: string) =>
      new UacRequest({ method: "MESSAGE", ruri: "sip:web@browser.invalid" }, [`Route: ${route}`]);
    const own = harness.environment.ownRoutes.valueFor(client.listeningPoint, {
      flowToken: client.flowToken,
    });
    const result = new Uac().route(make(own));
    const request = harness.lastRequest(client);

    assert.equal(request.requestUriText, "sip:web@browser.invalid");
    assert.equal(request.hasHeader("Route"), false);
    assert.match(request.topVia.text, /^SIP\/2\.0\/WSS /);
    harness.answer(client, "200 OK");
    assert.equal((await result).outcome, "response");

    client.close();

    const closed = await new Uac().route(make(own));
    const forged = await new Uac().route(make(own.replace("<sip:", "<sip:x")));

    assert.deepEqual(
      [closed, forged].map((end) => end.outcome === "error" && end.status),
      [430, 403],
    );
    assert.equal(client.sent.length, 1);
  });
});

describe("Uac: a received request", () => {
  function receive(text: string, before: (harness: ProxyHarness) => void = () => undefined) {
    const results: unknown[] = [];
    const harness: ProxyHarness = new ProxyHarness({
      onRequest:
        ({ Uac }) =>
        async (request) => {
          if (request.method !== "ACK") {
            request.createTransaction();
          }

          const end = await new Uac().route(request, { host: "203.0.113.1" });

          results.push(end.outcome);

          if (end.outcome === "response" && request.method === "MESSAGE") {
            request.replyFull(end.response);
          }
        },
    });

    before(harness);

    const caller = harness.peer({ remoteIp: "192.0.2.1" });

    harness.receive(caller, text);

    return { harness, caller, results, copyTo: harness.flowTo("203.0.113.1", 5060) };
  }

  it("is sent as a copy with this server's Via alone, no Record-Route, and one hop less; the rest as it was", () => {
    const text = requestText("MESSAGE", {
      extra: ["Record-Route: <sip:203.0.113.77;lr>", "X-Odd:   kept", "Subject: hi"],
      body: "text",
    });
    const { harness, copyTo } = receive(text);
    const copy = harness.lastRequest(copyTo);

    assert.equal(copy.viaCount, 1);
    assert.equal(copy.topVia.host, "192.0.2.100");
    assert.equal(copy.maxForwards, 69);
    assert.equal(
      copyTo.sent[0]?.replace(/Via: .*\r\n/, ""),
      text
        .replace(/Via: .*\r\n/, "")
        .replace(/Record-Route: .*\r\n/, "")
        .replace("Max-Forwards: 70", "Max-Forwards: 69"),
    );
  });

  it("its responses go nowhere upstream, unless replyFull sends one, with the request's Via", async () => {
    const { harness, caller, copyTo } = receive(requestText("MESSAGE"));

    harness.answer(copyTo, "180 Ringing");
    assert.deepEqual(caller.sent, []);
    harness.answer(copyTo, "202 Accepted", ["X-Answer: yes"]);
    await turn();

    const response = harness.lastResponse(caller);

    assert.equal(response.statusCode, 202);
    assert.equal(response.header("X-Answer"), "yes");
    assert.equal(response.viaCount, 1);
    assert.equal(response.topVia.branch, "z9hG4bKone");
  });

  it("an ACK is sent once, without a transaction, and the result says forwarded", async () => {
    const { harness, copyTo, results } = receive(requestText("ACK", { toTag: "callee" }));

    await turn();
    harness.clock.advance(60_000);
    assert.equal(copyTo.sent.length, 1);
    assert.equal(harness.lastRequest(copyTo).method, "ACK");
    assert.deepEqual(results, ["forwarded"]);
  });

  it("SECURITY: without hops left it is not sent, and a copy that comes back unchanged is a loop (482)", async () => {
    const { copyTo, results } = receive(requestText("MESSAGE", { maxForwards: 0 }));

    await turn();
    assert.deepEqual(copyTo.sent, []);
    assert.deepEqual(results, ["error"]);

    const { harness, copyTo: first } = receive(requestText("MESSAGE"));
    const elsewhere = harness.peer({ remoteIp: "203.0.113.1", remotePort: 5999 });

    harness.receive(elsewhere, first.sent[0] ?? "");
    assert.deepEqual(elsewhere.startLines, ["SIP/2.0 482 Loop Detected"]);
  });

  it("RFC 5626 §5.3: its Route with a flow token leads down that flow, also after looseRoute, but not back to its sender", async () => {
    for (const loosens of [true, false]) {
      const harness: ProxyHarness = new ProxyHarness({
        onRequest:
          ({ Uac }) =>
          (request) => {
            if (loosens) {
              request.looseRoute();
            }

            new Uac().route(request);
          },
      });
      const { ownRoutes } = harness.environment;
      const caller = harness.peer({ remoteIp: "192.0.2.1" });
      const client = harness.peer({ transport: "ws", remoteIp: "203.0.113.50", remotePort: 40_000 });
      const target = harness.flowTo("198.51.100.7", 5062);
      const send = (flow: typeof caller, branch: string) =>
        harness.receive(
          caller,
          requestText("MESSAGE", {
            branch,
            toTag: "x",
            extra: [`Route: ${ownRoutes.valueFor(flow.listeningPoint, { flowToken: flow.flowToken })}`],
          }),
        );

      send(client, "z9hG4bKa");
      assert.equal(client.sent.length, 1);
      assert.equal(harness.lastRequest(client).hasHeader("Route"), false);
      send(caller, "z9hG4bKb");
      assert.equal(target.sent.length, 1);
      assert.deepEqual(caller.sent, []);
    }
  });

  it("a request of the server's own that comes to itself is no loop", () => {
    const { harness, callee } = startUac({ method: "OPTIONS" });
    const self = harness.peer({ remoteIp: "192.0.2.100", remotePort: 5060 });

    harness.receive(self, callee.sent[0] ?? "");
    assert.notEqual(self.startLines.at(-1), "SIP/2.0 482 Loop Detected");
  });
});
