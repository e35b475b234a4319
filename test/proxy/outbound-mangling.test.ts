import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { IncomingRequest } from "../../src/api/incoming-request.ts";
import { startTestServer, type TestPeer, type TestServer } from "../../src/testing/index.ts";

const REGISTRAR = { ip: "198.51.100.9", port: 5070 };
const CONTACT = "<sip:alice@10.0.0.1:5060;transport=tcp>";
const ELSEWHERE = { ip: "203.0.113.99", port: 5099 };

describe("outboundMangling", () => {
  let edge: TestServer;
  /** What `extractOutboundFromRuri` and `incomingOutboundRequested` were. */
  let answers: unknown[];

  afterEach(() => edge.close());

  const start = async (): Promise<void> => {
    answers = [];
    edge = await startTestServer({
      events: ({ outboundMangling, SipProxy }) => ({
        sipEvents: {
          async onRequest(request) {
            const proxy = new SipProxy();

            if (request.method === "REGISTER") {
              outboundMangling.addOutboundToContact(proxy);
            } else {
              answers.push(
                outboundMangling.extractOutboundFromRuri(request),
                request.incomingOutboundRequested,
              );
            }

            await proxy.route(request);
          },
        },
      }),
    });
  };

  /** A client's REGISTER, and as it came to the registrar. */
  const register = async (client: TestPeer, contacts: readonly string[] = [CONTACT]) => {
    const sent = await client.request(`REGISTER sip:${REGISTRAR.ip}:${REGISTRAR.port}`, {
      headers: { Contact: contacts },
    });

    return { sent, forwarded: await edge.forwarded("REGISTER") };
  };

  /** The token of a client's connection, as a registrar learns it. */
  const tokenOf = async (client: TestPeer): Promise<string> => {
    const { forwarded } = await register(client);

    return /;ov-ob=([^;>]+)/.exec(forwarded.request.header("Contact") ?? "")?.[1] ?? "";
  };

  describe("addOutboundToContact", () => {
    for (const transport of ["udp", "tcp", "tls", "ws", "wss"] as const) {
      it(`adds the token of the client's connection to its Contact, and keeps its parameters: ${transport}`, async () => {
        await start();

        const client = await edge.connect({ transport });
        const { forwarded } = await register(client, [
          `"Al" ${CONTACT};expires=600;+sip.instance="<urn:uuid:1>"`,
        ]);
        const [, before, token, after] =
          /^(.*);ov-ob=([\w-]+)(>.*)$/.exec(forwarded.request.header("Contact") ?? "") ?? [];

        assert.equal(`${before}${after}`, `"Al" ${CONTACT};expires=600;+sip.instance="<urn:uuid:1>"`);
        assert.equal(token, await tokenOf(client));
        assert.notEqual(token, await tokenOf(await edge.connect({ transport })));
      });
    }

    it("leaves alone what is no single SIP Contact, and a Contact that has a token", async () => {
      await start();

      const client = await edge.connect({ transport: "tcp" });

      for (const contacts of [
        [],
        ["*"],
        ["<tel:+1234>"],
        [CONTACT, "<sip:alice@10.0.0.2>"],
        ["<sip:alice@10.0.0.1;ov-ob=other>"],
      ]) {
        const { forwarded } = await register(client, contacts);

        assert.deepEqual(forwarded.request.headerAll("Contact"), contacts);
      }
    });

    it("on a connection that this server opened nothing is added and nothing raised", async () => {
      await start();
      await edge.request(`OPTIONS sip:bob@${ELSEWHERE.ip}:${ELSEWHERE.port};transport=tcp`);

      const server = edge.callee({ ...ELSEWHERE, transport: "tcp" });

      await server.received("OPTIONS");

      const { forwarded } = await register(server);

      assert.equal(forwarded.request.header("Contact"), CONTACT);
      assert.deepEqual(
        edge.log.filter(({ level }) => level === "error"),
        [],
      );
    });

    it("a 2xx reaches the client without the token in any Contact; all else in it stays", async () => {
      await start();

      const { forwarded, sent } = await register(await edge.connect({ transport: "tcp" }));
      const own = forwarded.request.header("Contact");

      await forwarded.reply(200, {
        headers: [
          `Contact: ${own};expires=600, <sip:other@example.org;ov-ob=x;lr>;q=1`,
          "Contact: sip:third@example.org;ov-ob=y;expires=5",
          "X-Kept: ;ov-ob=z",
        ],
      });
      assert.deepEqual(sent.finalResponse?.headerAll("Contact"), [
        `${CONTACT};expires=600`,
        "<sip:other@example.org;lr>;q=1",
        "sip:third@example.org;expires=5",
      ]);
      assert.equal(sent.finalResponse?.header("X-Kept"), ";ov-ob=z");
    });

    it("a 2xx without a token passes as it is, and a failure is not looked at", async () => {
      await start();

      const client = await edge.connect({ transport: "tcp" });
      const plain = await register(client);
      const line = 'Contact: "\u00ff"   <sip:alice@10.0.0.1>,<sip:b@c>';

      await plain.forwarded.reply(200, { headers: [line] });
      assert.ok(plain.sent.finalResponse?.toString().includes(`${line}\r\n`));

      const failed = await register(client);

      await failed.forwarded.reply(302, { headers: ["Contact: <sip:a@b;ov-ob=x>"] });
      assert.equal(failed.sent.finalResponse?.header("Contact"), "<sip:a@b;ov-ob=x>");
    });

    it("takes a SipProxy alone", async () => {
      await start();
      assert.throws(() => edge.oversip.outboundMangling.addOutboundToContact({} as never), TypeError);
    });
  });

  describe("extractOutboundFromRuri", () => {
    /** A registered client, and the registrar's request for it with the parameter that was given out. */
    const callClient = async (
      parameter: (token: string) => string,
      routes: (client: TestPeer) => Promise<readonly string[]> = async () => [],
    ) => {
      await start();

      const client = await edge.connect({ transport: "tcp" });
      const token = await tokenOf(client);
      const elsewhere = edge.callee(ELSEWHERE);
      const Route = await routes(client);

      return {
        client,
        elsewhere,
        call: () =>
          edge.request(`MESSAGE sip:alice@${ELSEWHERE.ip}:${ELSEWHERE.port}${parameter(token)}`, {
            headers: { Route },
          }),
      };
    };

    it("the request goes down the client's connection, with the token off its Request-URI", async () => {
      const { call, client, elsewhere } = await callClient((token) => `;transport=udp;ov-ob=${token};x=y`);

      await call();
      assert.deepEqual(answers, [true, true]);
      assert.equal(
        (await client.received("MESSAGE")).request.requestUriText,
        "sip:alice@203.0.113.99:5099;transport=udp;x=y",
      );
      assert.deepEqual(elsewhere.messages, []);
    });

    it("RFC 5626 §5.3: when the connection is closed the request fails with 430 and goes nowhere else", async () => {
      const { call, client, elsewhere } = await callClient((token) => `;ov-ob=${token}`);

      await client.close();
      assert.equal((await call()).finalResponse?.reasonPhrase, "Flow Failed");
      assert.deepEqual(answers, [true, true]);
      assert.deepEqual(elsewhere.messages, []);
    });

    for (const [what, parameter] of [
      ["a token that this server did not make", () => ";ov-ob=forged"],
      [
        "a token that was changed",
        (token: string) => `;ov-ob=${token.replace(/.$/, token.endsWith("A") ? "Q" : "A")}`,
      ],
      ["a token without a value", () => ";ov-ob"],
    ] as const) {
      it(`SECURITY: ${what} is removed, and has no effect on where the request goes`, async () => {
        const { call, elsewhere } = await callClient(parameter);

        await call();
        assert.deepEqual(answers, [false, false]);
        assert.equal(
          (await elsewhere.received("MESSAGE")).request.requestUriText,
          "sip:alice@203.0.113.99:5099",
        );
      });
    }

    it("without a token it does nothing", async () => {
      const { call, elsewhere } = await callClient(() => "");

      await call();
      assert.deepEqual(answers, [false, false]);
      await elsewhere.received("MESSAGE");
    });

    /** The Path that a client's own REGISTER would get: a Route of this server with the token of its connection. */
    const pathOf = async (client: TestPeer): Promise<readonly string[]> => {
      await client.request(`REGISTER sip:${REGISTRAR.ip}:${REGISTRAR.port}`, {
        headers: {
          Contact: `${CONTACT};reg-id=1;+sip.instance="<urn:uuid:1>"`,
          Supported: "path, outbound",
        },
      });

      return (await edge.forwarded("REGISTER")).request.headerAll("Path");
    };

    it("a Route of this server with a flow token wins, and the parameter is removed all the same", async () => {
      let other: TestPeer | undefined;
      const { call, client, elsewhere } = await callClient(
        (token) => `;ov-ob=${token}`,
        async () => {
          other = await edge.connect({ transport: "ws" });

          return pathOf(other);
        },
      );

      await call();
      assert.deepEqual(answers, [false, true]);

      const received = await other?.received("MESSAGE");

      assert.equal(received?.request.requestUriText, "sip:alice@203.0.113.99:5099");
      assert.deepEqual(elsewhere.messages, []);
      assert.equal(client.messages.length, 0);
    });

    it("a Route of this server without a token does not hide the one of the Request-URI", async () => {
      const { call, client } = await callClient(
        (token) => `;ov-ob=${token}`,
        async () => {
          await edge.request(`INVITE sip:bob@${ELSEWHERE.ip}:${ELSEWHERE.port}`);

          const { request } = await edge.forwarded("INVITE");

          answers.length = 0;

          return request.headerAll("Record-Route");
        },
      );

      await call();
      assert.deepEqual(answers, [true, true]);
      assert.equal((await client.received("MESSAGE")).request.hasHeader("Route"), false);
    });

    it("takes a received request alone", async () => {
      await start();
      assert.throws(
        () => edge.oversip.outboundMangling.extractOutboundFromRuri({} as IncomingRequest),
        TypeError,
      );
    });
  });
});
