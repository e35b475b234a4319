/** What user code can do with a request, seen from the wire: replies, transactions, Max-Forwards, Routes, NAT. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import { SipProxy, oversip } from "oversip";

const cases = {
  reply(request) {
    const [status, reason, extra, body, encoding] = JSON.parse(request.header("X-Arguments") ?? "[200]");
    try {
      const result = request.reply(status, reason ?? undefined, extra ?? undefined, encoding ? Buffer.from(body, encoding) : body ?? undefined);
      see({ [request.callId]: [result, request.reply(500)] });
    } catch (error) {
      see({ [request.callId]: error.name });
      request.reply(202);
    }
  },
  ack(request) {
    if (request.method === "ACK") {
      see({ ack: [request.callId, request.reply(200), request.createTransaction(), request.initial] });
    } else {
      see({ notAck: request.method });
      request.createTransaction();
      request.reply(Number(request.header("X-Status")));
    }
  },
  async replyFull(request) {
    const proxy = new SipProxy();
    proxy.onFailureResponse((response) => proxy.dropResponse(response));
    const { response } = await proxy.route(request);
    response.statusCode = 486;
    response.reasonPhrase = "Occupé";
    response.setHeader("X-Made", "here");
    see({ replyFull: [request.replyFull(response), request.replyFull(response)] });
  },
  async transaction(request) {
    const results = [request.createTransaction(), request.createTransaction()];
    see({ transaction: request.method });
    setTimeout(() => see({ late: [...results, request.reply(200, "Late")] }), 50);
  },
  maxForwards(request) {
    const result = request.checkMaxForwards(20);
    see({ [request.callId]: [result, request.newMaxForwards ?? null, request.reply === undefined] });
    if (result) {
      new SipProxy().route(request);
    }
  },
  forward(request) {
    new SipProxy().route(request);
  },
  looseRoute(request) {
    see({ [request.callId]: [request.looseRoute(), request.routes.map(String), request.inDialog] });
    request.reply(200);
  },
  routing(request) {
    request.looseRoute();
    new SipProxy().route(request);
  },
  nat(request) {
    const before = request.outgoingOutboundRequested;
    if (request.header("X-Fix") === "yes") {
      request.fixNat();
    }
    see({ [request.callId]: [before, request.outgoingOutboundRequested, request.incomingOutboundRequested] });
    request.reply(200);
  },
  myself(request) {
    const results = [request.destinationMyself()];
    for (const uri of JSON.parse(request.header("X-Uris"))) {
      request.ruri = uri;
      results.push(request.destinationMyself());
    }
    see({ [request.callId]: results });
    request.reply(200);
  },
  close(request) {
    see({ ["close " + request.callId]: [request.closeConnection(), request.closeConnection(), request.connection.isOpen] });
    if (request.isUdp) {
      request.reply(200);
    }
  },
  signal(request) {
    request.createTransaction();
    request.signal.addEventListener("abort", () => see({ aborted: request.callId }));
    see({ waiting: request.callId });
  },
  throws() {
    throw new TypeError("secret of the house");
  },
  async rejects() {
    await pause(1);
    throw new RangeError("secret of the house");
  },
  hangs: (request) => {
    see({ hangs: request.method });
    return new Promise(() => {});
  },
  /** Looks something up first, and has not said that it keeps the request. */
  async slow(request) {
    see({ ["slow " + request.callId]: request.method });
    await pause(Number(request.header("X-Milliseconds")));
    const result = await new SipProxy().route(request);
    see({ ["slow outcome " + request.callId]: result.outcome });
  },
  nothing() {
    see({ nothing: true });
  },
};

export const sipEvents = {
  onRequest: (request) => (cases[request.ruri.user] ?? cases[request.header("X-Case")])(request),
};
`;

const escapeNonAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

describe("a request in the hands of user code", () => {
  let server: ApiServer;
  let caller: SipUserAgent;
  let callee: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC);
    caller = await server.client("udp");
    callee = await server.callee("udp");
  });

  after(async () => {
    // Every answer was asked for: there is not one too many.
    assert.deepEqual([caller.waitingCount, callee.waitingCount], [0, 0]);
    await caller[Symbol.asyncDispose]();
    await callee[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const own = (user: string): string => `sip:${user}@127.0.0.1:${server.address("udp").port}`;

  /** Asks for reply(...values) and returns what came of it. */
  const askForReply = async (values: readonly unknown[], status: number, agent = caller) => {
    const { callId } = agent.sendRequest("MESSAGE", {
      ruri: own("reply"),
      extra: [
        `X-Arguments: ${escapeNonAscii(JSON.stringify(values))}`,
        "Record-Route: <sip:other.example;lr>",
      ],
    });
    const response = await agent.nextResponse(status);

    return { response, result: await server.sees<unknown>(callId) };
  };

  describe("reply", () => {
    for (const [status, reason] of [
      [200, "OK"],
      [202, "Accepted"],
      [302, "Moved Temporarily"],
      [401, "Unauthorized"],
      [404, "Not Found"],
      [478, "Unresolvable Destination"],
      [503, "Service Unavailable"],
      [603, "Decline"],
      [299, "Reason Phrase Not Set"],
    ] as const) {
      it(`(${status}) says "${reason}" by itself`, async () => {
        const { response, result } = await askForReply([status], status);

        assert.equal(response.reasonPhrase, reason);
        assert.deepEqual(result, [true, false], "a second final reply is refused");
      });
    }

    it("takes Via, From, To, Call-ID and CSeq from the request, adds a To tag, Server and Content-Length, no Record-Route", async () => {
      const { response } = await askForReply([200], 200);

      const lines = response.toRawText().split("\r\n");

      assert.deepEqual(lines.slice(0, 6), [
        "SIP/2.0 200 OK",
        `Via: SIP/2.0/UDP ${caller.address};rport=${caller.port};branch=${response.topVia.branch};received=127.0.0.1`,
        'From: "Alice" <sip:alice@example.org>;tag=caller',
        `To: <sip:bob@example.com>;tag=${response.toTag}`,
        `Call-ID: ${response.callId}`,
        "CSeq: 1 MESSAGE",
      ]);
      assert.deepEqual(lines.slice(6).sort(), [
        "",
        "",
        "Content-Length: 0",
        `Server: ${response.header("Server")}`,
      ]);
      assert.match(response.header("Server") ?? "", /^OverSIP/);
    });

    it("takes a reason, extra headers and a body, text or bytes", async () => {
      const { response } = await askForReply(
        [480, "Später", ["X-One: 1", "x-two:two", "Content-Type: text/plain"], "grüß dich"],
        480,
      );

      assert.equal(response.reasonPhrase, "Später");
      assert.equal(response.header("X-One"), "1");
      assert.equal(response.header("X-Two"), "two");
      assert.equal(response.bodyText, "grüß dich");
      assert.equal(response.contentLength, Buffer.byteLength("grüß dich"));

      const { response: binary } = await askForReply([200, null, null, "00ff0d0a80", "hex"], 200);

      assert.equal(binary.body.toString("hex"), "00ff0d0a80");
    });

    for (const values of [
      [200, null, ["X-One: 1\r\nX-Injected: yes"]],
      [200, "OK\r\nX-Injected: yes"],
      [200, null, ["no colon"]],
    ]) {
      it(`throws HeaderValueError for ${JSON.stringify(values)}, and sends nothing`, async () => {
        const { response, result } = await askForReply(values, 202);

        assert.equal(result, "HeaderValueError");
        assert.equal(response.hasHeader("X-Injected"), false);
      });
    }

    for (const status of [99, 700, "200", 200.5]) {
      it(`throws SipRuntimeError for the status ${JSON.stringify(status)}`, async () => {
        const { result } = await askForReply([status], 202);

        assert.equal(result, "SipRuntimeError");
      });
    }

    it("in a dialog leaves the To tag as it is, once", async () => {
      caller.sendRequest("INFO", { ruri: own("reply"), toTag: "theirs" });

      const response = await caller.nextResponse(200);

      assert.equal(response.header("To"), "<sip:bob@example.com>;tag=theirs");
    });

    for (const transport of ["tcp", "tls", "ws", "wss"] as const) {
      it(`goes back over the connection of the request: ${transport}`, async () => {
        await using agent = await server.client(transport);
        const { response } = await askForReply([200, null, null, "over it"], 200, agent);

        assert.equal(response.bodyText, "over it");
        assert.equal(response.topVia.transport.toLowerCase(), transport);
      });
    }
  });

  it("the ACK of a 2xx arrives, and cannot be answered; retransmissions, the ACK of a failure and CANCEL do not arrive", async () => {
    const sawAck = () => server.allSeen("ack").length;
    const sawOther = () => server.allSeen("notAck").length;

    // A failure: its retransmission and its ACK are the transaction layer's.
    const refused = caller.sendRequest("INVITE", { ruri: own("ack"), extra: ["X-Status: 486"] });

    await caller.nextResponse(100);

    const { toTag } = await caller.nextResponse(486);

    caller.send(refused.text);
    assert.equal((await caller.nextResponse(486)).toTag, toTag);
    caller.sendWithin(refused, "CANCEL");
    assert.equal((await caller.nextResponse(200)).header("CSeq"), "1 CANCEL");
    caller.sendWithin(refused, "ACK", toTag);

    const accepted = caller.sendRequest("INVITE", { ruri: own("ack"), extra: ["X-Status: 200"] });

    await caller.nextResponse(100);

    const { toTag: tag = "" } = await caller.nextResponse(200);

    caller.sendRequest("ACK", { ruri: own("ack"), callId: accepted.callId, toTag: tag });
    assert.deepEqual(await server.sees<unknown>("ack"), [accepted.callId, false, false, false]);
    assert.deepEqual([sawAck(), sawOther()], [1, 2]);
  });

  it("without createTransaction nothing is kept: user code answers a retransmission again, with the same To tag; the ACK of a failure does not arrive (RFC 3261 section 8.2.7)", async () => {
    const arguments_ = "X-Arguments: [404]";
    const asked = caller.sendRequest("MESSAGE", { ruri: own("reply"), extra: [arguments_] });
    const { toTag } = await caller.nextResponse(404);

    caller.send(asked.text);
    assert.equal((await caller.nextResponse(404)).toTag, toTag);
    await server.sees<unknown>(asked.callId);

    const invite = caller.sendRequest("INVITE", { ruri: own("reply"), extra: [arguments_] });
    const refusal = await caller.nextResponse(404);

    caller.sendWithin(invite, "ACK", refusal.toTag);
    // What is asked next is seen next.
    await askForReply([200], 200);
    assert.equal(server.allSeen(asked.callId).length, 2);
    assert.equal(server.allSeen(invite.callId).length, 1);
  });

  it("replyFull sends a response that was held back, once, as one of this request", async () => {
    const sent = caller.sendRequest("INVITE", { ruri: callee.uri("replyFull") });

    await caller.nextResponse(100);
    callee.reply(await callee.nextRequest("INVITE"), 404, { extra: ["X-Callee: yes"], body: "reasons" });
    await callee.nextRequest("ACK");

    const response = await caller.nextResponse(486);

    assert.deepEqual(await server.sees<unknown>("replyFull"), [true, false]);
    assert.equal(response.reasonPhrase, "Occupé");
    assert.equal(response.header("X-Callee"), "yes");
    assert.equal(response.header("X-Made"), "here");
    assert.equal(response.bodyText, "reasons");
    assert.equal(response.topVia.branch, sent.branch);
    assert.equal(response.viaCount, 1);
    caller.sendWithin(sent, "ACK", response.toTag);
  });

  it("createTransaction keeps the request for an answer from a timer: true, then false, and 100 to an INVITE at once", async () => {
    const sent = caller.sendRequest("INVITE", { ruri: own("transaction") });

    await caller.nextResponse(100);
    // Meanwhile a retransmission gets the 100 again and is no news to user code.
    caller.send(sent.text);
    await caller.nextResponse(100);
    assert.equal((await caller.nextResponse(200)).reasonPhrase, "Late");
    assert.deepEqual(await server.sees<unknown>("late"), [true, false, true]);
    assert.equal(server.allSeen("transaction").length, 1);
  });

  describe("checkMaxForwards(20) (RFC 3261 section 16.3 step 3)", () => {
    for (const [received, forwarded] of [
      [undefined, 20],
      [70, 20],
      [21, 20],
      [20, 19],
      [5, 4],
      [1, 0],
    ] as const) {
      it(`is true with ${received ?? "none"}, and ${forwarded} is forwarded`, async () => {
        const { callId } = caller.sendRequest("OPTIONS", {
          ruri: callee.uri("maxForwards"),
          maxForwards: received,
        });
        const request = await callee.nextRequest("OPTIONS");

        assert.equal(request.maxForwards, forwarded);
        callee.reply(request, 200);
        await caller.nextResponse(200);
        assert.deepEqual(await server.sees<unknown>(callId), [true, forwarded, false]);
      });
    }

    it("is false with 0, which it has answered 483", async () => {
      const { callId } = caller.sendRequest("OPTIONS", { ruri: callee.uri("maxForwards"), maxForwards: 0 });

      assert.equal((await caller.nextResponse(483)).reasonPhrase, "Too Many Hops");
      assert.deepEqual(await server.sees<unknown>(callId), [false, null, false]);
    });

    it("need not be called: route lowers Max-Forwards, and answers 483 at 0", async () => {
      caller.sendRequest("OPTIONS", { ruri: callee.uri("forward"), maxForwards: 7 });

      const request = await callee.nextRequest("OPTIONS");

      assert.equal(request.maxForwards, 6);
      callee.reply(request, 200);
      await caller.nextResponse(200);
      caller.sendRequest("OPTIONS", { ruri: callee.uri("forward"), maxForwards: 0 });
      await caller.nextResponse(483);
    });
  });

  describe("looseRoute (RFC 3261 section 16.4)", () => {
    const ownRoute = (): string => `<sip:127.0.0.1:${server.address("udp").port};lr>`;
    const other = "<sip:192.0.2.33;lr>";

    for (const [what, toTag, routes, result] of [
      ["without Route", undefined, [], [false, [], false]],
      ["with the own Route alone", undefined, ["own"], [false, [], false]],
      ["with a Route beyond it", undefined, ["own", "other"], [true, [other], false]],
      ["with a foreign Route", undefined, ["other"], [true, [other], false]],
      ["without Route in a dialog", "theirs", [], [false, [], true]],
      ["with the own Route in a dialog", "theirs", ["own"], [true, [], true]],
      ["with own Routes and another in a dialog", "theirs", ["own", "own", "other"], [true, [other], true]],
      ["with a foreign Route in a dialog", "theirs", ["other"], [false, [other], true]],
    ] as const) {
      it(`${what} is ${result[0]} and leaves ${result[1].length} Routes`, async () => {
        const { callId } = caller.sendRequest("INFO", {
          ruri: own("looseRoute"),
          ...(toTag === undefined ? {} : { toTag }),
          extra: routes.map((route) => `Route: ${route === "own" ? ownRoute() : other}`),
        });

        await caller.nextResponse(200);
        assert.deepEqual(await server.sees<unknown>(callId), result);
      });
    }

    it("in a dialog, both sides' requests follow the Record-Route of this server to each other", async () => {
      const invite = caller.sendRequest("INVITE", {
        ruri: callee.uri("routing"),
        extra: [caller.contact],
      });

      await caller.nextResponse(100);

      const received = await callee.nextRequest("INVITE");
      const recordRoute = received.header("Record-Route") ?? "";

      callee.reply(received, 200, { extra: [callee.contact] });

      const { toTag = "", recordRoutes } = await caller.nextResponse(200);

      assert.equal(recordRoutes.length, 1);
      caller.sendRequest("ACK", {
        ruri: callee.uri("me"),
        callId: invite.callId,
        toTag,
        extra: [`Route: ${recordRoute}`, "X-Case: routing"],
      });
      assert.deepEqual((await callee.nextRequest("ACK")).routes, []);
      caller.sendRequest("INFO", {
        ruri: callee.uri("me"),
        callId: invite.callId,
        toTag,
        cseq: 2,
        extra: [`Route: ${recordRoute}`, "X-Case: routing"],
      });

      const info = await callee.nextRequest("INFO");

      assert.deepEqual(info.routes, []);
      callee.reply(info, 200);
      await caller.nextResponse(200);
      callee.sendRequest("BYE", {
        ruri: caller.uri("me"),
        callId: invite.callId,
        toTag: "caller",
        extra: [`Route: ${recordRoute}`, "X-Case: routing"],
      });
      caller.reply(await caller.nextRequest("BYE"), 200);
      await callee.nextResponse(200);
    });
  });

  describe("fixNat", () => {
    it("sends responses to the source port though Via asks for another (RFC 3581 without rport)", async () => {
      await using elsewhere = await server.client("udp");

      caller.sendRequest("OPTIONS", { ruri: own("nat"), sentBy: elsewhere.address });
      await elsewhere.nextResponse(200);
      caller.sendRequest("OPTIONS", { ruri: own("nat"), sentBy: elsewhere.address, extra: ["X-Fix: yes"] });
      await caller.nextResponse(200);
      assert.equal(elsewhere.waitingCount, 0);
    });

    for (const [what, method, extra, result] of [
      ["a REGISTER of a first hop", "REGISTER", [], [false, true, false]],
      ["a REGISTER with reg-id", "REGISTER", ["Contact: <sip:a@127.0.0.1>;reg-id=1"], [true, true, false]],
      ["an INVITE whose Contact has ob", "INVITE", ["Contact: <sip:a@127.0.0.1;ob>"], [true, true, false]],
      ["an OPTIONS", "OPTIONS", [], [false, false, false]],
    ] as const) {
      it(`before and after it, outgoingOutboundRequested of ${what} is ${result[0]} and ${result[1]}`, async () => {
        await using agent = await server.client("tcp");
        const sent = agent.sendRequest(method, { ruri: own("nat"), extra: ["X-Fix: yes", ...extra] });

        await agent.nextResponse(200);
        assert.deepEqual(await server.sees<unknown>(sent.callId), result);
      });
    }
  });

  it("destinationMyself knows addresses with their ports, local domains, and follows a change of the Request-URI", async () => {
    const { port } = server.address("udp");
    const { port: tlsPort } = server.address("tls");
    const others = {
      [`sip:127.0.0.1:${tlsPort}`]: true,
      [`sip:[::1]:${server.address("udp", "::1").port}`]: true,
      "sip:home.example": true,
      [`sip:HOME.example.:${port}`]: true,
      "sip:home.example:1": false,
      "sip:127.0.0.1:1": false,
      "sip:192.0.2.1": false,
      "sip:other.example": false,
      "tel:+34944000000": false,
    };
    const { callId } = caller.sendRequest("OPTIONS", {
      ruri: own("myself"),
      extra: [`X-Uris: ${JSON.stringify(Object.keys(others))}`],
    });

    await caller.nextResponse(200);
    assert.deepEqual(await server.sees<unknown>(callId), [true, ...Object.values(others)]);
  });

  for (const transport of ["tcp", "tls", "ws", "wss"] as const) {
    it(`closeConnection closes the connection over ${transport}: true, then false`, async () => {
      await using agent = await server.client(transport);
      const { callId } = agent.sendRequest("OPTIONS", { ruri: own("close") });

      await agent.closed();
      assert.deepEqual(await server.sees<unknown>(`close ${callId}`), [true, false, false]);
    });
  }

  it("closeConnection is false for UDP and changes nothing", async () => {
    const { callId } = caller.sendRequest("OPTIONS", { ruri: own("close") });

    await caller.nextResponse(200);
    assert.deepEqual(await server.sees<unknown>(`close ${callId}`), [false, false, true]);
  });

  it("signal aborts at CANCEL, and the INVITE that user code holds is answered 487 (RFC 3261 section 9.2)", async () => {
    const sent = caller.sendRequest("INVITE", { ruri: own("signal") });

    await caller.nextResponse(100);
    await server.sees("waiting");
    caller.sendWithin(sent, "CANCEL");

    const answers = [await caller.nextResponse(200), await caller.nextResponse(487)];

    assert.deepEqual(
      answers.map((response) => response.header("CSeq")),
      ["1 CANCEL", "1 INVITE"],
    );
    assert.equal(await server.sees<unknown>("aborted"), sent.callId);
    caller.sendWithin(sent, "ACK", answers[1]?.toTag);
  });

  for (const user of ["throws", "rejects"]) {
    it(`when onRequest ${user}, the answer is 500 Internal Error without a detail, and the log has the stack`, async () => {
      caller.sendRequest("OPTIONS", { ruri: own(user) });

      const response = await caller.nextResponse(500);

      assert.equal(response.reasonPhrase, "Internal Error");
      assert.equal(response.body.length, 0);
      assert.doesNotMatch(response.toRawText(), /secret|Error:|server\.ts/);
      await server.process.line(/secret of the house/);
      await server.process.line(/server\.ts:\d+/);
    });
  }

  it("when onRequest never settles, an INVITE gets 100 after 200 ms and nothing else, and the server serves others", async () => {
    const startedMs = performance.now();
    const hanging = caller.sendRequest("INVITE", { ruri: own("hangs") });

    await server.sees("hangs");
    caller.sendRequest("OPTIONS", { ruri: own("reply") });
    await caller.nextResponse(200);
    assert.equal((await caller.nextResponse(100)).callId, hanging.callId);
    assert.ok(performance.now() - startedMs >= 195);
    // The transaction is kept: it can be canceled.
    caller.sendWithin(hanging, "CANCEL");
    await caller.nextResponse(200);

    const { toTag } = await caller.nextResponse(487);

    caller.sendWithin(hanging, "ACK", toTag);
  });

  it("while an async onRequest runs, the request is kept: a retransmission is no news, an INVITE gets 100, and it can be routed", async () => {
    for (const method of ["MESSAGE", "INVITE"]) {
      const sent = caller.sendRequest(method, { ruri: callee.uri("slow"), extra: ["X-Milliseconds: 250"] });

      await server.sees(`slow ${sent.callId}`);
      caller.send(sent.text);

      if (method === "INVITE") {
        await caller.nextResponse(100);
      }

      callee.reply(await callee.nextRequest(method), 200);
      await caller.nextResponse(200);
      assert.deepEqual(server.allSeen(`slow ${sent.callId}`), [method]);
      assert.equal(await server.sees(`slow outcome ${sent.callId}`), "response");
    }
  });

  it("CANCEL while an async onRequest runs: 487 at once, the INVITE never goes out, and route is over", async () => {
    const sent = caller.sendRequest("INVITE", { ruri: callee.uri("slow"), extra: ["X-Milliseconds: 100"] });

    await server.sees(`slow ${sent.callId}`);
    caller.sendWithin(sent, "CANCEL");
    assert.equal((await caller.nextResponse(200)).header("CSeq"), "1 CANCEL");

    const { toTag } = await caller.nextResponse(487);

    caller.sendWithin(sent, "ACK", toTag);
    assert.equal(await server.sees(`slow outcome ${sent.callId}`), "canceled");
    assert.equal(callee.waitingCount, 0);
  });

  it("when onRequest does nothing, nothing is answered", async () => {
    caller.sendRequest("OPTIONS", { ruri: own("nothing") });
    await server.sees("nothing");
    // What comes next is the answer to the next request.
    caller.sendRequest("OPTIONS", { ruri: own("reply"), callId: "after-nothing" });
    assert.equal((await caller.nextResponse(200)).callId, "after-nothing");
  });
});
