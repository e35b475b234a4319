/** Reloads of the server as a process: what is read again, what stays, and what a broken file leaves. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { afterEach, beforeEach, describe, it } from "node:test";
import { connect } from "node:tls";
import { writeCertificate } from "../support/configuration-directory.ts";
import { LOOPBACK_CONFIGURATION, OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

/** Says which load it is, in every way in which it can. */
const logicNamed = (name: string): string => `
import { oversip, systemCallbacks } from "oversip";
import { inner } from "./lib/inner.ts";
console.log("> ${name} loaded with " + inner + ", timer_B " + oversip.proxies.get("default_proxy").timerB);
systemCallbacks.onReload(() => console.log("> ${name} onReload, timer_B " + oversip.proxies.get("default_proxy").timerB));
systemCallbacks.onStarted(() => console.log("> ${name} onStarted callback"));
systemCallbacks.onTerminated(() => console.log("> ${name} onTerminated callback"));
export const systemEvents = {
  onInitialize() { console.log("> ${name} onInitialize"); },
  onStarted() { console.log("> ${name} onStarted"); },
  onUserReload() { console.log("> ${name} onUserReload"); },
};
export const sipEvents = {
  async onRequest(request) {
    console.log("> ${name} request");
    request.createTransaction();
    if (request.callId === "slow") {
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    request.reply(200, "${name}");
  },
};
`;

describe("a reload by HUP", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles({
      "server.ts": logicNamed("old"),
      "lib/inner.ts": `export const inner = "old inner";`,
      "proxies.conf": "default_proxy:\n  timer_B: 10\n",
    });
  });

  afterEach(() => files[Symbol.dispose]());

  const run = async (): Promise<OversipProcess> => {
    const oversip = OversipProcess.start(files);

    await oversip.isRunning();

    return oversip;
  };

  /** Sends HUP and waits for what comes of it. */
  const reload = async (oversip: OversipProcess, outcome = / reloaded$/): Promise<string[]> => {
    const from = oversip.output.items.length;

    oversip.signal("SIGHUP");
    await oversip.line(outcome, from);

    return oversip.output.items.slice(from).filter((line) => line.startsWith("> "));
  };

  it("with proxies.conf gone fails, and the profiles that were there stay in force", async () => {
    await using oversip = await run();

    files.remove("proxies.conf");
    assert.deepEqual(await reload(oversip, /not reloaded/), []);
    await oversip.errors.until("a line about the file", (lines) =>
      lines.some((line) => line.endsWith("proxies.conf: there is no such file any more")),
    );
    files.write("proxies.conf", "default_proxy:\n  timer_B: 11\n");
    assert.ok((await reload(oversip)).some((line) => line.includes("old onReload, timer_B 11")));
  });

  it("tells that oversip.conf has changed, which a restart reads, and says nothing of it while it has not", async () => {
    await using oversip = await run();

    await reload(oversip);
    assert.deepEqual(
      oversip.output.items.filter((line) => line.includes("oversip.conf")),
      [],
    );
    files.write("oversip.conf", `${files.read("oversip.conf")}# another admin.listen, say\n`);
    await reload(oversip);
    assert.match(
      oversip.output.items.filter((line) => line.includes("oversip.conf")).join("\n"),
      /NOTICE .*oversip\.conf is not as it was at the start: a restart reads it, a reload does not$/,
    );
  });

  it("reads proxies.conf, server.ts and its own files again, then calls the onReload callbacks of the new load, once", async () => {
    await using oversip = await run();

    for (const name of ["new", "newer"]) {
      files.write("server.ts", logicNamed(name));
      files.write("lib/inner.ts", `export const inner = "${name} inner";`);
      files.write("proxies.conf", `default_proxy:\n  timer_B: ${name === "new" ? 11 : 12}\n`);
      // While the files are loaded the old profiles are in force; when the callbacks run, the new ones.
      assert.deepEqual(await reload(oversip), [
        `> ${name} loaded with ${name} inner, timer_B ${name === "new" ? 10 : 11}`,
        `> ${name} onReload, timer_B ${name === "new" ? 11 : 12}`,
      ]);
    }

    oversip.signal("SIGUSR1");
    await oversip.line(/^> newer onUserReload$/);
    oversip.signal("SIGTERM");
    await oversip.end();
    assert.equal(oversip.marked().at(-1), "newer onTerminated callback");
    assert.equal(oversip.marked().filter((line) => line.endsWith("onTerminated callback")).length, 1);
  });

  it("lets requests under way finish with the code that they began with", async () => {
    await using oversip = await run();
    await using peer = await UdpPeer.open();
    const port = await oversip.port("udp");

    await peer.send(sipRequestText({ port: peer.port, id: "slow" }), port);
    await oversip.line(/^> old request$/);
    files.write("server.ts", logicNamed("new"));
    await reload(oversip);
    await peer.send(sipRequestText({ port: peer.port, id: "fast" }), port);
    assert.match(await peer.receive(), /^SIP\/2\.0 200 new\r\n/);
    assert.match(await peer.receive(), /^SIP\/2\.0 200 old\r\n/);
  });

  for (const [what, name, text, problem] of [
    ["a server.ts with a syntax error", "server.ts", "\nexport const = 1;", /server\.ts:2:\d+: /],
    [
      "a server.ts with a misspelled event",
      "server.ts",
      logicNamed("bad").replace("onRequest", "onReqest"),
      /server\.ts:\d+:\d+: sipEvents\.onReqest: /,
    ],
    [
      "a server.ts that throws",
      "server.ts",
      `${logicNamed("bad")}\nthrow new Error("no");`,
      /server\.ts:\d+:\d+: Error: no$/,
    ],
    ["a broken file of its own", "lib/inner.ts", "export const = 1;", /lib\/inner\.ts:1:\d+: /],
    [
      "a wrong proxies.conf",
      "proxies.conf",
      "default_proxy:\n  timer_B: 1000\n",
      /proxies\.conf:2:\d+: default_proxy\.timer_B: /,
    ],
  ] as const) {
    it(`with ${what} is reported as at start, and what was there stays in force, whole`, async () => {
      const good = files.read(name);

      await using oversip = await run();
      await using peer = await UdpPeer.open();

      files.write(name, text);
      await reload(oversip, /not reloaded: what was in force stays in force/);
      await oversip.errors.until("the problem", (lines) => lines.some((line) => problem.test(line)));
      await peer.send(sipRequestText({ port: peer.port, id: "after" }), await oversip.port("udp"));
      assert.match(await peer.receive(), /^SIP\/2\.0 200 old\r\n/);
      files.write(name, good);
      assert.deepEqual(await reload(oversip), [
        "> old loaded with old inner, timer_B 10",
        "> old onReload, timer_B 10",
      ]);
    });
  }

  it("during a reload happens once more after it, however often it is asked for", async () => {
    files.write(
      "server.ts",
      `import { systemCallbacks } from "oversip";
       console.log("> loaded");
       systemCallbacks.onReload(async () => {
         console.log("> busy");
         await new Promise((resolve) => setTimeout(resolve, 300));
         console.log("> done");
       });
       export const systemEvents = { onUserReload() { console.log("> asked"); } };`,
    );

    await using oversip = await run();

    oversip.signal("SIGHUP");
    await oversip.line(/^> busy$/);

    // Signals of one kind that come together are one: each is waited for.
    for (let count = 0; count < 3; count++) {
      const from = oversip.output.items.length;

      oversip.signal("SIGHUP");
      await oversip.line(/reloading already: will reload once more$/, from);
    }

    await oversip.output.until(
      "two reloads",
      (lines) => lines.filter((line) => line === "> done").length === 2,
    );
    oversip.signal("SIGTERM");
    await oversip.end();
    assert.equal(oversip.marked().filter((line) => line === "loaded").length, 3);
  });

  it("that is asked for during the start happens once the server runs", async () => {
    files.write(
      "server.ts",
      logicNamed("old").replace(
        `console.log("> old onStarted");`,
        "return new Promise((resolve) => { console.log('> waits'); process.once('SIGUSR2', resolve); });",
      ),
    );

    await using oversip = OversipProcess.start(files);

    await oversip.line(/^> waits$/);
    files.write("server.ts", logicNamed("new"));
    oversip.signal("SIGHUP");
    oversip.signal("SIGUSR2");
    await oversip.isRunning();
    await oversip.line(/^> new onReload/);
  });

  it("leaves npm packages loaded, their callbacks in force, and their oversip the same as that of server.ts", async () => {
    files.write(
      "node_modules/oversip-mod-test/index.js",
      `const { SipProxy, systemCallbacks, oversip } = require("oversip");
       let loads = 0;
       console.log("> package loaded");
       systemCallbacks.onReload(() => console.log("> package onReload"));
       exports.SipProxy = SipProxy;
       exports.next = () => ++loads + " " + oversip.status;`,
    );
    files.write(
      "node_modules/oversip-mod-esm/package.json",
      `{ "name": "oversip-mod-esm", "type": "module", "exports": "./index.js" }`,
    );
    files.write("node_modules/oversip-mod-esm/index.js", `export { SipProxy } from "oversip";`);
    files.write(
      "server.ts",
      `import { SipProxy } from "oversip";
       import { next, SipProxy as other } from "oversip-mod-test";
       import { SipProxy as another } from "oversip-mod-esm";
       console.log("> " + next() + " " + (SipProxy === other) + " " + (SipProxy === another));
       export const sipEvents = {};`,
    );

    await using oversip = await run();

    assert.deepEqual(oversip.marked(), ["package loaded", "1 loading true true"]);
    assert.deepEqual(await reload(oversip), ["> 2 running true true", "> package onReload"]);
    assert.deepEqual(await reload(oversip), ["> 3 running true true", "> package onReload"]);
  });

  it("reads certificates and keys again: new connections use them", async () => {
    const copy = (name: string): void => {
      const { certificate, key } = writeCertificate(files.path("made"), name);

      for (const [from, to] of [
        [certificate, "tls/server.crt"],
        [key, "tls/server.key"],
      ] as const) {
        files.write(to, files.read(from.slice(files.directory.length + 1)));
      }
    };

    copy("first");
    files.write(
      "oversip.conf",
      `${LOOPBACK_CONFIGURATION}  sip_tls: yes\n  listen_port_tls: 0\ntls:\n  public_cert: server.crt\n  private_cert: server.key\n`,
    );

    await using oversip = await run();
    const port = await oversip.port("tls");

    assert.equal(await commonNameOf(port), "first.example.com");
    copy("second");
    await reload(oversip);
    assert.equal(await commonNameOf(port), "second.example.com");
    files.write("tls/server.key", "no key");
    await reload(oversip, /not reloaded/);
    assert.equal(await commonNameOf(port), "second.example.com");
  });

  it("reads every pair of tls again, and leaves all of them as they were when one is broken", async () => {
    const swap = (crt: string, key: string): void => {
      files.write("tls/one.crt", files.read(`made/${crt}.crt`));
      files.write("tls/one.key", files.read(`made/${key}.key`));
    };

    for (const name of ["a", "b", "c"]) {
      writeCertificate(files.path("made"), name);
    }

    swap("a", "a");
    files.write("tls/two.crt", files.read("made/b.crt"));
    files.write("tls/two.key", files.read("made/b.key"));
    files.write(
      "oversip.conf",
      `${LOOPBACK_CONFIGURATION}  sip_tls: yes\n  listen_port_tls: 0\n` +
        "tls:\n  public_cert: [one.crt, two.crt]\n  private_cert: [one.key, two.key]\n",
    );

    await using oversip = await run();
    const port = await oversip.port("tls");
    const shown = () => Promise.all(["", "b.example.com"].map((name) => commonNameOf(port, name)));

    assert.deepEqual(await shown(), ["a.example.com", "b.example.com"]);
    swap("c", "c");
    files.write("tls/two.key", "no key");
    await reload(oversip, /not reloaded/);
    assert.deepEqual(await shown(), ["a.example.com", "b.example.com"]);
    files.write("tls/two.key", files.read("made/b.key"));
    await reload(oversip);
    assert.deepEqual(await shown(), ["c.example.com", "b.example.com"]);
  });
});

async function commonNameOf(port: number, servername = ""): Promise<string | undefined> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, servername });

  await once(socket, "secureConnect");

  const { CN } = socket.getPeerCertificate().subject;

  socket.destroy();

  return Array.isArray(CN) ? CN[0] : CN;
}
