/** A browser and a baresip phone call each other through examples/edge-proxy: WSS here, UDP, TCP or TLS there. */
import { after, before, describe, it } from "node:test";
import { Baresip } from "../support/baresip.ts";
import type { Browser } from "../support/browser.ts";
import { Kamailio } from "../support/kamailio.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { BrowserPhone, startBrowser } from "./browser-phone.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

describe("a browser and a phone", () => {
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

  for (const [library, transport] of [
    ["jssip", "udp"],
    ["sipjs", "tcp"],
    ["jssip", "tls"],
  ] as const) {
    it(`${library} and a phone over ${transport} call each other, with ICE and DTLS-SRTP`, async () => {
      await using stack = new AsyncDisposableStack();
      const phones: { log(): string }[] = [];

      await withLogs(
        () => [server, kamailio, ...phones],
        async () => {
          const phone = stack.use(
            await Baresip.start({
              user: `phone-${transport}`,
              transport,
              proxy: await server.address(transport),
              authority: authority.cert,
              account: ["mediaenc=dtls_srtp", "medianat=ice"],
            }),
          );

          phones.push(phone);

          const page = stack.use(
            await BrowserPhone.start(browser, {
              library,
              user: `page-${transport}`,
              server: `wss://${await server.address("wss")}`,
            }),
          );

          phones.push(page);

          await page.call(phone.user);
          await phone.event("CALL_INCOMING");
          await phone.accept();
          await Promise.all([page.event("established"), phone.event("CALL_ESTABLISHED")]);
          await Promise.all([page.hearsAudio(), phone.event("CALL_RTPESTAB")]);
          await phone.hangUp();
          await page.event("ended");

          await phone.dial(page.user);
          await page.event("incoming");
          await page.accept();
          await Promise.all([page.event("established"), phone.event("CALL_ESTABLISHED")]);
          await Promise.all([page.hearsAudio(), phone.event("CALL_RTPESTAB")]);
          await page.hangUp();
          await phone.event("CALL_CLOSED");
        },
      );
    });
  }
});
