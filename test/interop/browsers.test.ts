/** JsSIP and SIP.js in Chromium, over WSS, through examples/edge-proxy, with Kamailio as the registrar behind it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "../support/browser.ts";
import { Kamailio } from "../support/kamailio.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { BrowserPhone, type PhoneLibrary, startBrowser } from "./browser-phone.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

describe("browsers, an edge and a registrar", () => {
  const authority = new CertificateAuthority();
  const certificate = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });
  let kamailio: Kamailio;
  let server: ExampleServer;
  let browser: Browser;

  before(async () => {
    kamailio = await Kamailio.start({ authentication: true });
    server = await ExampleServer.start({
      example: "edge-proxy",
      environment: { REGISTRAR_PORT: String(kamailio.port) },
      files: { "tls/server.crt": certificate.cert, "tls/server.key": certificate.key },
    });
    browser = await startBrowser(certificate.cert);
  });

  after(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
    authority.remove();
  });

  const phone = async (library: PhoneLibrary, user: string): Promise<BrowserPhone> =>
    BrowserPhone.start(browser, { library, user, server: `wss://${await server.address("wss")}` });

  for (const [from, to] of [
    ["jssip", "sipjs"],
    ["sipjs", "jssip"],
  ] as const) {
    it(`${from} calls ${to}: ICE and DTLS connect, and both sides may hang up`, async () => {
      await using stack = new AsyncDisposableStack();
      const phones: BrowserPhone[] = [];

      await withLogs(
        () => [server, kamailio, ...phones],
        async () => {
          const caller = stack.use(await phone(from, `caller-${from}`));

          phones.push(caller);

          const callee = stack.use(await phone(to, `callee-${to}`));

          phones.push(callee);

          for (const last of [caller, callee]) {
            const other = last === caller ? callee : caller;

            await caller.call(callee.user);
            assert.equal((await callee.event("incoming")).detail, caller.user);
            await callee.accept();
            await Promise.all([caller.event("established"), callee.event("established")]);
            await Promise.all([caller.hearsAudio(), callee.hearsAudio()]);
            await last.hangUp();
            await Promise.all([other.event("ended"), last.event("ended")]);
          }
        },
      );
    });
  }
});
