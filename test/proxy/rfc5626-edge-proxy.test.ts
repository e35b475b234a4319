import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { MemoryFlow } from "../support/memory-flow.ts";
import { ProxyHarness, type ProxyHarnessOptions } from "../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../support/request-text.ts";

const WS_TEXT: RequestTextOptions = { transport: "WS", sentBy: "df7jal23ls0d.invalid" };
const CORE = "sip:bob@203.0.113.1:5060";

interface Edge {
  readonly harness: ProxyHarness;
  readonly client: MemoryFlow;
  readonly core: MemoryFlow;
  readonly answers: unknown[];
}

function makeEdge(fixNat = false, options: ProxyHarnessOptions = {}): Edge {
  const answers: unknown[] = [];
  const harness = new ProxyHarness({
    onRequest:
      ({ SipProxy }) =>
      async (request) => {
        if (fixNat) {
          request.fixNat();
        }

        request.looseRoute();
        answers.push([request.outgoingOutboundRequested, request.incomingOutboundRequested]);

        const result = await new SipProxy().route(request);

        if (result.outcome === "error") {
          answers.push(result.code);
        }
      },
    ...options,
  });

  return {
    harness,
    answers,
    client: harness.peer({ transport: "ws", remoteIp: "192.0.2.1", remotePort: 40_000 }),
    core: harness.flowTo("203.0.113.1", 5060),
  };
}

/** A REGISTER of the client, as the registrar gets it. */
function register(
  { harness, client, core }: Edge,
  extra: readonly string[],
  branch = "z9hG4bKreg",
): SipRequest {
  harness.receive(client, requestText("REGISTER", { ...WS_TEXT, ruri: CORE, extra, branch, callId: branch }));

  return harness.lastRequest(core);
}

const OUTBOUND_CONTACT =
  'Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>;reg-id=1;+sip.instance="<urn:uuid:1>"';

describe("RFC 5626 §5.1 REGISTER at an edge proxy", () => {
  it("with reg-id gets a Path with the flow token and ob, below that of the registrar's side", () => {
    const edge = makeEdge();
    const [top, bottom, ...others] = register(edge, [OUTBOUND_CONTACT]).paths;

    assert.deepEqual(others, []);
    assert.equal(top?.user, undefined);
    assert.equal(top?.transportParam, "udp");
    // INTEROP: Kamailio looks for ob there, in place of the last Path value.
    assert.equal(top?.hasOb, true);
    assert.equal(bottom?.user, edge.client.flowToken);
    assert.equal(bottom?.transportParam, "ws");
    assert.equal(bottom?.hasOb, true);
    assert.deepEqual(edge.answers, [[true, false]]);
  });

  it("without reg-id gets no token, unless fixNat asks for it", () => {
    const contact = "Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws>";

    assert.deepEqual(
      register(makeEdge(), [contact]).paths.map((path) => path.user),
      [undefined, undefined],
    );
    assert.deepEqual(
      register(makeEdge(), [contact]).paths.map((path) => path.hasOb),
      [false, false],
    );
    assert.deepEqual(
      register(makeEdge(true), [contact]).paths.map((path) => path.hasOb),
      [true, true],
    );
  });

  it("§4.3 an INVITE whose Contact has ob asks for it, but not in a dialog, and no OPTIONS does", () => {
    const edge = makeEdge();
    const extra = ["Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws;ob>"];
    const send = (method: string, branch: string, toTag?: string): void =>
      edge.harness.receive(
        edge.client,
        requestText(method, {
          ...WS_TEXT,
          ruri: CORE,
          extra,
          branch,
          callId: branch,
          ...(toTag === undefined ? {} : { toTag }),
        }),
      );

    send("INVITE", "z9hG4bKa");
    send("INVITE", "z9hG4bKb", "callee");
    send("OPTIONS", "z9hG4bKc");
    assert.deepEqual(edge.answers, [
      [true, false],
      [false, false],
      [false, false],
    ]);
  });

  it("a preloaded Route of ours with ob asks for it", () => {
    const edge = makeEdge();

    register(edge, ["Route: <sip:edge.example.net;lr;ob>"]);
    assert.deepEqual(edge.answers, [[true, false]]);
  });

  it("that is not at its first hop gets no token", () => {
    const edge = makeEdge();

    edge.harness.receive(
      edge.client,
      requestText("REGISTER", {
        ...WS_TEXT,
        ruri: CORE,
        extra: ["Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx", OUTBOUND_CONTACT],
      }),
    );
    assert.deepEqual(edge.answers, [[false, false]]);
  });

  it("on a connection that this server opened gets no token", () => {
    const edge = makeEdge();
    const opened = edge.harness.flowTo("192.0.2.50", 5060, "tcp");

    edge.harness.receive(
      opened,
      requestText("REGISTER", { transport: "TCP", ruri: CORE, extra: [OUTBOUND_CONTACT] }),
    );
    assert.deepEqual(edge.answers, [[false, false]]);
  });

  it("§5.4 its 2xx gets Flow-Timer, if the option says so and the flow was used", () => {
    const edge = makeEdge(false, { flowTimerSeconds: 120 });

    register(edge, [OUTBOUND_CONTACT]);
    edge.harness.answer(edge.core, "200 OK", ["Require: outbound"]);
    assert.equal(edge.harness.lastResponse(edge.client).header("Flow-Timer"), "120");

    // A registrar that makes no use of Outbound, so that the client does not either.
    register(edge, [OUTBOUND_CONTACT], "z9hG4bKunused");
    edge.harness.answer(edge.core, "200 OK");
    assert.equal(edge.harness.lastResponse(edge.client).hasHeader("Flow-Timer"), false);

    register(edge, [], "z9hG4bKplain");
    edge.harness.answer(edge.core, "200 OK");
    assert.equal(edge.harness.lastResponse(edge.client).hasHeader("Flow-Timer"), false);
  });
});

describe("RFC 5626 §5.3 requests to a client behind an edge proxy", () => {
  /** The Route that the registrar makes of the Path. */
  function routeOf(edge: Edge): string {
    return register(edge, [OUTBOUND_CONTACT]).headerAll("Path").join(", ");
  }

  function invite(edge: Edge, route: string, branch = "z9hG4bKin"): void {
    edge.harness.receive(
      edge.core,
      requestText("INVITE", {
        ruri: "sip:alice@df7jal23ls0d.invalid;transport=ws",
        sentBy: "203.0.113.1:5060",
        branch,
        callId: branch,
        extra: [`Route: ${route}`],
      }),
    );
  }

  it("goes down the flow of its token, and in-dialog requests of both sides find their way", () => {
    const edge = makeEdge();
    const { harness, client, core } = edge;

    invite(edge, routeOf(edge));

    const sent = harness.lastRequest(client);

    assert.equal(sent.method, "INVITE");
    assert.equal(sent.hasHeader("Route"), false);
    assert.match(sent.topVia.text, /^SIP\/2\.0\/WS /);

    const recordRoute = sent.headerAll("Record-Route");

    assert.equal(recordRoute.length, 2);
    harness.answer(client, "200 OK");

    // From the core: its route set is the Record-Route in reverse.
    harness.receive(
      core,
      requestText("BYE", {
        ruri: "sip:alice@df7jal23ls0d.invalid;transport=ws",
        sentBy: "203.0.113.1:5060",
        branch: "z9hG4bKcorebye",
        toTag: "callee",
        extra: [`Route: ${[...recordRoute].reverse().join(", ")}`],
      }),
    );
    assert.equal(harness.lastRequest(client).method, "BYE");

    // From the client: in order. It must not come back to the client.
    const before = client.sent.length;

    harness.receive(
      client,
      requestText("INFO", {
        ...WS_TEXT,
        ruri: "sip:carol@203.0.113.1:5060",
        branch: "z9hG4bKclientinfo",
        toTag: "caller",
        extra: [`Route: ${recordRoute.join(", ")}`],
      }),
    );
    assert.equal(harness.lastRequest(core).method, "INFO");
    assert.equal(client.sent.length, before);
  });

  it("a call of the client: the callee's requests come back on its flow, its own go out", () => {
    const edge = makeEdge(true);
    const { harness, client, core } = edge;

    harness.receive(client, requestText("INVITE", { ...WS_TEXT, ruri: CORE }));

    const recordRoute = harness.lastRequest(core).headerAll("Record-Route");

    assert.deepEqual(
      harness.lastRequest(core).recordRoutes.map((route) => route.user),
      [undefined, client.flowToken],
    );
    harness.answer(core, "200 OK");

    harness.receive(
      core,
      requestText("BYE", {
        ruri: "sip:alice@df7jal23ls0d.invalid;transport=ws",
        sentBy: "203.0.113.1:5060",
        branch: "z9hG4bKbye",
        toTag: "caller",
        extra: [`Route: ${recordRoute.join(", ")}`],
      }),
    );
    assert.equal(harness.lastRequest(client).method, "BYE");

    harness.receive(
      client,
      requestText("INFO", {
        ...WS_TEXT,
        ruri: CORE,
        branch: "z9hG4bKinfo",
        toTag: "callee",
        extra: [`Route: ${[...recordRoute].reverse().join(", ")}`],
      }),
    );
    assert.equal(harness.lastRequest(core).method, "INFO");
  });

  it("over UDP, where both sides pass the same address, a caller's own requests are not sent back to it", () => {
    const harness = makeEdge(true).harness;
    const caller = harness.peer({ remoteIp: "192.0.2.9", remotePort: 33_333 });
    const callee = harness.flowTo("203.0.113.1", 5060);

    harness.receive(caller, requestText("INVITE", { ruri: CORE, branch: "z9hG4bKudp", callId: "udp" }));

    const route = harness.lastRequest(callee).headerAll("Record-Route").reverse().join(", ");

    harness.answer(callee, "200 OK");
    harness.receive(
      caller,
      requestText("BYE", {
        ruri: CORE,
        branch: "z9hG4bKudpbye",
        callId: "udp",
        toTag: "callee",
        extra: [`Route: ${route}`],
      }),
    );
    assert.equal(harness.lastRequest(callee).method, "BYE");
  });

  it("a flow whose connection is gone is answered 430 Flow Failed", () => {
    const edge = makeEdge();
    const route = routeOf(edge);

    edge.client.close();
    invite(edge, route);
    assert.equal(edge.core.startLines.at(-1), "SIP/2.0 430 Flow Failed");
  });

  it("a flow that fails while the request is sent likewise", () => {
    const edge = makeEdge();

    invite(edge, routeOf(edge));
    edge.client.failLastSend(new Error("gone") as never);
    assert.equal(edge.core.startLines.at(-1), "SIP/2.0 430 Flow Failed");
  });

  it("a token that was altered is answered 403, and nothing is sent anywhere", () => {
    const edge = makeEdge();
    const victim = edge.harness.peer({ remoteIp: "192.0.2.200", remotePort: 5060 });
    const altered = routeOf(edge).replace(/sip:token[^@]*@/, "sip:token-192.0.2.200%3A5060@");
    const sentBefore = edge.client.sent.length;

    invite(edge, altered);

    assert.equal(edge.core.startLines.at(-1), "SIP/2.0 403 Forbidden");
    assert.deepEqual(victim.sent, []);
    assert.equal(edge.client.sent.length, sentBefore);
  });

  it("the user part of a Route that is no token is not taken for one", () => {
    const edge = makeEdge();

    edge.harness.receive(
      edge.client,
      requestText("INVITE", { ...WS_TEXT, ruri: CORE, extra: ["Route: <sip:alice@edge.example.net;lr>"] }),
    );
    assert.equal(edge.harness.lastRequest(edge.core).method, "INVITE");
  });

  it("a destination of the user's code wins over the flow", () => {
    const edge = makeEdge(false, {
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          new SipProxy().route(request, request.method === "INVITE" ? { host: "203.0.113.8" } : undefined);
        },
    });

    invite(edge, routeOf(edge));
    assert.equal(edge.harness.lastRequest(edge.harness.flowTo("203.0.113.8", 5060)).method, "INVITE");
  });
});
