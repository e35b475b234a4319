import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IncomingRequest } from "../../src/api/incoming-request.ts";
import type { IncomingResponse } from "../../src/api/incoming-response.ts";
import { userAssertion } from "../../src/modules/user-assertion.ts";
import type { MemoryFlow, MemoryFlowOptions } from "../support/memory-flow.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { type RequestTextOptions, requestText } from "../support/request-text.ts";

const CLIENT: MemoryFlowOptions = { transport: "tls", remoteIp: "203.0.113.50", remotePort: 40_000 };
const PREFERRED = "P-Preferred-Identity: <sip:al@example.org>";

/** A client, and what `run` returns for each of its requests. */
function connect(run: (request: IncomingRequest) => unknown, client: MemoryFlowOptions = CLIENT) {
  const results: unknown[] = [];
  const harness = new ProxyHarness({
    onRequest:
      ({ SipProxy }) =>
      (request) => {
        results.push(run(request));
        new SipProxy().route(request);
      },
  });
  const flow = harness.peer(client);
  let count = 0;

  return {
    harness,
    flow,
    results,
    /** Sends a request and returns what was forwarded. */
    send: (options: RequestTextOptions = {}, from: MemoryFlow = flow) => {
      count++;
      harness.receive(
        from,
        requestText("MESSAGE", {
          branch: `z9hG4bK${count}`,
          callId: `call-${count}`,
          transport: "TLS",
          ...options,
        }),
      );

      return harness.lastRequest(harness.flowTo("198.51.100.7", 5062));
    },
  };
}

/** Asserts with the first request, and adds P-Asserted-Identity to the others. */
function assertFirst(client?: MemoryFlowOptions) {
  let isFirst = true;

  return connect((request) => {
    const result = isFirst ? userAssertion.assertConnection(request) : userAssertion.addPai(request);

    isFirst = false;

    return result;
  }, client);
}

describe("userAssertion.assertConnection", () => {
  it("remembers the URI in From in cvars of the connection", () => {
    const { flow, results, send } = assertFirst();

    send();
    assert.deepEqual(results, [true]);
    assert.equal(flow.cvars["assertedUser"], "sip:alice@example.org");
  });

  it("is false, and remembers nothing, for UDP, on a connection that this server opened, and with P-Preferred-Identity", () => {
    for (const [client, extra] of [
      [{ ...CLIENT, transport: "udp" }, []],
      [{ ...CLIENT, isOpenedByServer: true }, []],
      [CLIENT, [PREFERRED]],
    ] as const) {
      const { flow, results, send } = assertFirst(client);

      send({ extra });
      assert.deepEqual(results, [false]);
      assert.equal(flow.cvars["assertedUser"], undefined);
    }
  });

  it("of a response, its request counts: the connection of the client, not that of the registrar", async () => {
    const harness = new ProxyHarness({
      onRequest:
        ({ SipProxy }) =>
        (request) => {
          new SipProxy()
            .onSuccessResponse((response) => void userAssertion.assertConnection(response))
            .route(request);
        },
    });
    const client = harness.peer(CLIENT);
    const registrar = harness.flowTo("198.51.100.7", 5062);

    harness.receive(client, requestText("REGISTER", { transport: "TLS" }));
    assert.equal(client.cvars["assertedUser"], undefined);
    harness.answer(registrar, "200 OK");
    assert.equal(client.cvars["assertedUser"], "sip:alice@example.org");
    assert.equal(registrar.cvars["assertedUser"], undefined);
  });

  it("takes a received message alone", async () => {
    assert.throws(() => userAssertion.assertConnection({} as IncomingRequest), TypeError);
    assert.throws(() => userAssertion.revokeAssertion({} as IncomingRequest), TypeError);

    // The response to a request of the server's own has no client behind it.
    const harness = new ProxyHarness();
    const { Uac, UacRequest } = harness.oversip;
    const result = new Uac().route(new UacRequest({ method: "OPTIONS", ruri: "sip:198.51.100.7" }));

    harness.answer(harness.flowTo("198.51.100.7", 5060), "200 OK");

    const end = await result;

    assert.ok(end.outcome === "response");
    assert.throws(() => userAssertion.assertConnection(end.response as IncomingResponse<never>), TypeError);
  });
});

describe("userAssertion.revokeAssertion", () => {
  it("forgets the user, and is true, also when there was none", () => {
    const { flow, results, send } = connect((request) =>
      request.callId === "call-1"
        ? userAssertion.assertConnection(request)
        : userAssertion.revokeAssertion(request),
    );

    send();
    send();
    assert.equal(flow.cvars["assertedUser"], undefined);
    send();
    assert.deepEqual(results, [true, true, true]);
  });
});

describe("userAssertion.addPai: RFC 3325 §5", () => {
  it("From is the asserted user: true, and P-Asserted-Identity is that user's URI alone", () => {
    const { results, send } = assertFirst();

    send();

    const forwarded = send({
      extra: ["P-Asserted-Identity: <sip:boss@example.org>, <tel:+1>", "P-Asserted-Identity: <sip:x@y>"],
    });

    assert.deepEqual(results, [true, true]);
    assert.deepEqual(forwarded.headerAll("P-Asserted-Identity"), ["<sip:alice@example.org>"]);
  });

  it("From is another: false, and what the client wrote is removed", () => {
    const { harness, results, send } = connect((request) => userAssertion.addPai(request));
    const forwarded = send({
      extra: ["P-Asserted-Identity: <sip:alice@example.org>", "p-asserted-identity: <tel:+1>"],
    });

    assert.deepEqual(results, [false]);
    assert.equal(forwarded.hasHeader("P-Asserted-Identity"), false);
    assert.deepEqual(harness.logger.textsOf("error"), []);
  });

  it("SECURITY: the assertion is of one connection and one user", () => {
    const { harness, results, send } = connect((request) =>
      request.callId === "call-1" ? userAssertion.assertConnection(request) : userAssertion.addPai(request),
    );
    const other = harness.peer({ ...CLIENT, remotePort: 40_001 });

    send();
    assert.equal(send({}, other).hasHeader("P-Asserted-Identity"), false);

    harness.receive(
      harness.transports.flows[0] as MemoryFlow,
      requestText("MESSAGE", {
        branch: "z9hG4bKx",
        callId: "x",
        transport: "TLS",
        extra: ["P-Asserted-Identity: <sip:mallory@example.org>"],
      }).replace('"Alice" <sip:alice@example.org>', "<sip:mallory@example.org>"),
    );
    assert.deepEqual(results, [true, false, false]);
    assert.equal(
      harness.lastRequest(harness.flowTo("198.51.100.7", 5062)).hasHeader("P-Asserted-Identity"),
      false,
    );
  });

  it("RFC 3261 §19.1.4: From may spell the URI in another way, the identity is as it was asserted", () => {
    const { harness, flow, results, send } = assertFirst();

    send();
    harness.receive(
      flow,
      requestText("MESSAGE", { branch: "z9hG4bKx", callId: "x", transport: "TLS" }).replace(
        "sip:alice@example.org",
        "sip:%61lice@EXAMPLE.org;x=y",
      ),
    );
    assert.deepEqual(results, [true, true]);
    assert.equal(
      harness.lastRequest(harness.flowTo("198.51.100.7", 5062)).header("P-Asserted-Identity"),
      "<sip:alice@example.org>",
    );
  });

  it("with P-Preferred-Identity: undefined, no identity, and the preference stays for who knows the user", () => {
    const { results, send } = assertFirst();

    send();

    const forwarded = send({ extra: [PREFERRED, "P-Asserted-Identity: <sip:boss@example.org>"] });

    assert.deepEqual(results, [true, undefined]);
    assert.equal(forwarded.hasHeader("P-Asserted-Identity"), false);
    assert.equal(forwarded.header("P-Preferred-Identity"), "<sip:al@example.org>");
  });

  it("takes a received request alone", () => {
    assert.throws(() => userAssertion.addPai({} as IncomingRequest), TypeError);
  });
});
