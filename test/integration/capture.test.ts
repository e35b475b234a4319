/** HEP3 as others read it: sngrep unpacks what a whole server sends, tshark decodes it. */
import assert from "node:assert/strict";
import { connect as connectTcp } from "node:net";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { type DecodedMessage, HepReceiver } from "../support/hep-receiver.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { OversipProcess } from "../support/oversip-process.ts";
import { requestText } from "../support/request-text.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";
import { WsClient } from "../support/ws-client.ts";

const LOGIC = `
import { SipProxy } from "oversip";
export const sipEvents = {
  async onRequest(request) {
    if (request.method === "MESSAGE") {
      await new SipProxy().route(request);
    } else {
      request.reply(200);
    }
  },
};
`;

describe("captured messages", () => {
  const authority = new CertificateAuthority();
  let files: UserFiles;
  let server: OversipProcess;
  let receiver: HepReceiver;
  let messages: readonly DecodedMessage[];
  let udp: UdpPeer;
  let udp6: UdpPeer;
  let callee: UdpPeer;
  let startedAt: number;
  const serverPorts = new Map<string, number>();
  const peerPorts = new Map<string, number>();

  before(async () => {
    const { cert, key } = authority.leaf({ subjectAltNames: ["IP:127.0.0.1"] });

    startedAt = Date.now() / 1000;
    receiver = await HepReceiver.start();
    files = new UserFiles({
      "server.ts": LOGIC,
      "tls/server.crt": cert,
      "tls/server.key": key,
      "oversip.conf": [
        "core:\n  log_format: pretty",
        'sip:\n  listen_ipv4: 127.0.0.1\n  listen_ipv6: "::1"\n  listen_port: 0\n  sip_tls: yes\n  listen_port_tls: 0',
        "websocket:\n  sip_ws: yes\n  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: 0",
        "tls:\n  public_cert: server.crt\n  private_cert: server.key",
        `capture:\n  target: 127.0.0.1:${receiver.port}\n  node_id: 4294967295\n  node_name: edge\n  password: myHep\n`,
      ].join("\n"),
    });
    server = OversipProcess.start(files);
    await server.isRunning();

    for (const line of server.output.items) {
      const [, transport = "", address = "", port] = /^listening on (\S+) (.*):(\d+)$/.exec(line) ?? [];

      serverPorts.set(`${transport}${address === "[::1]" ? " IPv6" : ""}`, Number(port));
    }

    udp = await UdpPeer.open();
    udp6 = await UdpPeer.open("::1");
    callee = await UdpPeer.open();
    await talk();
    await receiver.hasDialogs(6);
    messages = await receiver.decode();
  });

  after(async () => {
    authority.remove();
    await server[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await udp[Symbol.asyncDispose]();
    await udp6[Symbol.asyncDispose]();
    await callee[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  const portOf = (transport: string): number => {
    const port = serverPorts.get(transport);

    assert.ok(port !== undefined, `no ${transport} in ${[...serverPorts.keys()]}`);

    return port;
  };

  /** One OPTIONS over each transport, and a MESSAGE that is forwarded. */
  const talk = async (): Promise<void> => {
    const options = (transport: string, sentBy: string, callId: string): string =>
      requestText("OPTIONS", { transport, sentBy, callId, branch: `z9hG4bK-${callId}` });

    await udp.send(options("UDP", `127.0.0.1:${udp.port}`, "over-udp"), portOf("udp"));
    await udp.receive();
    await udp6.send(options("UDP", `[::1]:${udp6.port}`, "over-ipv6"), portOf("udp IPv6"));
    await udp6.receive();

    for (const [name, socket] of [
      ["tcp", connectTcp(portOf("tcp"), "127.0.0.1")],
      ["tls", connectTls({ host: "127.0.0.1", port: portOf("tls"), ca: authority.cert })],
    ] as const) {
      const peer = new StreamPeer(socket);

      // A keep-alive is no message.
      peer.write(`\r\n\r\n${options(name.toUpperCase(), "127.0.0.1:5060", `over-${name}`)}`);
      await peer.receives("SIP/2.0 200");
      peerPorts.set(name, socket.localPort ?? 0);
      await peer.destroy();
    }

    const client = await WsClient.connect(`ws://127.0.0.1:${portOf("ws")}/`);

    client.webSocket.send(options("WS", "a.invalid", "over-ws"));
    await client.frames.at(0);
    await client.close();

    const ruri = `sip:bob@127.0.0.1:${callee.port}`;
    const sentBy = `127.0.0.1:${udp.port}`;

    await udp.send(
      requestText("MESSAGE", { ruri, sentBy, callId: "forwarded", branch: "z9hG4bK-f" }),
      portOf("udp"),
    );

    const forwarded = await callee.receive();

    await callee.send(forwarded.replace(/^.*\r\n/, "SIP/2.0 200 OK\r\n"), portOf("udp"));
    await udp.receive();
  };

  const seen = (callId: string): string[] =>
    messages
      .filter((message) => message.callId === callId)
      .map(({ kind, source, destination }) => `${kind} ${source} > ${destination}`);

  it("of UDP have both ends, request and response", () => {
    const [peer, own] = [`127.0.0.1 ${udp.port}`, `127.0.0.1 ${portOf("udp")}`];

    assert.deepEqual(seen("over-udp"), [`OPTIONS ${peer} > ${own}`, `200 ${own} > ${peer}`]);
  });

  it("of IPv6 are unpacked too", () => {
    // INTEROP: sngrep writes 0.0.0.0 for every IPv6 address into its file. The unit tests have the addresses.
    const [peer, own] = [`0.0.0.0 ${udp6.port}`, `0.0.0.0 ${portOf("udp IPv6")}`];

    assert.deepEqual(seen("over-ipv6"), [`OPTIONS ${peer} > ${own}`, `200 ${own} > ${peer}`]);
  });

  for (const transport of ["tcp", "tls"]) {
    it(`of ${transport.toUpperCase()} can be read, with the ends of the connection`, () => {
      const [peer, own] = [`127.0.0.1 ${peerPorts.get(transport)}`, `127.0.0.1 ${portOf(transport)}`];

      assert.deepEqual(seen(`over-${transport}`), [`OPTIONS ${peer} > ${own}`, `200 ${own} > ${peer}`]);
    });
  }

  it("of WebSocket are the SIP messages alone", () => {
    const [first = "", second = ""] = seen("over-ws");

    assert.match(first, new RegExp(`^OPTIONS 127\\.0\\.0\\.1 \\d+ > 127\\.0\\.0\\.1 ${portOf("ws")}$`));
    assert.match(second, new RegExp(`^200 127\\.0\\.0\\.1 ${portOf("ws")} > `));
  });

  it("that are forwarded are four: in, out, and the response in and out", () => {
    const [from, own, to] = [udp, { port: portOf("udp") }, callee].map(({ port }) => `127.0.0.1 ${port}`);

    assert.deepEqual(seen("forwarded"), [
      `MESSAGE ${from} > ${own}`,
      `MESSAGE ${own} > ${to}`,
      `200 ${to} > ${own}`,
      `200 ${own} > ${from}`,
    ]);
  });

  it("have the time of day, in order", () => {
    const times = messages.map(({ time }) => time);

    assert.deepEqual(times, [...times].sort());
    assert.ok(times.every((time) => time >= startedAt - 0.1 && time <= Date.now() / 1000 + 0.1));
  });

  it("are these and no others", () => assert.equal(messages.length, 14));
});
