/** examples/asserted-users, with Kamailio as a registrar that trusts P-Asserted-Identity, and JsSIP. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "../support/browser.ts";
import { DOMAIN, Kamailio } from "../support/kamailio.ts";
import { BrowserPhone, startBrowser } from "./browser-phone.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

describe("users for whom the edge vouches (RFC 3325)", () => {
  let kamailio: Kamailio;
  let server: ExampleServer;
  let browser: Browser;

  before(async () => {
    kamailio = await Kamailio.start({ authentication: true, trustsAssertions: true });
    server = await ExampleServer.start({
      example: "asserted-users",
      environment: { REGISTRAR_PORT: String(kamailio.port) },
    });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
  });

  it("one challenge a connection: later requests are asserted, those with another From are not", async () => {
    await using stack = new AsyncDisposableStack();
    const phones: BrowserPhone[] = [];
    const challenges = () => kamailio.logged(/challenged sip:alice@/).length;
    const received = (method: string, count: number) =>
      kamailio.lines(new RegExp(`< ${method} .* from sip:(alice|mallory)@`), count);

    await withLogs(
      () => [server, kamailio, ...phones],
      async () => {
        const connect = async (user: string): Promise<BrowserPhone> => {
          const phone = stack.use(
            await BrowserPhone.start(browser, {
              library: "jssip",
              user,
              server: `ws://${await server.address("ws")}`,
            }),
          );

          phones.push(phone);

          return phone;
        };
        const alice = await connect("alice");
        const bob = await connect("bob");

        assert.equal(challenges(), 1);
        await alice.register();
        await alice.register();

        const [, , third, fourth] = await received("REGISTER", 4);

        assert.equal(challenges(), 1, "no REGISTER but the first is challenged");

        for (const line of [third, fourth]) {
          assert.match(line ?? "", new RegExp(`P-Asserted-Identity <sip:alice@${DOMAIN}>`));
        }

        await alice.call(bob.user);
        await bob.event("incoming");
        await bob.accept();
        await Promise.all([alice.event("established"), bob.event("established")]);
        await alice.hangUp();
        await bob.event("ended");
        assert.match(
          (await received("INVITE", 1))[0] ?? "",
          new RegExp(`P-Asserted-Identity <sip:alice@${DOMAIN}>`),
        );

        await alice.callAs("mallory", bob.user);
        assert.match((await alice.event("failed")).detail, /403/);
        assert.match((await received("INVITE", 2))[1] ?? "", /from sip:mallory@.*P-Asserted-Identity <null>/);

        // Another connection has to prove itself anew.
        await alice.reload();
        assert.equal(challenges(), 2);
      },
    );
  });
});
