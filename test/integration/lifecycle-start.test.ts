/** The start of the server as a process: its order, each step failing, and traffic that comes too early. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { writeCertificate } from "../support/configuration-directory.ts";
import { freePort } from "../support/free-port.ts";
import { LOOPBACK_CONFIGURATION, OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

/** Every step takes a while, so that one that is not awaited shows. */
const WHOLE_LOGIC = `
import { systemCallbacks, oversip } from "oversip";
const say = async (text) => {
  console.log("> " + text + " begins, " + oversip.status);
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log("> " + text + " ends");
};
console.log("> loaded, " + oversip.status);
systemCallbacks.onStarted(() => say("first"));
systemCallbacks.onStarted(() => say("second"));
systemCallbacks.onTerminated(() => console.log("> terminated callback"));
export const systemEvents = {
  onInitialize: () => say("onInitialize"),
  onStarted: () => say("onStarted"),
  onTerminated: () => console.log("> onTerminated"),
};
`;

describe("the start", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles();
  });

  afterEach(() => files[Symbol.dispose]());

  const start = (logic: string, environment?: NodeJS.ProcessEnv): OversipProcess => {
    files.write("server.ts", logic);

    return OversipProcess.start(files, [], environment);
  };

  it("loads the files, calls onInitialize, the onStarted callbacks in order, onStarted, each awaited, and runs", async () => {
    await using oversip = start(WHOLE_LOGIC);

    await oversip.isRunning();
    assert.deepEqual(oversip.marked(), [
      "loaded, loading",
      "onInitialize begins, loading",
      "onInitialize ends",
      "first begins, loading",
      "first ends",
      "second begins, loading",
      "second ends",
      "onStarted begins, loading",
      "onStarted ends",
    ]);
    assert.match(oversip.output.items.at(-1) ?? "", / running$/);
  });

  it("listens on every transport that the configuration asks for, TLS tunnels included", async () => {
    const tunnelPorts = [await freePort(), await freePort()];

    writeCertificate(files.path("tls"), "edge");
    files.write(
      "oversip.conf",
      `sip:
  listen_ipv4: 127.0.0.1
  listen_ipv6: "::1"
  listen_port: 0
  sip_tls: yes
  listen_port_tls: 0
  use_tls_tunnel: yes
  listen_port_tls_tunnel: ${tunnelPorts[0]}
websocket:
  sip_ws: yes
  sip_wss: yes
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: 0
  listen_port_tls: 0
  use_tls_tunnel: yes
  listen_port_tls_tunnel: ${tunnelPorts[1]}
tls:
  public_cert: edge.crt
  private_cert: edge.key
`,
    );

    await using oversip = start("export const sipEvents = {};");

    await oversip.isRunning();

    const transports = oversip.output.items
      .map((line) => /^listening on (\w+) (\[::1\]|127\.0\.0\.1):/.exec(line))
      .filter((match) => match !== null)
      .map(([, transport, ip]) => `${transport} ${ip}`);

    assert.deepEqual(transports, [
      ...["udp", "tcp", "tls", "tls"].flatMap((name) => [`${name} 127.0.0.1`, `${name} [::1]`]),
      ...["ws", "wss", "wss"].map((name) => `${name} 127.0.0.1`),
    ]);

    for (const port of tunnelPorts) {
      const socket = connect(port, "127.0.0.1");

      await once(socket, "connect");
      socket.destroy();
    }
  });

  it("needs no handlers at all", async () => {
    await using oversip = start("export const sipEvents = {};");

    await oversip.isRunning();
  });

  for (const [step, last] of [
    ["onInitialize", "loaded, loading"],
    ["first", "onInitialize ends"],
    ["second", "first ends"],
    ["onStarted", "second ends"],
  ] as const) {
    for (const failure of [`() => { throw new Error("no"); }`, `() => Promise.reject(new Error("no"))`]) {
      it(`fails when ${step} does ${failure}: exit 1, nothing after it is called, onTerminated neither`, async () => {
        await using oversip = start(WHOLE_LOGIC.replace(`() => say("${step}")`, failure));
        const { code } = await oversip.end();

        assert.equal(code, 1);
        assert.equal(oversip.marked().at(-1), last);
        assert.match(
          oversip.errors.items[0] ?? "",
          /^oversip: (systemEvents\.on\w+|systemCallbacks\.onStarted callback \d) failed: no$/,
        );
        assert.ok(
          oversip.errors.items.some((line) => /server\.ts:\d+:\d+/.test(line)),
          "with the user's line",
        );
      });
    }
  }

  it("that waits for a callback that never settles is ended by one TERM, exit 0, without onTerminated", async () => {
    await using oversip = start(
      WHOLE_LOGIC.replace(
        `() => say("first")`,
        `() => { console.log("> hangs"); return new Promise(() => {}); }`,
      ),
    );

    await oversip.line(/^> hangs$/);
    oversip.signal("SIGTERM");
    assert.deepEqual(await oversip.end(), { code: 0, signal: null });
    assert.equal(oversip.marked().at(-1), "hangs");
  });

  it("answers SIP requests 500 Server Still Loading with Retry-After: 5, and WebSocket handshakes HTTP 500 likewise", async () => {
    const port = await freePort();
    const wsPort = await freePort();

    files.write(
      "oversip.conf",
      `${LOOPBACK_CONFIGURATION.replace("listen_port: 0", `listen_port: ${port}`)}
websocket:
  sip_ws: yes
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: ${wsPort}
`,
    );

    await using oversip = start(`
      export const systemEvents = { onInitialize() { console.log("> hangs"); return new Promise(() => {}); } };
      export const sipEvents = { onRequest(request) { request.reply(200); } };
    `);

    await oversip.line(/^> hangs$/);

    await using peer = await UdpPeer.open();

    await peer.send(sipRequestText({ port: peer.port, id: "early" }), port);

    const response = await peer.receive();

    assert.match(response, /^SIP\/2\.0 500 Server Still Loading\r\n/);
    assert.match(response, /\r\nRetry-After: 5\r\n/);

    assert.deepEqual(await httpHandshake(wsPort), { status: 500, retryAfter: "5" });
  });

  it("tells systemd READY=1 when it runs, RELOADING=1 and READY=1 around a reload, STOPPING=1 at the end", async () => {
    files.write("systemd-notify", `#!/bin/sh\nshift\necho "$@" >> ${files.path("told")}\n`);
    chmodSync(files.path("systemd-notify"), 0o755);

    await using oversip = start("export const sipEvents = {};", {
      NOTIFY_SOCKET: files.path("socket"),
      PATH: `${files.directory}:${process.env["PATH"]}`,
    });

    await oversip.isRunning();
    oversip.signal("SIGHUP");
    await oversip.line(/ reloaded$/);
    oversip.signal("SIGTERM");
    await oversip.end();
    assert.deepEqual(
      files
        .read("told")
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
      ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"],
    );
  });

  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"]) {
    it(`is not ended by ${signal} that comes before the command itself is loaded`, async () => {
      files.write("early.cjs", `process.nextTick(() => process.kill(process.pid, "${signal}"));`);

      await using oversip = start("", { NODE_OPTIONS: `--require=${files.path("early.cjs")}` });

      await oversip.isRunning();
    });
  }
});

async function httpHandshake(
  port: number,
): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
  const request = get({
    port,
    host: "127.0.0.1",
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol": "sip",
    },
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];

  response.resume();

  return { status: response.statusCode, retryAfter: response.headers["retry-after"] };
}
