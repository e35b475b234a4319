/** The rest of what `oversip` exports: modules, logger, the running server, and that an npm package gets the same. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { API_CONFIGURATION, ApiServer } from "../support/api-server.ts";
import type { SipUserAgent } from "../support/sip-user-agent.ts";

const LOGIC = `
import * as everything from "oversip";
import { ConfigurationError, logger, NameAddr, outboundMangling, oversip, ParsingError, SipProxy, SipRuntimeError, systemCallbacks, tls, Uri, userAssertion } from "oversip";
import { greet, packageOversip, packageSipProxy } from "oversip-mod-greeter";
import { inner } from "./lib/inner.ts";

systemCallbacks.onStarted(() => see({ started: ["own", oversip.status] }));
see({ exports: Object.keys(everything).filter((name) => name !== "default").sort() });
see({ same: [packageSipProxy === SipProxy, packageOversip === oversip, inner === SipProxy] });
see({ loading: oversip.status });

const cases = {
  /** The registrar knows no Path. */
  mangle(request) {
    const proxy = new SipProxy();
    outboundMangling.addOutboundToContact(proxy);
    return proxy.route(request, { host: "127.0.0.1", port: Number(request.header("X-Registrar")), transport: "udp" });
  },
  async unmangle(request) {
    see({ [request.callId]: outboundMangling.extractOutboundFromRuri(request) });
    return new SipProxy().route(request);
  },
  assert(request) {
    see({ [request.callId]: [userAssertion.assertConnection(request), request.cvars.assertedUser ?? null] });
    request.reply(200);
  },
  revoke(request) {
    see({ [request.callId]: userAssertion.revokeAssertion(request) });
    request.reply(200);
  },
  pai(request) {
    see({ [request.callId]: userAssertion.addPai(request) ?? null });
    return new SipProxy().route(request, { host: "127.0.0.1", port: Number(request.header("X-Registrar")), transport: "udp" });
  },
  log(request) {
    logger.debug("a debug line");
    logger.info("an info line", { callId: request.callId, number: 7 });
    logger.warn("text of a peer: " + request.bodyText);
    logger.error(new TypeError("an error of mine", { cause: new Error("its cause") }));
    logger.notice({ an: "object" });
    logger.child({ component: "mine" }).crit("of a child");
    see({ enabled: ["debug", "info", "crit"].map((level) => logger.isEnabled(level)) });
    request.reply(200);
  },
  server(request) {
    const { configuration, proxies, status, version } = oversip;
    const attempts = [
      () => { configuration.sip.sipUdp = false; },
      () => { oversip.status = "x"; },
      () => { proxies.get("other").timerB = 5; },
      () => { proxies.set("third", proxies.get("other")); },
      () => { Map.prototype.delete.call(proxies, "other"); },
      () => { misspelt = 1; },
    ].map((attempt) => {
      try { attempt(); return "done"; } catch (error) { return error.name; }
    });
    see({ server: { version, status, sipTls: configuration.sip.sipTls, port: typeof configuration.sip.listenPort, localDomains: configuration.sip.localDomains,
      names: [...proxies.keys()], timerB: proxies.get("default_proxy").timerB, attempts, stillUdp: oversip.configuration.sip.sipUdp } });
    request.reply(200);
  },
  errors(request) {
    const classes = [];
    for (const attempt of [() => Uri.parse("nothing"), () => NameAddr.parse("<nothing"), () => new SipProxy(String("none")),
      () => outboundMangling.addOutboundToContact({}), () => outboundMangling.extractOutboundFromRuri({}), () => userAssertion.addPai({})]) {
      try { attempt(); } catch (error) {
        classes.push([error.name, error instanceof ParsingError, error instanceof SipRuntimeError, error instanceof ConfigurationError]);
      }
    }
    see({ errors: classes });
    request.reply(200);
  },
  uris(request) {
    const uri = Uri.parse("sip:alice@Example.COM;Transport=TCP?h=1");
    uri.user = "bob smith";
    uri.setParam("x", null);
    const address = new NameAddr('The "Boss"', "sip", "boss", "2001:db8::1", 5070);
    see({ uris: [String(uri), uri.aor, uri.transportParam, String(address), NameAddr.parse(String(address)).displayName] });
    request.reply(200);
  },
  tls(request) {
    see({ tls: [tls.validate([]).validated, tls.getSipIdentities("nothing")] });
    request.reply(200);
  },
  greet(request) {
    greet(request);
  },
};

export const systemEvents = {
  onInitialize: () => see({ initialize: oversip.status }),
  onStarted: () => see({ started: ["event", oversip.status] }),
};
export const sipEvents = { onRequest: (request) => (cases[request.header("X-Case")] ?? cases[request.ruri.user])(request) };
`;

const PACKAGE = `
import { logger, oversip, SipProxy, systemCallbacks } from "oversip";

export const packageOversip = oversip;
export const packageSipProxy = SipProxy;
systemCallbacks.onStarted(() => console.log("> " + JSON.stringify({ started: ["package", oversip.status] })));

export function greet(request) {
  logger.child({ module: "greeter" }).info("greeting");
  new SipProxy().onSuccessResponse((response) => response.setHeader("X-Greeting", "from the package")).route(request);
}
`;

describe("the modules and objects that oversip exports", () => {
  let server: ApiServer;
  let client: SipUserAgent;
  let registrar: SipUserAgent;

  before(async () => {
    server = await ApiServer.start(LOGIC, {
      "lib/inner.ts": `import { SipProxy } from "oversip"; export const inner = SipProxy;`,
      "node_modules/oversip-mod-greeter/package.json": JSON.stringify({
        name: "oversip-mod-greeter",
        type: "module",
        exports: "./index.js",
      }),
      "node_modules/oversip-mod-greeter/index.js": PACKAGE,
      "oversip.conf": API_CONFIGURATION,
      "proxies.conf": "default_proxy:\n  timer_B: 3\nother: {}\n",
    });
    client = await server.client("tcp");
    registrar = await server.callee("udp");
  });

  afterEach(async () =>
    assert.deepEqual([...(await client.takeWaiting()), ...(await registrar.takeWaiting())], []),
  );

  after(async () => {
    await client[Symbol.asyncDispose]();
    await registrar[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Has user code do something that it answers by itself. */
  const ask = async (user: string, extra: readonly string[] = [], agent = client, body = "") => {
    const { callId } = agent.sendRequest("MESSAGE", { ruri: `sip:${user}@home.example`, extra, body });

    await agent.nextResponse(200);

    return callId;
  };

  it("exports what the contract names", async () => {
    assert.deepEqual(await server.sees<unknown>("exports"), [
      "ConfigurationError",
      "NameAddr",
      "ParsingError",
      "SipProxy",
      "SipRuntimeError",
      "Uac",
      "UacRequest",
      "Uri",
      "logger",
      "outboundMangling",
      "oversip",
      "systemCallbacks",
      "tls",
      "userAssertion",
    ]);
  });

  it("an npm package and files of the user's own get the same instance; a package's onStarted callback comes first", async () => {
    assert.deepEqual(await server.sees<unknown>("same"), [true, true, true]);
    assert.deepEqual(server.allSeen("started"), [
      ["package", "loading"],
      ["own", "loading"],
      ["event", "loading"],
    ]);

    client.sendRequest("MESSAGE", { ruri: registrar.uri("greet") });
    registrar.reply(await registrar.nextRequest("MESSAGE"), 200);
    assert.equal((await client.nextResponse(200)).header("X-Greeting"), "from the package");
    await server.process.line(/greeting/);
  });

  it("oversip tells version, status, configuration and proxies, all read-only", async () => {
    await ask("server");

    const { version, attempts, ...rest } = await server.sees<{ version: string; attempts: string[] }>(
      "server",
    );

    assert.match(version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(rest, {
      status: "running",
      sipTls: true,
      port: "number",
      localDomains: ["home.example"],
      names: ["default_proxy", "other"],
      timerB: 3,
      stillUdp: true,
    });
    assert.deepEqual(attempts, [...Array<string>(5).fill("TypeError"), "ReferenceError"]);
  });

  it("logger writes each kind of thing as one line, with the level, the facts, and control characters escaped", async () => {
    await ask("log", [], client, "\u001b[31m red\r\nCRIT: forged line");
    assert.deepEqual(await server.sees<unknown>("enabled"), [true, true, true]);

    for (const pattern of [
      /DEBUG.*a debug line/i,
      /INFO.*an info line.*callId.*number.*7/i,
      // SECURITY: what a peer wrote begins no line and no colour.
      /WARN.*text of a peer: [ -~]* red[ -~]+CRIT: forged line/i,
      /ERROR.*an error of mine/i,
      /NOTICE.*an.*object/i,
      /CRIT +mine: of a child/,
    ]) {
      await server.process.line(pattern);
    }

    await server.process.line(/its cause/);
  });

  it("errors are of the exported classes", async () => {
    await ask("errors");
    assert.deepEqual(await server.sees<unknown>("errors"), [
      ["ParsingError", true, true, false],
      ["ParsingError", true, true, false],
      ["SipRuntimeError", false, true, false],
      ["TypeError", false, false, false],
      ["TypeError", false, false, false],
      ["TypeError", false, false, false],
    ]);
  });

  it("Uri and NameAddr are made, edited and written", async () => {
    await ask("uris");
    assert.deepEqual(await server.sees<unknown>("uris"), [
      // What was not edited keeps its spelling.
      "sip:bob%20smith@Example.COM;Transport=TCP;x?h=1",
      "sip:bob%20smith@example.com",
      "tcp",
      '"The \\"Boss\\"" <sip:boss@[2001:db8::1]:5070>',
      'The "Boss"',
    ]);
  });

  it("tls takes what is no certificate for none", async () => {
    await ask("tls");
    assert.deepEqual(await server.sees<unknown>("tls"), [false, []]);
  });

  for (const transport of ["udp", "tcp", "ws"] as const) {
    it(`outboundMangling: over ${transport}, the Contact goes out with a token and comes back without it, and calls find the connection by it`, async () => {
      await using agent = await server.client(transport);
      await using other = await server.client(transport);
      const contact = "<sip:alice@192.0.2.9:5060>;expires=60";

      agent.sendRequest("REGISTER", {
        ruri: "sip:home.example",
        extra: [`Contact: ${contact}`, `X-Registrar: ${registrar.port}`, "X-Case: mangle"],
      });

      const received = await registrar.nextRequest("REGISTER");
      const mangled = received.contact;

      assert.ok(mangled !== undefined);
      assert.ok(typeof mangled.getParam("ov-ob") === "string");
      assert.equal(received.header("Contact")?.replace(/;ov-ob=[^>]*/, ""), contact);
      registrar.reply(received, 200, {
        extra: [`Contact: ${received.header("Contact")}`, "Contact: <sip:other@192.0.2.10>"],
      });
      assert.deepEqual((await agent.nextResponse(200)).headerAll("Contact"), [
        contact,
        "<sip:other@192.0.2.10>",
      ]);

      const call = registrar.sendRequest("MESSAGE", { ruri: mangled.uri, extra: ["X-Case: unmangle"] });
      const delivered = await agent.nextRequest("MESSAGE");

      assert.equal(delivered.requestUriText, "sip:alice@192.0.2.9:5060");
      agent.reply(delivered, 200);
      await registrar.nextResponse(200);
      assert.equal(await server.sees<unknown>(call.callId), true);
      assert.equal(other.waitingCount, 0);

      // SECURITY: a token that is altered says nothing of where the request goes, which is to the registrar's own address here.
      const forged = registrar.sendRequest("MESSAGE", {
        ruri: `sip:self@${registrar.address};ov-ob=${mangled.getParam("ov-ob")?.replace(/^./, "~")}`,
        extra: ["X-Case: unmangle"],
      });

      registrar.reply(await registrar.nextRequest("MESSAGE"), 200);
      await registrar.nextResponse(200);
      assert.equal(await server.sees<unknown>(forged.callId), false);
    });
  }

  it("userAssertion: From of a connection that was asserted gets P-Asserted-Identity, and no other does", async () => {
    const identity = async (agent: SipUserAgent, extra: readonly string[] = []) => {
      const { callId } = agent.sendRequest("MESSAGE", {
        ruri: "sip:pai@home.example",
        extra: [`X-Registrar: ${registrar.port}`, "P-Asserted-Identity: <sip:boss@home.example>", ...extra],
      });
      const received = await registrar.nextRequest("MESSAGE");

      registrar.reply(received, 200);
      await agent.nextResponse(200);

      return [await server.sees<unknown>(callId), received.headerAll("P-Asserted-Identity")];
    };
    await using other = await server.client("tcp");
    await using udp = await server.client("udp");

    assert.deepEqual(await identity(client), [false, []]);

    const callId = await ask("assert");

    assert.deepEqual(await server.sees<unknown>(callId), [true, "sip:alice@example.org"]);
    assert.deepEqual(await identity(client), [true, ["<sip:alice@example.org>"]]);
    assert.deepEqual(await identity(client, ["P-Preferred-Identity: <sip:x@example.org>"]), [null, []]);
    assert.deepEqual(await identity(other), [false, []]);

    const overUdp = await ask("assert", [], udp);

    assert.deepEqual(await server.sees<unknown>(overUdp), [false, null]);

    const revoked = await ask("revoke");

    assert.equal(await server.sees<unknown>(revoked), true);
    assert.deepEqual(await identity(client), [false, []]);
  });
});
