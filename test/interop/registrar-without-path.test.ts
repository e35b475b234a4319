/** examples/registrar-without-path, with Kamailio as a registrar that ignores Path. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Baresip } from "../support/baresip.ts";
import type { Browser } from "../support/browser.ts";
import { Kamailio } from "../support/kamailio.ts";
import { findFreePort } from "../support/sipp.ts";
import { BrowserPhone, startBrowser } from "./browser-phone.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

describe("an edge and a registrar without Path", () => {
  let kamailio: Kamailio;
  let server: ExampleServer;
  let browser: Browser;

  before(async () => {
    const port = await findFreePort("127.0.0.1");

    server = await ExampleServer.start({
      example: "registrar-without-path",
      environment: { REGISTRAR_PORT: String(port) },
    });
    kamailio = await Kamailio.start({
      port,
      path: false,
      authentication: true,
      edge: await server.address("udp"),
    });
    browser = await startBrowser();
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("calls find the connection of a client by the token in its Contact, which the client never sees", async () => {
    await using stack = new AsyncDisposableStack();
    const participants: { log(): string }[] = [];

    await withLogs(
      () => [server, kamailio, ...participants],
      async () => {
        const phone = stack.use(
          await Baresip.start({
            user: "phone",
            transport: "tcp",
            proxy: await server.address("tcp"),
            account: ["mediaenc=dtls_srtp", "medianat=ice"],
          }),
        );

        participants.push(phone);

        const page = stack.use(
          await BrowserPhone.start(browser, {
            library: "jssip",
            user: "page",
            server: `ws://${await server.address("ws")}`,
          }),
        );

        participants.push(page);

        for (const user of ["phone", "page"]) {
          const { Address, Path } = await kamailio.binding(user);

          assert.match(Address, /;ov-ob=/);
          assert.doesNotMatch(Path, /sip:/);
        }

        await page.call("phone");
        await phone.event("CALL_INCOMING");
        await phone.accept();
        await Promise.all([page.event("established"), phone.event("CALL_ESTABLISHED")]);
        await Promise.all([page.hearsAudio(), phone.event("CALL_RTPESTAB")]);
        await page.hangUp();
        await phone.event("CALL_CLOSED");

        await phone.dial("page");
        await page.event("incoming");
        await page.accept();
        await Promise.all([page.event("established"), phone.event("CALL_ESTABLISHED")]);
        await Promise.all([page.hearsAudio(), phone.event("CALL_RTPESTAB")]);
        await phone.hangUp();
        await page.event("ended");

        assert.ok(phone.logged(/^INVITE sip:phone/).length > 0, "the messages of the phone are in its log");
        assert.deepEqual(phone.logged(/ov-ob/), []);
      },
    );
  });
});
