/** `oversip/testing`: what a test can try of a reload, and what of a configuration it needs. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ConfigurationError } from "../../../src/errors/errors.ts";
import { startTestServer } from "../../../src/testing/index.ts";
import { UserFiles } from "../../support/user-files.ts";

const answering = (status: number): string =>
  `import { logger, systemCallbacks } from "oversip";
   systemCallbacks.onReload(() => logger.notice("code that answers ${status}"));
   export const sipEvents = { onRequest(request) { request.reply(${status}); } };`;

const PROXY = `
  import { SipProxy } from "oversip";
  export const sipEvents = {
    async onRequest(request) { await new SipProxy("carrier").route(request, { host: "carrier.example" }); },
  };`;

describe("oversip/testing: reload", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles({ "server.ts": answering(200), "oversip.conf": "" });
  });

  afterEach(() => files[Symbol.dispose]());

  const notices = (log: readonly { level: string; text: string }[]): string[] =>
    log.filter(({ level }) => level === "notice").map(({ text }) => text);

  it("the file as it is now is in force, and its onReload is called", async () => {
    await using edge = await startTestServer({ configDir: files.directory });

    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 200);
    files.write("server.ts", answering(202));
    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 200);
    await edge.reload();
    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 202);
    assert.deepEqual(notices(edge.log), ["code that answers 202"]);
  });

  it("a file that cannot be used, or names a profile that is not there, changes nothing", async () => {
    await using edge = await startTestServer({ configDir: files.directory });

    for (const text of ["syntax error", "export const sipEvents = { onRequests() {} };", PROXY]) {
      files.write("server.ts", text);
      await assert.rejects(edge.reload(), ConfigurationError);
      assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 200);
    }

    assert.deepEqual(notices(edge.log), []);
  });

  it("requests under way finish with the code and the profile that they began with", async () => {
    files.write("server.ts", PROXY);
    await using edge = await startTestServer({
      configDir: files.directory,
      profiles: { carrier: { timerB: 7 } },
      dns: { "A carrier.example": ["198.51.100.7"] },
    });
    const invite = await edge.request("INVITE sip:a@b.example");

    await edge.forwarded("INVITE");
    files.write("server.ts", answering(404));
    await edge.reload({ profiles: {} });
    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 404);
    await edge.advance(7000);
    assert.equal(invite.status, 408);
  });

  it("DNS answers and the blacklist are forgotten", async () => {
    files.write("server.ts", PROXY);
    await using edge = await startTestServer({
      configDir: files.directory,
      profiles: { carrier: {} },
      dns: { "A carrier.example": ["198.51.100.7"] },
    });
    const questions = (): number => edge.dnsQuestions.filter((each) => each === "A carrier.example").length;

    edge.callee({ ip: "198.51.100.7", answers: [{ status: 503, headers: { "Retry-After": "600" } }] });
    assert.equal((await (await edge.request("OPTIONS sip:a@b.example")).response()).statusCode, 500);
    edge.callee({ ip: "198.51.100.7", answers: [200] });
    assert.equal((await (await edge.request("OPTIONS sip:a@b.example")).response()).statusCode, 500);
    assert.equal(questions(), 1);
    await edge.reload();
    assert.equal((await (await edge.request("OPTIONS sip:a@b.example")).response()).statusCode, 200);
    assert.equal(questions(), 2);
  });

  it("the test may bring other handlers or another file, which later reloads keep", async () => {
    await using edge = await startTestServer({ configDir: files.directory });

    await edge.reload({ events: () => ({ sipEvents: { onRequest: (request) => void request.reply(486) } }) });
    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 486);
    files.write("other.ts", answering(603));
    await edge.reload({ serverFile: files.path("other.ts") });
    await edge.reload();
    assert.equal((await edge.request("OPTIONS sip:a@b.example")).status, 603);
  });

  it("handlers that mean another server are refused, and the code in force stays", async () => {
    await using first = await startTestServer({ configDir: files.directory });
    await using second = await startTestServer({ configDir: files.directory });

    await assert.rejects(second.reload({ events: { sipEvents: {} } }), /means another server/);
    assert.equal((await second.request("OPTIONS sip:a@b.example")).status, 200);
    await first.reload({ events: { sipEvents: {} } });
  });
});

describe("oversip/testing: files of the configuration", () => {
  it("certificate and key of the server need not be where the test runs", async () => {
    using files = new UserFiles({
      "server.ts": answering(200),
      "oversip.conf": [
        "sip:\n  sip_tls: yes",
        "tls:\n  public_cert: /nowhere/edge.crt\n  private_cert: /nowhere/edge.key\n",
      ].join("\n"),
    });
    await using edge = await startTestServer({ configDir: files.directory });

    assert.equal((await edge.request("OPTIONS sip:a@b.example", { transport: "tls" })).status, 200);
  });

  it("a profile that proxies.conf does not define is told as the server tells it", async () => {
    using files = new UserFiles({
      "server.ts": PROXY,
      "oversip.conf": "",
      "proxies.conf": "default_proxy:\ncarriers:\n  timer_F: 5\n",
    });

    await assert.rejects(
      startTestServer({ configDir: files.directory }),
      /server\.ts:4:\d+: proxy profile "carrier" is not defined in proxies\.conf; did you mean "carriers"\?/,
    );
    await using edge = await startTestServer({ configDir: files.directory, profiles: { carrier: {} } });

    assert.equal(edge.log.length, 0);
  });
});

describe("oversip/testing: close", () => {
  it("waits for an onTerminated that waits for something real", async () => {
    let isDone = false;
    const edge = await startTestServer({
      events: () => ({
        systemEvents: {
          async onTerminated() {
            await new Promise((resolve) => setTimeout(resolve, 20));
            isDone = true;
          },
        },
      }),
    });

    await edge.close();
    assert.equal(isDone, true);
    assert.equal(edge.nowMs, edge.oversip.oversip.configuration.core.shutdownTimeout * 1000);
  });

  it("gives up callbacks that never end, as the server does, and those that wait for its clock go on", async () => {
    const outcomes: string[] = [];
    const edge = await startTestServer({
      events: ({ systemCallbacks, Uac, UacRequest }) => {
        systemCallbacks.onTerminated(() => new Promise(() => undefined));

        return {
          systemEvents: {
            async onTerminated() {
              const bye = new UacRequest({ method: "PUBLISH", ruri: "sip:198.51.100.7" });

              outcomes.push((await new Uac("quick").route(bye)).outcome);
            },
          },
        };
      },
      profiles: { quick: { timerF: 4 } },
      waitMs: 5,
    });

    await edge.close();
    assert.deepEqual(outcomes, ["error"]);
    assert.equal(edge.log.filter(({ level }) => level === "error").length, 1);
    await edge.close();
  });
});
