/** Uac and UacRequest of user code: requests of the server's own, on real sockets. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { Uac, UacRequest, Uri } from "oversip";

const tell = (uac, key) => {
  const say = (...what) => see({ [key]: what });
  return uac
    .onProvisionalResponse((response) => say("provisional", response.statusCode))
    .onSuccessResponse((response) => say("success", response.statusCode, response.transport, response.tvars.mine ?? null))
    .onFailureResponse((response) => say("failure", response.statusCode))
    .onCanceled(() => say("canceled"))
    .onError((...values) => say("error", ...values))
    .onTarget((target) => say("target", target.transport, target.ip));
};
const outcomeOf = ({ outcome, response, status, code }) => [outcome, response?.statusCode ?? status ?? null, code ?? null];

/** Each gets the address of the callee, and is answered before it ends. */
const cases = {
  async options(request, uri) {
    const own = new UacRequest({ method: "OPTIONS", ruri: uri });
    own.tvars.mine = "yes";
    see({ ["outcome " + request.callId]: outcomeOf(await tell(new Uac(), request.callId).route(own)) });
  },
  async full(request, uri) {
    const own = new UacRequest(
      { method: "MESSAGE", ruri: Uri.parse(uri), from: '"The Server" <sip:server@home.example>', fromTag: "from1", to: "sip:bob@home.example",
        toTag: "to1", callId: "call-of-uac", cseq: 77, maxForwards: 5 },
      ["X-One: 1", "Content-Type: text/plain", "User-Agent: mine"],
      "grüß dich",
    );
    own.setHeader("X-Two", "2");
    see({ full: outcomeOf(await new Uac().route(own)) });
  },
  async destination(request, uri) {
    const { host, port } = Uri.parse(uri);
    const own = new UacRequest({ method: "OPTIONS", ruri: "sip:somebody@nowhere.example" }, [], Buffer.from("00ff", "hex"));
    see({ ["outcome " + request.callId]: outcomeOf(await new Uac().route(own, { host, port, transport: "tcp" })) });
  },
  async call(request, uri) {
    const uac = tell(new Uac(), "call");
    const invite = new UacRequest({ method: "INVITE", ruri: uri, callId: "call", cseq: 10, fromTag: "mine" }, ["Content-Type: application/sdp"], "v=0");
    const { outcome, response } = await uac.route(invite);
    see({ established: [outcome, response.statusCode, response.toTag] });
    const bye = new UacRequest({ method: "BYE", ruri: response.contact, from: invite.from, fromTag: "mine", to: response.to, toTag: response.toTag, callId: "call", cseq: 11 });
    see({ over: outcomeOf(await uac.route(bye)) });
  },
  async cancel(request, uri) {
    const uac = tell(new Uac(), "cancel");
    uac.onProvisionalResponse(() => { see({ canceling: [uac.cancel(['Reason: SIP ;cause=480']), uac.cancel()] }); });
    see({ canceled: outcomeOf(await uac.route(new UacRequest({ method: "INVITE", ruri: uri }))), late: uac.cancel() });
  },
  /** A copy of the request goes to the callee; what becomes of it is told to user code alone. */
  async copy(request, uri) {
    request.createTransaction();
    const { response } = await new Uac().route(request, { host: "127.0.0.1", port: Uri.parse(uri).port });
    if (request.header("X-Full") === "yes") {
      request.replyFull(response);
    } else {
      request.reply(299, "After " + response.statusCode);
    }
  },
  async failing(request, uri) {
    see({ ["outcome " + request.callId]: outcomeOf(await tell(new Uac(), request.callId).route(new UacRequest({ method: "OPTIONS", ruri: uri }))) });
  },
  /** No request of anybody else is there any more. */
  later(request, uri) {
    setTimeout(async () => see({ later: outcomeOf(await new Uac().route(new UacRequest({ method: "NOTIFY", ruri: uri }))) }), 20);
  },
  errors(request, uri) {
    const names = [];
    const attempt = (make) => {
      try {
        make();
        names.push("accepted");
      } catch (error) {
        names.push(error.name);
      }
    };
    attempt(() => new UacRequest({ ruri: uri }));
    attempt(() => new UacRequest({ method: "OPTIONS" }));
    attempt(() => new UacRequest({ method: "OPTIONS", ruri: "no uri at all" }));
    attempt(() => new UacRequest({ method: "OPTIONS", ruri: uri, maxForwards: 256 }));
    attempt(() => new UacRequest({ method: "OPTIONS", ruri: uri, fromTag: "a b" }));
    attempt(() => new UacRequest({ method: "OPTIONS", ruri: uri }, ["X-A: b\\r\\nX-C: d"]));
    attempt(() => new UacRequest({ method: "OPTIONS", ruri: uri }, ["Via: SIP/2.0/UDP elsewhere"]));
    attempt(() => new UacRequest({ method: "CANCEL", ruri: uri }));
    attempt(() => new Uac(String("nowhere")));
    attempt(() => new Uac().route({}));
    see({ errors: names });
  },
};

export const sipEvents = {
  async onRequest(request) {
    const uri = request.header("X-Uri");
    const done = cases[request.ruri.user](request, uri);
    if (request.ruri.user !== "copy") {
      request.reply(202);
    }
    await done;
  },
};
`;

describe("Uac and UacRequest", () => {
  let server: ApiServer;
  let asker: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, {
      "proxies.conf": "default_proxy:\n  timer_F: 2\n  use_blacklist: no\n",
    });
    asker = await server.client("udp");
  });

  afterEach(async () => assert.deepEqual(await asker.takeWaiting(), []));

  after(async () => {
    await asker[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Has user code do something with the callee. */
  const ask = async (user: string, uri: string, extra: readonly string[] = []) => {
    const sent = asker.sendRequest("MESSAGE", {
      ruri: `sip:${user}@home.example`,
      extra: [`X-Uri: ${uri}`, ...extra],
    });

    if (user !== "copy") {
      await asker.nextResponse(202);
    }

    return sent;
  };

  for (const transport of ["udp", "tcp", "tls"] as const) {
    for (const ip of ["127.0.0.1", "::1"]) {
      it(`a request goes out over ${transport} to ${ip} with the default header fields, and its 200 comes back`, async () => {
        await using callee = await server.callee(transport, ip);
        const { callId } = await ask("options", callee.uri("bob"));
        const received = await callee.nextRequest("OPTIONS");
        const host = ip === "::1" ? "[::1]" : ip;

        assert.equal(received.requestUriText, callee.uri("bob"));
        assert.equal(received.viaCount, 1);
        assert.equal(received.topVia.transport, transport.toUpperCase());
        assert.equal(received.topVia.host, host);
        assert.match(received.topVia.branch ?? "", /^z9hG4bK/);
        assert.match(received.header("From") ?? "", /^"OverSIP [^"]+" <sip:oversip@[^>]+>;tag=[0-9a-f]{8}$/);
        assert.equal(received.header("To"), `<sip:bob@${host}>`);
        assert.match(received.callId, /^[0-9a-f]{16}$/);
        assert.equal(received.maxForwards, 20);
        assert.match(received.header("User-Agent") ?? "", /^OverSIP\//);
        assert.deepEqual(
          [received.hasHeader("Record-Route"), received.hasHeader("Contact"), received.contentLength],
          [false, false, 0],
        );
        callee.reply(received, 200);
        assert.deepEqual(await server.sees<unknown>(`outcome ${callId}`), ["response", 200, null]);
        assert.deepEqual(server.allSeen(callId), [
          ["target", transport, ip],
          ["success", 200, transport, "yes"],
        ]);
      });
    }
  }

  it("all that UacRequest takes is in the request", async () => {
    await using callee = await server.callee("udp");

    await ask("full", callee.uri("bob"));

    const received = await callee.nextRequest("MESSAGE");

    for (const [name, value] of [
      ["From", '"The Server" <sip:server@home.example>;tag=from1'],
      ["To", "<sip:bob@home.example>;tag=to1"],
      ["Call-ID", "call-of-uac"],
      ["CSeq", "77 MESSAGE"],
      ["Max-Forwards", "5"],
      ["X-One", "1"],
      ["X-Two", "2"],
      ["User-Agent", "mine"],
      ["Content-Type", "text/plain"],
    ] as const) {
      assert.deepEqual(received.headerAll(name), [value]);
    }

    assert.equal(received.bodyText, "grüß dich");
    callee.reply(received, 404);
    assert.deepEqual(await server.sees<unknown>("full"), ["response", 404, null]);
  });

  it("a destination wins over the Request-URI, and a body may be bytes", async () => {
    await using callee = await server.callee("tcp");
    const { callId } = await ask("destination", callee.uri("bob"));
    const received = await callee.nextRequest("OPTIONS");

    assert.equal(received.requestUriText, "sip:somebody@nowhere.example");
    assert.equal(received.body.toString("hex"), "00ff");
    callee.reply(received, 200);
    assert.deepEqual(await server.sees<unknown>(`outcome ${callId}`), ["response", 200, null]);
  });

  it("INVITE: provisional, 200, ACK (RFC 3261 section 13.2.2.4), ACK again for a repeated 200, and a BYE that user code makes", async () => {
    await using callee = await server.callee("udp");

    await ask("call", callee.uri("bob"));

    const invite = await callee.nextRequest("INVITE");

    assert.equal(invite.bodyText, "v=0");
    assert.ok(invite.contact !== undefined);
    callee.reply(invite, 180);
    callee.reply(invite, 200, { extra: [callee.contact] });

    const ack = await callee.nextRequest("ACK");

    assert.deepEqual(
      [ack.requestUriText, ack.toTag, ack.cseq, ack.header("From")],
      [callee.uri("me"), "callee", 10, invite.header("From")],
    );
    assert.notEqual(ack.topVia.branch, invite.topVia.branch);
    callee.reply(invite, 200, { extra: [callee.contact] });

    // The BYE may come before the second ACK.
    const next = [await callee.nextRequestOf(["ACK", "BYE"]), await callee.nextRequestOf(["ACK", "BYE"])];
    const bye = next.find(({ method }) => method === "BYE");

    assert.ok(bye !== undefined && next.some(({ method }) => method === "ACK"));
    assert.deepEqual([bye.fromTag, bye.toTag, bye.cseq, bye.callId], ["mine", "callee", 11, "call"]);
    callee.reply(bye, 200);
    assert.deepEqual(await server.sees<unknown>("over"), ["response", 200, null]);
    assert.deepEqual(server.allSeen("established"), [["response", 200, "callee"]]);
    assert.deepEqual(server.allSeen("call"), [
      ["target", "udp", "127.0.0.1"],
      ["provisional", 180],
      ["success", 200, "udp", null],
      ["target", "udp", "127.0.0.1"],
      ["success", 200, "udp", null],
    ]);
  });

  it("cancel: CANCEL with its extra headers (RFC 3261 section 9.1), 487, ACK, and the outcome is canceled", async () => {
    await using callee = await server.callee("udp");

    await ask("cancel", callee.uri("bob"));

    const invite = await callee.nextRequest("INVITE");

    callee.reply(invite, 180);

    const cancel = await callee.nextRequest("CANCEL");

    assert.equal(cancel.topVia.branch, invite.topVia.branch);
    assert.equal(cancel.header("Reason"), "SIP ;cause=480");
    callee.reply(cancel, 200);
    callee.reply(invite, 487);
    await callee.nextRequest("ACK");
    assert.deepEqual(await server.sees<unknown>("canceled"), ["canceled", null, null]);
    assert.deepEqual(server.allSeen("canceling"), [[true, false]]);
    assert.deepEqual(server.allSeen("late"), [false]);
    assert.deepEqual(server.allSeen("cancel"), [
      ["target", "udp", "127.0.0.1"],
      ["provisional", 180],
      ["canceled"],
    ]);
  });

  it("a received request is sent as a copy with one Via, and its response goes nowhere unless replyFull sends it", async () => {
    await using callee = await server.callee("udp");

    for (const full of ["no", "yes"]) {
      const sent = await ask("copy", callee.uri("bob"), [`X-Full: ${full}`]);
      const received = await callee.nextRequest("MESSAGE");

      assert.deepEqual(
        [received.callId, received.viaCount, received.maxForwards, received.fromTag],
        [sent.callId, 1, 69, "caller"],
      );
      assert.notEqual(received.topVia.branch, sent.branch);
      callee.reply(received, 200, { reason: "From the callee", extra: ["X-Callee: yes"] });

      const response = await asker.nextResponse(full === "yes" ? 200 : 299);

      assert.equal(response.reasonPhrase, full === "yes" ? "From the callee" : "After 200");
      assert.equal(response.header("X-Callee"), full === "yes" ? "yes" : undefined);
      assert.equal(response.topVia.branch, sent.branch);
    }
  });

  it("a failure, a refused connection, silence and an unknown scheme are told as they are for SipProxy", async () => {
    await using callee = await server.callee("udp");
    const outcomeOf = async (uri: string, answer?: () => Promise<void>) => {
      const { callId } = await ask("failing", uri);

      await answer?.();

      return {
        outcome: await server.sees<unknown>(`outcome ${callId}`),
        seen: server.allSeen(callId).at(-1),
      };
    };

    assert.deepEqual(
      await outcomeOf(callee.uri("bob"), async () =>
        callee.reply(await callee.nextRequest("OPTIONS"), 401, {
          extra: ['WWW-Authenticate: Digest realm="x"'],
        }),
      ),
      { outcome: ["response", 401, null], seen: ["failure", 401] },
    );
    assert.deepEqual(await outcomeOf("sip:bob@127.0.0.1:1;transport=tcp"), {
      outcome: ["error", 500, "connection_error"],
      seen: ["error", 500, "Connection Error", "connection_error"],
    });
    assert.deepEqual(await outcomeOf("tel:+1"), {
      outcome: ["error", 416, "unsupported_uri_scheme"],
      seen: ["error", 416, "Unsupported URI scheme", "unsupported_uri_scheme"],
    });
    assert.deepEqual(await outcomeOf(callee.uri("silent")), {
      outcome: ["error", 408, "client_timeout"],
      seen: ["error", 408, "Client Timeout", "client_timeout"],
    });
    await callee.takeWaiting();
  });

  it("a timer of user code can send when nobody's request is left", async () => {
    await using callee = await server.callee("udp");

    await ask("later", callee.uri("bob"));
    callee.reply(await callee.nextRequest("NOTIFY"), 200);
    assert.deepEqual(await server.sees<unknown>("later"), ["response", 200, null]);
  });

  it("what is no request is refused with an error of its kind", async () => {
    await ask("errors", "sip:bob@127.0.0.1");
    assert.deepEqual(await server.sees<unknown>("errors"), [
      "SipRuntimeError",
      "SipRuntimeError",
      "ParsingError",
      "SipRuntimeError",
      "HeaderValueError",
      "HeaderValueError",
      "SipRuntimeError",
      "SipRuntimeError",
      "SipRuntimeError",
      "TypeError",
    ]);
  });
});
