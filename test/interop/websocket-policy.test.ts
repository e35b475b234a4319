/** examples/websocket-policy, with Kamailio as the registrar, JsSIP in Chromium, and bare WebSocket handshakes. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { SignJWT } from "jose";
import { WebSocket } from "ws";
import type { Browser } from "../support/browser.ts";
import { Kamailio } from "../support/kamailio.ts";
import { BrowserPhone, startBrowser } from "./browser-phone.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

const KEY = "a key that is known to the web site and the server";

describe("a WebSocket access policy", () => {
  let kamailio: Kamailio;
  let browser: Browser;
  let server: ExampleServer;

  before(async () => {
    kamailio = await Kamailio.start();
    browser = await startBrowser();
    server = await ExampleServer.start({
      example: "websocket-policy",
      environment: { REGISTRAR_PORT: String(kamailio.port), SESSION_KEY: KEY },
      settings: { "websocket.allowed_origins": [browser.origin] },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
  });

  const token = (user: string, { key = KEY, audience = "sip", expires = "5m" } = {}): Promise<string> =>
    new SignJWT()
      .setProtectedHeader({ alg: "HS256" })
      .setSubject(user)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(new TextEncoder().encode(key));

  /** Status of the answer to a handshake. */
  const handshake = async (headers: Readonly<Record<string, string>>): Promise<number | undefined> => {
    const socket = new WebSocket(`ws://${await server.address("ws")}`, "sip", { headers });

    return new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("unexpected-response", (_request, response) => {
        resolve(response.statusCode);
        socket.removeAllListeners("error").on("error", () => {});
        socket.terminate();
      });
      socket.on("open", () => {
        socket.terminate();
        resolve(101);
      });
    });
  };

  const phone = async (user: string, session: string | undefined, first?: string): Promise<BrowserPhone> =>
    BrowserPhone.start(browser, {
      library: "jssip",
      user,
      server: `ws://${await server.address("ws")}`,
      ...(session === undefined ? {} : { cookies: { session } }),
      ...(first === undefined ? {} : { first }),
    });

  it("pages of other origins are refused with 403, whatever their cookies (RFC 6455 section 10.2)", async () => {
    const cookie = `session=${await token("alice")}`;

    assert.equal(await handshake({ Origin: browser.origin, Cookie: cookie }), 101);
    assert.equal(await handshake({ Origin: "https://evil.example", Cookie: cookie }), 403);
  });

  it("sessions that are missing, expired, forged or for another purpose are refused with 401", async () => {
    const Origin = browser.origin;

    assert.equal(await handshake({ Origin }), 401);

    for (const options of [
      { expires: "-1m" },
      { key: "a key that nobody has given to this web server" },
      { audience: "mail" },
    ]) {
      assert.equal(
        await handshake({ Origin, Cookie: `session=${await token("alice", options)}` }),
        401,
        JSON.stringify(options),
      );
    }

    await using refused = await phone("alice", undefined, "disconnected");

    assert.doesNotMatch(refused.log(), /^connected/m);
  });

  it("the user of the session registers and calls without a password; nobody acts as another", async () => {
    await using stack = new AsyncDisposableStack();
    const phones: BrowserPhone[] = [];

    await withLogs(
      () => [server, kamailio, ...phones],
      async () => {
        const alice = stack.use(await phone("alice", await token("alice")));

        phones.push(alice);

        const bob = stack.use(await phone("bob", await token("bob")));

        phones.push(bob);
        await alice.call("bob");
        await bob.event("incoming");
        await bob.accept();
        await Promise.all([alice.event("established"), bob.event("established")]);
        await Promise.all([alice.hearsAudio(), bob.hearsAudio()]);
        await bob.hangUp();
        await alice.event("ended");

        const mallory = stack.use(await phone("alice", await token("mallory"), "registrationFailed"));

        assert.match(mallory.log(), /registrationFailed .* 403/);
        assert.equal((await kamailio.bindings("alice")).length, 1);
        await alice.callAs("bob", "bob");
        assert.match((await alice.event("failed")).detail, /403/);
      },
    );
  });
});
