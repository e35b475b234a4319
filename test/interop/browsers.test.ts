/** JsSIP and SIP.js in Chromium, over WSS, through examples/edge-proxy, with Kamailio as the registrar behind it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "../support/browser.ts";
import { Kamailio } from "../support/kamailio.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { BrowserPhone, type PhoneLibrary, startBrowser } from "./browser-phone.ts";
import { CuttableRelay } from "./cuttable-relay.ts";
import { ExampleServer } from "./example-server.ts";
import { probe } from "./sip-probe.ts";
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

  const phone = async (library: PhoneLibrary, user: string, relay?: CuttableRelay): Promise<BrowserPhone> =>
    BrowserPhone.start(browser, {
      library,
      user,
      server: `wss://${relay?.address ?? (await server.address("wss"))}`,
    });

  /** A call that is established, with media. */
  const establish = async (caller: BrowserPhone, callee: BrowserPhone): Promise<void> => {
    await caller.call(callee.user);
    assert.equal((await callee.event("incoming")).detail, caller.user);
    await callee.accept();
    await Promise.all([caller.event("established"), callee.event("established")]);
    await Promise.all([caller.hearsAudio(), callee.hearsAudio()]);
  };

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

            await establish(caller, callee);
            await last.hangUp();
            await Promise.all([other.event("ended"), last.event("ended")]);
          }
        },
      );
    });
  }

  for (const [library, other] of [
    ["jssip", "sipjs"],
    ["sipjs", "jssip"],
  ] as const) {
    it(`${library} is reloaded in mid-call: it can be called again, and the old call ends (RFC 5626 section 5.3)`, async () => {
      await using stack = new AsyncDisposableStack();
      const phones: BrowserPhone[] = [];

      await withLogs(
        () => [server, kamailio, ...phones],
        async () => {
          const peer = stack.use(await phone(other, `peer-of-reloaded-${library}`));

          phones.push(peer);

          const reloaded = stack.use(await phone(library, `reloaded-${library}`));

          phones.push(reloaded);

          await establish(peer, reloaded);
          await reloaded.reload();

          await peer.hangUp();
          await peer.event("ended");

          // SIP.js says BYE as its page goes, if it has the time; of JsSIP nobody hears any more.
          if (library === "jssip") {
            await server.line(/BYE not delivered: 430 Flow Failed/);
          }
          await establish(peer, reloaded);
          await reloaded.hangUp();
          await peer.event("ended");
        },
      );
    });

    it(`${library} loses its socket and comes back: calls take the new flow, the old one is answered 430 (RFC 5626 section 5.3)`, async () => {
      await using stack = new AsyncDisposableStack();
      const relay = stack.use(await CuttableRelay.start(await server.address("wss")));
      const phones: BrowserPhone[] = [];

      await withLogs(
        () => [server, kamailio, ...phones],
        async () => {
          const peer = stack.use(await phone(other, `peer-of-cut-${library}`));

          phones.push(peer);

          const cut = stack.use(await phone(library, `cut-${library}`, relay));

          phones.push(cut);

          const before = await kamailio.binding(cut.user);

          relay.cut();
          await cut.event("disconnected");
          await cut.event("registered");

          const [after, ...further] = await kamailio.bindings(cut.user);

          // RFC 5626 section 6: the same instance and reg-id, so the new binding takes the place of the old one.
          assert.deepEqual(further, []);
          assert.equal(after?.["Reg-Id"], 1);
          assert.match(after?.Instance ?? "", new RegExp(cut.instanceId));
          assert.notEqual(after?.Path, before.Path);
          await establish(peer, cut);
          await peer.hangUp();
          await cut.event("ended");

          assert.equal(
            await probe(await server.address("udp"), {
              method: "INVITE",
              ruri: before.Address,
              routes: [before.Path],
            }),
            "430 Flow Failed",
          );
        },
      );
    });
  }

  // SIP.js ends its calls by itself when its socket is lost.
  it("a call of jssip outlives its socket: it hangs up over the new one (RFC 5626 section 5.3)", async () => {
    await using stack = new AsyncDisposableStack();
    const relay = stack.use(await CuttableRelay.start(await server.address("wss")));
    const phones: BrowserPhone[] = [];

    await withLogs(
      () => [server, kamailio, ...phones],
      async () => {
        const peer = stack.use(await phone("sipjs", "peer-of-outliving"));

        phones.push(peer);

        const outliving = stack.use(await phone("jssip", "outliving", relay));

        phones.push(outliving);
        await establish(outliving, peer);
        relay.cut();
        await outliving.event("disconnected");
        await outliving.event("registered");
        await outliving.hangUp();
        await peer.event("ended");
      },
    );
  });
});
