/** A whole server that is watched: what its metrics say of real traffic, and when it is ready. */
import assert from "node:assert/strict";
import { get } from "node:http";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";
import { OversipProcess } from "../support/oversip-process.ts";
import { requestText } from "../support/request-text.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";
import { WsClient } from "../support/ws-client.ts";

const LOGIC = `
import { writeSync } from "node:fs";
const opened = {};
const until = (name) => new Promise((resolve) => { opened[name] = resolve; });
export const systemEvents = {
  async onInitialize() {
    writeSync(1, "> onInitialize\\n");
    if (process.env.HOLD) await until("initialize");
  },
  onUserReload() { for (const open of Object.values(opened)) open(); },
  async onTerminated() {
    writeSync(1, "> onTerminated\\n");
    if (process.env.HOLD) await until("terminate");
  },
};
export const sipEvents = {
  async onRequest(request) {
    if (request.method === "INFO") throw new Error("of the user");
    await request.reply(request.method === "REGISTER" ? 401 : 200);
  },
};
`;

const TOKEN = "0123456789abcdef";

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

describe("a server that is watched", () => {
  let files: UserFiles;
  let port: number;

  beforeEach(async () => {
    port = await freePort();
    files = new UserFiles({
      "server.ts": LOGIC,
      "oversip.conf": [
        "core:\n  log_format: pretty",
        "sip:\n  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: 0",
        "websocket:\n  sip_ws: yes\n  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: 0",
        `admin:\n  listen: 127.0.0.1:${port}\n  token: ${TOKEN}\n`,
      ].join("\n"),
    });
  });

  afterEach(() => files[Symbol.dispose]());

  const ask = (path: string): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${TOKEN}` };

      get({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
        let body = "";

        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      }).on("error", reject);
    });

  /** The samples, by name and labels as they are written. */
  const scrape = async (): Promise<ReadonlyMap<string, number>> => {
    const { body } = await ask("/metrics");
    const samples = new Map<string, number>();

    for (const [, name = "", value] of body.matchAll(/^([a-z]\S*(?:\{.*\})?) (\S+)$/gm)) {
      samples.set(name, Number(value));
    }

    return samples;
  };

  it("counts its messages, transactions, connections, callbacks and reloads", async () => {
    await using server = OversipProcess.start(files);

    await server.isRunning();

    await using udp = await UdpPeer.open();
    const udpPort = await server.port("udp");
    const sentBy = `127.0.0.1:${udp.port}`;

    for (const [index, method] of ["OPTIONS", "REGISTER", "REGISTER", "FOO1", "FOO2", "INFO"].entries()) {
      await udp.send(
        requestText(method, { sentBy, branch: `z9hG4bK-${index}`, callId: `c${index}` }),
        udpPort,
      );
      await udp.receive();
    }

    await udp.send(
      requestText("OPTIONS", { sentBy, branch: "z9hG4bK-bad" }).replace(
        "Max-Forwards: 70",
        "Max-Forwards: x",
      ),
      udpPort,
    );
    await udp.receive();
    await udp.send("hello", udpPort);

    const tcp = await StreamPeer.connect({ host: "127.0.0.1", port: await server.port("tcp") });

    tcp.write(requestText("OPTIONS", { transport: "TCP", branch: "z9hG4bK-tcp" }));
    await tcp.receives("200 OK");

    const client = await WsClient.connect(`ws://127.0.0.1:${await server.port("ws")}/`);

    server.signal("SIGHUP");
    await server.line(/NOTICE .*reloaded$/);
    files.write("server.ts", "syntax error");
    server.signal("SIGHUP");
    await server.line(/not reloaded/);

    const samples = await scrape();
    const expected: Record<string, number> = {
      'oversip_sip_requests_total{direction="received",transport="udp",method="OPTIONS"}': 1,
      'oversip_sip_requests_total{direction="received",transport="udp",method="REGISTER"}': 2,
      'oversip_sip_requests_total{direction="received",transport="udp",method="other"}': 2,
      'oversip_sip_requests_total{direction="received",transport="tcp",method="OPTIONS"}': 1,
      'oversip_sip_responses_total{direction="sent",transport="udp",method="REGISTER",class="4xx"}': 2,
      'oversip_sip_responses_total{direction="sent",transport="udp",method="OPTIONS",class="2xx"}': 1,
      'oversip_sip_responses_total{direction="sent",transport="udp",method="OPTIONS",class="4xx"}': 1,
      'oversip_sip_responses_total{direction="sent",transport="udp",method="INFO",class="5xx"}': 1,
      'oversip_transactions_total{kind="non_invite_server"}': 7,
      'oversip_connections{transport="tcp"}': 1,
      'oversip_connections{transport="ws"}': 1,
      oversip_udp_peers: 1,
      oversip_ready: 1,
      'oversip_reloads_total{outcome="success"}': 1,
      'oversip_reloads_total{outcome="failure"}': 1,
      'oversip_callback_duration_seconds_count{callback="sipEvents.onRequest"}': 7,
      'oversip_callback_failures_total{callback="sipEvents.onRequest"}': 1,
    };

    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)])),
      expected,
    );

    const failures = [...samples].filter(([name]) => name.startsWith("oversip_parse_failures_total"));

    assert.deepEqual(
      failures.map(([name, count]) => [/rule="([^"]*)"/.exec(name)?.[1], count]),
      [
        ["Max-Forwards", 1],
        ["start-line", 1],
      ],
    );
    await tcp.destroy();
    await client.close();
  });

  it("counts what it sends, and what comes or goes again", async () => {
    files.write(
      "server.ts",
      [
        'import { SipProxy } from "oversip";',
        "export const sipEvents = {",
        "  async onRequest(request) {",
        "    const proxy = new SipProxy();",
        "    proxy.onSuccessResponse(async () => {});",
        '    proxy.onTarget(() => { throw new Error("of the user"); });',
        "    await proxy.route(request);",
        "  },",
        "};",
      ].join("\n"),
    );
    await using server = OversipProcess.start(files);

    await server.isRunning();

    await using caller = await UdpPeer.open();
    await using callee = await UdpPeer.open();
    const udpPort = await server.port("udp");
    const request = requestText("MESSAGE", {
      ruri: `sip:bob@127.0.0.1:${callee.port}`,
      sentBy: `127.0.0.1:${caller.port}`,
    });

    await caller.send(request, udpPort);
    await callee.receive();

    // Again, while the transaction waits; and what the server repeats for want of an answer (T1).
    await caller.send(request, udpPort);

    const forwarded = await callee.receive();

    await callee.send(forwarded.replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n"), udpPort);
    await caller.receive();

    const samples = await scrape();
    const expected: Record<string, number> = {
      'oversip_sip_requests_total{direction="received",transport="udp",method="MESSAGE"}': 2,
      'oversip_sip_requests_total{direction="sent",transport="udp",method="MESSAGE"}': 2,
      'oversip_sip_responses_total{direction="received",transport="udp",method="MESSAGE",class="2xx"}': 1,
      'oversip_sip_responses_total{direction="sent",transport="udp",method="MESSAGE",class="2xx"}': 1,
      'oversip_callback_duration_seconds_count{callback="onSuccessResponse"}': 1,
      'oversip_callback_duration_seconds_count{callback="onTarget"}': 1,
      'oversip_callback_failures_total{callback="onSuccessResponse"}': 0,
      'oversip_callback_failures_total{callback="onTarget"}': 1,
      'oversip_transactions_total{kind="non_invite_server"}': 1,
      'oversip_transactions_total{kind="non_invite_client"}': 1,
      'oversip_transactions{kind="non_invite_server",state="completed"}': 1,
      'oversip_transactions{kind="non_invite_client",state="completed"}': 1,
      'oversip_retransmissions_total{direction="received",message="request"}': 1,
      'oversip_retransmissions_total{direction="sent",message="request"}': 1,
    };

    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, samples.get(name)])),
      expected,
    );
  });

  it("is not ready while onInitialize and onTerminated run, but lives", async () => {
    await using server = OversipProcess.start(files, [], { HOLD: "1" });

    await server.line(/> onInitialize/);
    assert.deepEqual(await ask("/readyz"), { status: 503, body: "loading\n" });
    assert.equal((await ask("/healthz")).status, 200);
    assert.equal((await scrape()).get("oversip_ready"), 0);
  });

  it("becomes ready, and not ready again from the signal on", async () => {
    await using server = OversipProcess.start(files);

    await server.isRunning();
    assert.deepEqual(await ask("/readyz"), { status: 200, body: "running\n" });
    files.write("server.ts", LOGIC.replaceAll("process.env.HOLD", "true"));
    server.signal("SIGHUP");
    await server.line(/NOTICE .*reloaded$/);
    server.signal("SIGTERM");
    await server.line(/> onTerminated/);
    assert.deepEqual(await ask("/readyz"), { status: 503, body: "terminating\n" });
    assert.equal((await ask("/healthz")).status, 200);
  });

  it("does not start without its port, and says why", async () => {
    const other = new UserFiles({ "server.ts": LOGIC, "oversip.conf": files.read("oversip.conf") });
    await using server = OversipProcess.start(files);

    await server.isRunning();

    await using second = OversipProcess.start(other);
    const { code } = await second.end();

    assert.equal(code, 1);
    assert.match(
      second.errors.items.join("\n"),
      new RegExp(`cannot bind admin\\.listen 127\\.0\\.0\\.1:${port}: `),
    );
    other[Symbol.dispose]();
  });

  it("stops as fast with a client that holds a connection to it", async () => {
    await using server = OversipProcess.start(files);

    await server.isRunning();

    const peer = await StreamPeer.connect({ host: "127.0.0.1", port });

    server.signal("SIGTERM");
    assert.equal((await Promise.race([server.end(), setTimeout(5_000, undefined)]))?.code, 0);
    await peer.closes();
  });
});
