import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { IncomingRequest } from "../../src/api/incoming-request.ts";
import type { IncomingResponse } from "../../src/api/incoming-response.ts";
import {
  type OversipModule,
  startTestServer,
  type TestPeer,
  type TestServer,
} from "../../src/testing/index.ts";

type UserAssertion = OversipModule["userAssertion"];

const ALICE = "<sip:alice@example.org>;tag=1";
const PREFERRED = "<sip:al@example.org>";
const PEER = "sip:bob@198.51.100.7";

describe("userAssertion", () => {
  let edge: TestServer;

  afterEach(() => edge.close());

  /** A server that does this for each request, and what came of it. */
  const serve = async (
    run: (userAssertion: UserAssertion, request: IncomingRequest, count: number) => unknown,
  ): Promise<unknown[]> => {
    const results: unknown[] = [];

    edge = await startTestServer({
      events: ({ SipProxy, userAssertion }) => ({
        sipEvents: {
          async onRequest(request) {
            results.push(run(userAssertion, request, results.length));
            await new SipProxy().route(request);
          },
        },
      }),
    });

    return results;
  };

  /** Asserts with the first request, and adds P-Asserted-Identity to the others. */
  const assertFirst = (): Promise<unknown[]> =>
    serve((userAssertion, request, count) =>
      count === 0 ? userAssertion.assertConnection(request) : userAssertion.addPai(request),
    );

  const addPai = (): Promise<unknown[]> => serve((userAssertion, request) => userAssertion.addPai(request));

  /** What is forwarded of a client's request. */
  const send = async (client: TestPeer, headers: Record<string, string | string[]> = {}) => {
    await client.request(`MESSAGE ${PEER}`, { headers: { From: ALICE, ...headers } });

    return (await edge.forwarded("MESSAGE")).request;
  };

  describe("assertConnection", () => {
    it("remembers the URI in From in cvars of the connection", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });

      await send(client);
      assert.deepEqual(results, [true]);
      assert.equal(client.cvars["assertedUser"], "sip:alice@example.org");
    });

    it("is false, and remembers nothing, for UDP", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "udp" });

      await send(client);
      assert.deepEqual(results, [false]);
      assert.equal(client.cvars["assertedUser"], undefined);
    });

    it("is false, and remembers nothing, on a connection that this server opened", async () => {
      const results = await serve((userAssertion, request) =>
        request.method === "MESSAGE" ? userAssertion.assertConnection(request) : undefined,
      );

      await edge.request(`OPTIONS ${PEER};transport=tls`);

      const carrier = edge.callee({ ip: "198.51.100.7", port: 5061, transport: "tls" });

      await carrier.received("OPTIONS");
      await send(carrier);
      assert.deepEqual(results, [undefined, false]);
      assert.equal(carrier.cvars["assertedUser"], undefined);
    });

    it("is false, and remembers nothing, with P-Preferred-Identity", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });

      await send(client, { "P-Preferred-Identity": PREFERRED });
      assert.deepEqual(results, [false]);
      assert.equal(client.cvars["assertedUser"], undefined);
    });

    it("of a response, its request counts: the connection of the client, not that of the registrar", async () => {
      edge = await startTestServer({
        events: ({ SipProxy, userAssertion }) => ({
          sipEvents: {
            async onRequest(request) {
              await new SipProxy()
                .onSuccessResponse((response) => void userAssertion.assertConnection(response))
                .route(request);
            },
          },
        }),
      });

      const client = await edge.connect({ transport: "tls" });
      const registrar = edge.callee({ ip: "198.51.100.7", transport: "tcp" });

      await client.request(`REGISTER ${PEER};transport=tcp`, { headers: { From: ALICE } });
      assert.equal(client.cvars["assertedUser"], undefined);
      await (await registrar.received("REGISTER")).reply(200);
      assert.equal(client.cvars["assertedUser"], "sip:alice@example.org");
      assert.equal(registrar.cvars["assertedUser"], undefined);
    });

    it("takes a received message alone", async () => {
      await addPai();

      const { Uac, UacRequest, userAssertion } = edge.oversip;

      assert.throws(() => userAssertion.assertConnection({} as IncomingRequest), TypeError);
      assert.throws(() => userAssertion.revokeAssertion({} as IncomingRequest), TypeError);

      // The response to a request of the server's own has no client behind it.
      edge.callee({ ip: "198.51.100.7", answers: [200] });

      const end = await new Uac().route(new UacRequest({ method: "OPTIONS", ruri: PEER }));

      assert.ok(end.outcome === "response");
      assert.throws(() => userAssertion.assertConnection(end.response as IncomingResponse<never>), TypeError);
    });
  });

  it("revokeAssertion forgets the user, and is true, also when there was none", async () => {
    const results = await serve((userAssertion, request, count) =>
      count === 0 ? userAssertion.assertConnection(request) : userAssertion.revokeAssertion(request),
    );
    const client = await edge.connect({ transport: "tls" });

    await send(client);
    await send(client);
    assert.equal(client.cvars["assertedUser"], undefined);
    await send(client);
    assert.deepEqual(results, [true, true, true]);
  });

  describe("addPai: RFC 3325 §5", () => {
    it("From is the asserted user: true, and P-Asserted-Identity is that user's URI alone", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });

      await send(client);

      const forwarded = await send(client, {
        "P-Asserted-Identity": ["<sip:boss@example.org>, <tel:+1>", "<sip:x@y>"],
      });

      assert.deepEqual(results, [true, true]);
      assert.deepEqual(forwarded.headerAll("P-Asserted-Identity"), ["<sip:alice@example.org>"]);
    });

    it("From is another: false, and what the client wrote is removed", async () => {
      const results = await addPai();
      const forwarded = await send(await edge.connect({ transport: "tls" }), {
        "P-Asserted-Identity": "<sip:alice@example.org>",
        "p-asserted-identity": "<tel:+1>",
      });

      assert.deepEqual(results, [false]);
      assert.equal(forwarded.hasHeader("P-Asserted-Identity"), false);
      assert.deepEqual(
        edge.log.filter(({ level }) => level === "error"),
        [],
      );
    });

    it("SECURITY: the assertion is of one connection and one user", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });
      const other = await edge.connect({ transport: "tls" });

      await send(client);
      assert.equal((await send(other)).hasHeader("P-Asserted-Identity"), false);

      const forwarded = await send(client, {
        From: "<sip:mallory@example.org>;tag=1",
        "P-Asserted-Identity": "<sip:mallory@example.org>",
      });

      assert.equal(forwarded.hasHeader("P-Asserted-Identity"), false);
      assert.deepEqual(results, [true, false, false]);
    });

    it("RFC 3261 §19.1.4: From may spell the URI in another way, the identity is as it was asserted", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });

      await send(client);

      const forwarded = await send(client, { From: "<sip:%61lice@EXAMPLE.org;x=y>;tag=1" });

      assert.deepEqual(results, [true, true]);
      assert.equal(forwarded.header("P-Asserted-Identity"), "<sip:alice@example.org>");
    });

    it("with P-Preferred-Identity: undefined, no identity, and the preference stays for who knows the user", async () => {
      const results = await assertFirst();
      const client = await edge.connect({ transport: "tls" });

      await send(client);

      const forwarded = await send(client, {
        "P-Preferred-Identity": PREFERRED,
        "P-Asserted-Identity": "<sip:boss@example.org>",
      });

      assert.deepEqual(results, [true, undefined]);
      assert.equal(forwarded.hasHeader("P-Asserted-Identity"), false);
      assert.equal(forwarded.header("P-Preferred-Identity"), PREFERRED);
    });

    it("takes a received request alone", async () => {
      await addPai();
      assert.throws(() => edge.oversip.userAssertion.addPai({} as IncomingRequest), TypeError);
    });
  });
});
