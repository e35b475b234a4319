/** `oversip/testing`: which code is tested, and what its server is told. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { ensureDemoCertificate } from "../../../src/app/demo-certificate.ts";
import * as oversip from "../../../src/index.ts";
import { startTestServer } from "../../../src/testing/index.ts";
import { UserFiles } from "../../support/user-files.ts";

const SAMPLE_DIRECTORY = resolve(import.meta.dirname, "../../../etc");

const SERVER = `
import { SipProxy, oversip, systemCallbacks, type SipEvents, type SystemEvents } from "oversip";
import { greeting } from "./greeting.ts";

const seen: string[] = [];

systemCallbacks.onStarted(() => void seen.push("registered"));

export const systemEvents: SystemEvents = {
  onInitialize() { seen.push("initialize"); },
  onStarted() { seen.push("started"); },
  onUserReload() { seen.push("reload"); },
};
export const sipEvents: SipEvents = {
  onRequest(request) {
    if (request.ruri.user === "seen") { request.reply(200, seen.join(" ")); }
    else if (request.ruri.user === "greet") { request.reply(200, greeting); }
    else if (request.ruri.user === "who") { request.reply(200, oversip.configuration.sip.localDomains?.join() ?? "none"); }
    else { new SipProxy("carrier").route(request); }
  },
};
`;

describe("oversip/testing: the code that is tested", () => {
  it("a file is loaded as the server loads it, with what it imports, and started", async () => {
    using files = new UserFiles({ "app.ts": SERVER, "greeting.ts": `export const greeting = "hi";` });
    await using edge = await startTestServer({ serverFile: files.path("app.ts") });

    assert.equal((await edge.request("OPTIONS sip:greet@x.example")).finalResponse?.reasonPhrase, "hi");
    await edge.userReload();
    assert.equal(
      (await edge.request("OPTIONS sip:seen@x.example")).finalResponse?.reasonPhrase,
      "initialize registered started reload",
    );
  });

  it("a configuration directory is read whole; values of the test win", async () => {
    using files = new UserFiles({
      "server.ts": SERVER,
      "greeting.ts": `export const greeting = "hi";`,
      "oversip.conf": "sip:\n  local_domains: example.org\n  listen_port: 5099\n",
      "proxies.conf": "default_proxy:\ncarrier:\n  do_record_routing: no\n",
    });

    for (const [configuration, expected] of [
      [{}, "example.org"],
      [{ sip: { localDomains: ["example.net"] } }, "example.net"],
    ] as const) {
      await using edge = await startTestServer({
        configDir: pathToFileURL(files.directory),
        configuration,
      });

      assert.equal((await edge.request("OPTIONS sip:who@x.example")).finalResponse?.reasonPhrase, expected);
      await edge.request("INVITE sip:bob@198.51.100.7");

      const { request } = await edge.forwarded("INVITE");

      assert.equal(request.hasHeader("Record-Route"), false);
      assert.equal(request.topVia.port, 5099);
    }
  });

  it("the server has the names that its configuration gives it", async () => {
    await using edge = await startTestServer({
      events: ({ SipProxy }) => ({
        sipEvents: { onRequest: (request) => void new SipProxy().route(request) },
      }),
      configuration: {
        sip: { advertisedIpv4: "203.0.113.80", recordRouteHostnameTlsIpv4: "edge.example.com" },
      },
    });

    await edge.request("INVITE sip:bob@198.51.100.7;transport=tls");

    const { request } = await edge.forwarded("INVITE");

    assert.equal(request.topVia.host, "edge.example.com");
    assert.match(request.headerAll("Record-Route").join(), /@?edge\.example\.com:5061.*203\.0\.113\.80:5060/);
  });

  it("the sample configuration can be tested", async () => {
    using files = new UserFiles();

    cpSync(SAMPLE_DIRECTORY, files.directory, { recursive: true });
    ensureDemoCertificate(files.path("tls"));

    await using edge = await startTestServer({ configDir: files.directory });

    assert.equal((await edge.request("OPTIONS sip:192.0.2.100")).status, 200);
  });

  it('handlers of a module that the test imports use "oversip" itself, and nothing of it is left afterwards', async () => {
    const sipEvents: oversip.SipEvents = {
      onRequest: (request) => void new oversip.SipProxy().route(request, { host: "198.51.100.3" }),
    };

    for (const _ of [1, 2]) {
      await using edge = await startTestServer({ events: { sipEvents } });

      await edge.request("INVITE sip:bob@example.com");
      assert.equal((await edge.forwarded()).target.ip, "198.51.100.3");
      assert.equal(oversip.oversip.status, "running");
      await assert.rejects(startTestServer({ events: { sipEvents } }), /another server of this process/);
    }

    assert.throws(() => oversip.oversip.version, /no OverSIP server runs/);
  });

  it("two servers in one process do not see each other", async () => {
    const make = (status: number) =>
      startTestServer({
        events: () => ({ sipEvents: { onRequest: (request) => void request.reply(status) } }),
      });
    await using one = await make(403);
    await using two = await make(404);
    const [first, second] = await Promise.all([
      one.request("OPTIONS sip:a@b.example"),
      two.request("OPTIONS sip:a@b.example"),
    ]);

    assert.deepEqual([first.status, second.status], [403, 404]);
    assert.deepEqual([one.sent.length, two.sent.length], [1, 1]);
  });

  it("mistakes are told as the server tells them", async () => {
    using files = new UserFiles({ "server.ts": "export const sipEvents = {\n  onReqest() {},\n};\n" });

    await assert.rejects(startTestServer({ serverFile: files.path("server.ts") }), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`^${join(files.directory, "server.ts")}:2:3: sipEvents.onReqest: .*"onRequest"`),
      );

      return true;
    });
    await assert.rejects(startTestServer({}), /needs serverFile, configDir or events/);
    await assert.rejects(
      startTestServer({
        events: () => ({
          systemEvents: {
            onStarted() {
              throw new Error("no database");
            },
          },
        }),
      }),
      /systemEvents\.onStarted failed: no database/,
    );
    assert.throws(() => oversip.oversip.version, /no OverSIP server runs/);
  });

  it("close calls what the end of the server calls, once", async () => {
    const seen: unknown[] = [];
    const edge = await startTestServer({
      events: ({ systemCallbacks, SipProxy }) => {
        systemCallbacks.onTerminated((error) => void seen.push("module", error));

        return {
          systemEvents: { onTerminated: (error) => void seen.push("user", error) },
          sipEvents: { onRequest: (request) => void new SipProxy().route(request) },
        };
      },
    });

    // A transaction that waits does not keep the test waiting.
    await edge.request("INVITE sip:bob@198.51.100.7");
    await edge.close();
    await edge.close();
    assert.deepEqual(seen, ["user", false, "module", false]);
  });
});
