/** What the guides claim of their samples, tried: each sample is the server.ts of a server in memory. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startTestServer, type TestServer, type TestServerOptions } from "../../src/testing/index.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { ROOT, readMarkdown } from "../support/markdown.ts";

const CORE_IP = "198.51.100.1";
const SECOND_IP = "198.51.100.2";
const DNS = {
  "A core.example.com": [CORE_IP],
  "A registrar.example.com": [CORE_IP],
  "A voicemail.example.com": [SECOND_IP],
  "A pbx.example.com": [CORE_IP],
};
const PROFILES = { proxy_to_core: {}, proxy_in_dialog: {}, proxy_out: {} };

describe("samples of the guides", () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "guides-"));
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  /** A server with the one sample of a page that has a text in it. */
  function start(page: string, mark: string, options: TestServerOptions = {}): Promise<TestServer> {
    const found = readMarkdown(page).codeBlocks.filter(
      ({ language, text }) => language === "ts" && text.includes(mark),
    );

    assert.equal(found.length, 1, `${page}: samples with ${mark}`);

    const file = join(directory, `${page.replace(/\W+/g, "-")}-${found[0]?.line}.ts`);

    writeFileSync(file, found[0]?.text ?? "");

    return startTestServer({ serverFile: file, dns: DNS, profiles: PROFILES, ...options });
  }

  describe("README.md", () => {
    it("a call to a busy phone goes to voicemail, a message there does not, a scanner hears nothing", async () => {
      await using edge = await start("README.md", "friendly-scanner");

      edge.callee({ ip: CORE_IP, answers: [486] });
      edge.callee({ ip: SECOND_IP, answers: [200] });

      const call = await edge.request(`INVITE sip:bob@${CORE_IP}`);

      assert.equal((await call.response()).statusCode, 200);

      const message = await edge.request(`MESSAGE sip:bob@${CORE_IP}`);

      assert.equal((await message.response()).statusCode, 486);

      const scan = await edge.request("OPTIONS sip:100@192.0.2.100", {
        headers: { "User-Agent": "friendly-scanner" },
      });

      assert.deepEqual(scan.responses, []);
    });
  });

  describe("getting-started.md", () => {
    const PAGE = "docs/guides/getting-started.md";

    it("the first server.ts answers 483, 403, 404, and routes", async () => {
      await using edge = await start(PAGE, "async function routeInDialog");

      edge.callee({ ip: CORE_IP, answers: [200] });

      const circles = await edge.request(`OPTIONS sip:bob@${CORE_IP}`, { headers: { "Max-Forwards": "0" } });
      const strayBye = await edge.request("BYE sip:bob@192.0.2.100", {
        headers: { To: "<sip:bob@example.com>;tag=9" },
      });
      const ourselves = await edge.request("OPTIONS sip:192.0.2.100");
      const call = await edge.request(`INVITE sip:bob@${CORE_IP}`);

      assert.equal(circles.status, 483);
      assert.equal(strayBye.status, 403);
      assert.equal(ourselves.status, 404);
      assert.equal((await call.response()).statusCode, 200);
    });

    it("responses are changed, and another destination is tried after 486", async () => {
      await using edge = await start(PAGE, "voicemail.example.com");

      edge.callee({ ip: CORE_IP, answers: [180, 486] });
      edge.callee({ ip: SECOND_IP, answers: [200] });

      const call = await edge.request(`INVITE sip:bob@${CORE_IP}`);

      assert.equal((await call.response(180)).header("X-Edge"), "edge-1");
      assert.equal((await call.response()).statusCode, 200);
      assert.equal(
        call.responses.some(({ statusCode }) => statusCode === 486),
        false,
      );
    });

    it("a request that is neither answered nor routed is forgotten: its repetition is a new one", async () => {
      let calls = 0;

      await using edge = await startTestServer({
        events: () => ({
          sipEvents: {
            onRequest() {
              calls++;
            },
          },
        }),
      });
      const call = await edge.request("INVITE sip:bob@example.com");

      await call.retransmit();
      assert.equal(calls, 2);
      assert.deepEqual(call.responses, []);
    });
  });

  describe("nat-and-outbound.md", () => {
    const PAGE = "docs/guides/nat-and-outbound.md";

    it("a phone that registered over TCP is called over its connection, and 430 when that is gone", async () => {
      await using edge = await start(PAGE, "// 5");

      edge.callee({ ip: CORE_IP });

      const phone = await edge.connect({ transport: "tcp", sentBy: "10.0.0.7:5060" });

      await edge.request("REGISTER sip:example.com", { from: phone });

      const registration = await edge.forwarded("REGISTER");
      const path = registration.request.headerAll("Path");

      assert.notEqual(path.length, 0);
      await registration.reply(200);

      const call = await edge.request("INVITE sip:alice@10.0.0.7", { headers: { Route: path } });
      const ringing = await phone.received("INVITE");

      await ringing.reply(200);
      assert.equal((await call.response()).statusCode, 200);
      await phone.close();

      const late = await edge.request("INVITE sip:alice@10.0.0.7", { headers: { Route: path } });

      assert.equal((await late.response()).statusCode, 430);
    });

    it("an altered token is answered 403, a Route to elsewhere too", async () => {
      await using edge = await start(PAGE, "// 5");

      edge.callee({ ip: CORE_IP });

      const phone = await edge.connect({ transport: "tcp" });

      await edge.request("REGISTER sip:example.com", { from: phone });

      const path = (await edge.forwarded("REGISTER")).request.headerAll("Path");
      // The token is the user part of one of the two.
      const altered = path.map((value) =>
        value.replace(/(.)@/, (_all, last: string) => `${last === "A" ? "E" : "A"}@`),
      );

      assert.notDeepEqual(altered, path);

      const forged = await edge.request("INVITE sip:alice@10.0.0.7", { headers: { Route: altered } });
      const stray = await edge.request("INVITE sip:alice@example.com", {
        headers: { Route: "<sip:203.0.113.99;lr>" },
      });

      assert.equal((await forged.response()).statusCode, 403);
      assert.equal((await stray.response()).statusCode, 403);
    });

    for (const { what, secrets, isReached } of [
      { what: "works on with the same secret", secrets: ["a".repeat(16), "a".repeat(16)], isReached: true },
      {
        what: "is worth nothing with another one",
        secrets: ["a".repeat(16), "b".repeat(16)],
        isReached: false,
      },
    ]) {
      it(`after a restart the token of a phone over UDP ${what}`, async () => {
        const configurations = secrets.map((secret) => ({ configuration: { core: { secret } } }));
        let path: string[];

        {
          await using edge = await start(PAGE, "// 5", configurations[0]);

          edge.callee({ ip: CORE_IP });
          await edge.request("REGISTER sip:example.com", {
            ip: "203.0.113.7",
            port: 1234,
            sentBy: "10.0.0.7:5060",
          });
          path = (await edge.forwarded("REGISTER")).request.headerAll("Path");
        }

        await using edge = await start(PAGE, "// 5", configurations[1]);

        edge.callee({ ip: CORE_IP });
        await edge.request("INVITE sip:alice@10.0.0.7", { headers: { Route: path } });

        const hasReached = edge.sent.some(
          ({ message, ip, port }) => message.isRequest && ip === "203.0.113.7" && port === 1234,
        );

        assert.equal(hasReached, isReached);
      });
    }

    it("for a registrar without Path the token is in the Contact, which the client does not see", async () => {
      await using edge = await start(PAGE, "addOutboundToContact");

      edge.callee({ ip: CORE_IP });

      const phone = await edge.connect({ transport: "tcp" });
      const registration = await edge.request("REGISTER sip:example.com", { from: phone });
      const forwarded = await edge.forwarded("REGISTER");
      const contact = forwarded.request.contact?.uri ?? "";

      assert.match(contact, /;ov-ob=/);
      await forwarded.reply(200, { headers: { Contact: `<${contact}>;expires=600` } });
      assert.doesNotMatch((await registration.response()).header("Contact") ?? "", /ov-ob/);
      await edge.request(`INVITE ${contact}`);
      assert.doesNotMatch((await phone.received("INVITE")).request.requestUriText, /ov-ob/);
    });
  });

  describe("websocket.md", () => {
    const PAGE = "docs/guides/websocket.md";

    it("onConnection refuses without a session, and cvars know the user afterwards", async () => {
      await using edge = await start(PAGE, "httpReject(401");

      edge.callee({ ip: CORE_IP, answers: [200] });

      const stranger = await edge.connect({ transport: "wss" });
      const alice = await edge.connect({ transport: "wss", httpHeaders: { Cookie: "session=3f2a" } });
      const asAlice = { From: "<sip:alice@example.com>;tag=1" };
      const asBob = { From: "<sip:bob@example.com>;tag=2" };

      assert.equal(stranger.refusal?.statusCode, 401);
      assert.equal(alice.cvars["user"], "alice");

      const own = await edge.request("REGISTER sip:example.com", { from: alice, headers: asAlice });
      const other = await edge.request("REGISTER sip:example.com", { from: alice, headers: asBob });

      assert.equal((await own.response()).statusCode, 200);
      assert.equal((await other.response()).statusCode, 403);
    });

    it("a browser that has sent nothing gets the calls for its user, as long as it is connected", async () => {
      await using edge = await start(PAGE, "agents.set(agent");
      const stranger = await edge.connect({ transport: "wss" });
      const alice = await edge.connect({
        transport: "wss",
        httpHeaders: { Cookie: "session=3f2a" },
      });

      assert.equal(stranger.refusal?.statusCode, 403);

      const call = await edge.request("INVITE sip:alice@example.com");

      await (await alice.received("INVITE")).reply(200);
      assert.equal((await call.response()).statusCode, 200);
      await call.ack();
      await alice.received("ACK");

      const bye = await call.inDialog("BYE");

      await (await alice.received("BYE")).reply(200);
      assert.equal((await bye.response()).statusCode, 200);
      await alice.close();

      const late = await edge.request("INVITE sip:alice@example.com");

      assert.equal((await late.response()).statusCode, 480);
    });
  });

  describe("tls.md", () => {
    const PAGE = "docs/guides/tls.md";
    const authority = new CertificateAuthority();
    const right = authority.leaf({ subjectAltNames: ["DNS:carrier.example"] });
    const wrong = authority.leaf({ subjectAltNames: ["DNS:other.example"] });
    const dns = { "A carrier.example": [CORE_IP] };

    for (const { certificate, status } of [
      { certificate: right, status: 200 },
      { certificate: wrong, status: 500 },
    ]) {
      it(`a server is ${status === 200 ? "taken" : "refused"} by the domain in its certificate`, async () => {
        await using edge = await start(PAGE, "onServerTlsHandshake(connection", {
          authorities: [authority.cert],
          dns,
        });

        // The sample has no onRequest: this server sends a request of its own.
        edge.callee({ transport: "tls", ip: CORE_IP, certificates: [certificate.cert], answers: [200] });

        const { Uac, UacRequest } = edge.oversip;
        const request = new UacRequest({ method: "OPTIONS", ruri: "sip:carrier.example" });
        const routed = new Uac().route(request, { host: "carrier.example", port: 5061, transport: "tls" });

        await edge.settle();

        const result = await routed;

        if (status === 200) {
          assert.equal(result.outcome, "response");
        } else {
          assert.deepEqual(result, {
            outcome: "error",
            status: 500,
            reason: "TLS Validation Failed",
            code: "tls_validation_failed",
          });
        }
      });
    }

    it("a client with the carrier's certificate may call, one without any is answered 403", async () => {
      await using edge = await start(PAGE, '"carrier"', { authorities: [authority.cert] });

      edge.callee({ ip: CORE_IP, answers: [200] });

      const carrier = await edge.connect({ transport: "tls", certificates: [right.cert] });
      const phone = await edge.connect({ transport: "tls" });
      const self = await edge.connect({
        transport: "tls",
        certificates: [new CertificateAuthority().leaf().cert],
      });
      const fromCarrier = await edge.request("INVITE sip:1@example.com", { from: carrier });
      const fromPhone = await edge.request("INVITE sip:1@example.com", { from: phone });

      assert.equal((await fromCarrier.response()).statusCode, 200);
      assert.equal((await fromPhone.response()).statusCode, 403);
      assert.equal(self.isOpen, false);
    });
  });

  describe("dns-and-failover.md", () => {
    const PAGE = "docs/guides/dns-and-failover.md";

    it("a 500 of the core lists it for a minute", async () => {
      await using edge = await start(PAGE, "addTargetToBlacklist");

      edge.callee({ ip: CORE_IP, answers: [500] });
      assert.equal((await (await edge.request("INVITE sip:1@example.com")).response()).statusCode, 500);
      assert.equal(
        (await (await edge.request("INVITE sip:1@example.com")).response()).reasonPhrase,
        "Core Busy",
      );
      await edge.advance(60_000);
      assert.equal((await (await edge.request("INVITE sip:1@example.com")).response()).statusCode, 500);
    });

    it("the second gateway is tried after an error of the first, and its answer goes upstream", async () => {
      await using edge = await start(PAGE, "const GATEWAYS");

      edge.callee({ ip: "192.0.2.10", answers: [500] });
      edge.callee({ ip: "192.0.2.11", answers: [503] });

      const call = await edge.request("INVITE sip:1@example.com");

      assert.equal((await call.response()).statusCode, 500);
      assert.deepEqual(
        edge.sent
          .filter(({ message }) => message.isRequest && message.method === "INVITE")
          .map(({ ip }) => ip),
        ["192.0.2.10", "192.0.2.11"],
      );
    });

    it("a callee that declines at the first gateway has declined: no other one is asked, and nothing raised", async () => {
      await using edge = await start(PAGE, "const GATEWAYS");

      edge.callee({ ip: "192.0.2.10", answers: [603] });

      const call = await edge.request("INVITE sip:1@example.com");

      assert.equal((await call.response()).statusCode, 603);
      assert.deepEqual(edge.callee({ ip: "192.0.2.11" }).messages, []);
      assert.deepEqual(
        edge.log.filter(({ level }) => level === "error" || level === "crit"),
        [],
      );
    });

    it("a busy callee at the first gateway is busy", async () => {
      await using edge = await start(PAGE, "const GATEWAYS");

      edge.callee({ ip: "192.0.2.10", answers: [486] });
      assert.equal((await (await edge.request("INVITE sip:1@example.com")).response()).statusCode, 486);
    });

    it("a silent server is given up after timer_B, and the next one tried", async () => {
      await using edge = await startTestServer({
        events: ({ SipProxy }) => ({
          sipEvents: {
            async onRequest(request) {
              await new SipProxy("short").route(request, { host: "pair.example" });
            },
          },
        }),
        profiles: { short: { timerB: 4 } },
        dns: {
          "SRV _sip._udp.pair.example": ["10 0 5060 a.pair.example", "20 0 5060 b.pair.example"],
          "A a.pair.example": [CORE_IP],
          "A b.pair.example": [SECOND_IP],
        },
      });

      edge.callee({ ip: SECOND_IP, answers: [200] });

      const call = await edge.request("INVITE sip:1@example.com");

      await edge.advance(3_900);
      assert.equal(call.status === 200, false);
      await edge.advance(200);
      assert.equal((await call.response()).statusCode, 200);
    });
  });

  describe("migrating-from-oversip.md", () => {
    it("the translated logic routes, and refuses a BYE without Route", async () => {
      await using edge = await start("docs/guides/migrating-from-oversip.md", "proxy_out");

      edge.callee({ ip: CORE_IP, answers: [486] });

      const call = await edge.request(`INVITE sip:bob@${CORE_IP}`);
      const bye = await edge.request(`BYE sip:bob@${CORE_IP}`, {
        headers: { To: "<sip:bob@example.com>;tag=9" },
      });

      assert.equal((await call.response()).statusCode, 486);
      assert.equal((await bye.response()).statusCode, 403);
      assert.ok(edge.log.some(({ text }) => text === "bob: 486"));
    });
  });

  describe("security.md", () => {
    const PAGE = "docs/guides/security.md";

    it("internal headers and identities that a client claims do not get through, however they are spelled", async () => {
      await using edge = await start(PAGE, "INTERNAL_HEADERS");

      edge.callee({ ip: CORE_IP });
      await edge.request("INVITE sip:bob@example.com", {
        headers: { "x-account \t": "7", "P-Asserted-Identity": "<sip:boss@example.com>", "X-Other": "kept" },
      });

      const { request } = await edge.forwarded("INVITE");

      assert.equal(request.hasHeader("X-Account"), false);
      assert.equal(request.hasHeader("P-Asserted-Identity"), false);
      assert.equal(request.header("X-Other"), "kept");
    });

    for (const [what, line] of [
      ["a vertical tab", "P-Asserted-Identity\v: <sip:boss@example.com>"],
      ["a line break", "P-Asserted-Identity\r\n : <sip:boss@example.com>"],
      ["a blank that is none", "P-Asserted-Identity\u00a0: <sip:boss@example.com>"],
    ] as const) {
      it(`a header that ${what} is to hide is refused with 400`, async () => {
        await using edge = await start(PAGE, "INTERNAL_HEADERS");
        const peer = await edge.connect();
        const call = await edge.request("OPTIONS sip:bob@example.com", { from: peer });
        const text = call.request.toString().replace("Max-Forwards:", `${line}\r\nMax-Forwards:`);
        const before = peer.messages.length;

        await peer.send(text.replace(/branch=[^;\r]+/, "branch=z9hG4bKother"));
        assert.equal(peer.messages.length, before + 1);

        const [answer] = peer.messages.slice(-1);

        assert.ok(answer?.isResponse && answer.statusCode === 400);
      });
    }

    it("scanners and preloaded routes are refused, and calls for clients reach them", async () => {
      await using edge = await start(PAGE, "INTERNAL_HEADERS");
      const scan = await edge.request("REGISTER sip:example.com", {
        headers: { "User-Agent": "friendly-scanner" },
      });
      const preloaded = await edge.request("INVITE sip:1@example.com", {
        headers: { Route: "<sip:198.51.100.9;lr>" },
      });

      assert.deepEqual(scan.responses, []);
      assert.equal((await preloaded.response()).statusCode, 403);
    });
  });
});
