import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { TransportError } from "../../src/errors/errors.ts";
import type { Flow } from "../../src/transport/flow.ts";
import type { Target } from "../../src/transport/target.ts";
import { TcpTransport, type TcpTransportOptions } from "../../src/transport/tcp-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { EventLog } from "../support/event-log.ts";
import { request, requestOf, response } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { StreamPeer, StreamServer } from "../support/stream-peer.ts";

const INVITE = request();

let receiver: RecordingReceiver;
let logger: RecordingLogger;
let transport: TcpTransport;
let server: StreamServer;
let errors: EventLog<TransportError>;

async function start(options: Partial<TcpTransportOptions> = {}): Promise<void> {
  receiver = new RecordingReceiver();
  logger = new RecordingLogger();
  errors = new EventLog();
  transport = new TcpTransport({
    listen: [
      { ip: "127.0.0.1", port: 0 },
      { ip: "::1", port: 0 },
    ],
    receiver,
    logger,
    clock: new SystemClock(),
    ...options,
  });
  await transport.bind();
}

function targetOf(port: number, ip = "127.0.0.1"): Target {
  return { transport: "tcp", ip, ipType: ip.includes(":") ? "ipv6" : "ipv4", port };
}

function connectTo(port: number, ip?: string): Flow {
  const flow = transport.connect(targetOf(port, ip));

  assert.ok(flow !== undefined);

  return flow;
}

function send(flow: Flow, bytes: Buffer = INVITE): void {
  flow.send(bytes, (error) => errors.push(error));
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const other = await new StreamServer().listen("127.0.0.1");

  await other.close();

  return other.port;
}

beforeEach(async () => {
  await start();
  server = await new StreamServer().listen("127.0.0.1");
});

afterEach(async () => {
  await transport.close();
  await server.close();
  assert.equal(transport.connectionCount, 0);
});

describe("TCP, connections that this server opens", () => {
  it("messages sent before the connection is open wait for it and arrive in order", async () => {
    const flow = connectTo(server.port);

    assert.equal(flow.isOpen, true);
    assert.equal(flow.isOpenedByServer, true);

    for (let index = 1; index <= 50; index++) {
      send(flow, requestOf("OPTIONS", { replace: { CSeq: `CSeq: ${index} OPTIONS` } }));
    }

    const peer = await server.peers.at(0);

    await peer.receives("CSeq: 50 OPTIONS\r\nContent-Length: 0\r\n\r\n");
    assert.deepEqual(
      [...peer.text.matchAll(/CSeq: (\d+)/g)].map((match) => Number(match[1])),
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
    assert.deepEqual(errors.items, []);
  });

  it("it is bound to the listening address, whichever the system would choose", async () => {
    await transport.close();
    await start({ listen: [{ ip: "127.0.0.2", port: 0 }] });
    send(connectTo(server.port));
    assert.equal((await server.peers.at(0)).socket.remoteAddress, "127.0.0.2");
  });

  it("it is named by the listening point, since its own port is nothing to come back to", async () => {
    const flow = connectTo(server.port);

    send(flow);

    const peer = await server.peers.at(0);

    await peer.receives("INVITE");
    assert.equal(peer.socket.remoteAddress, "127.0.0.1");
    assert.equal(flow.localIp, "127.0.0.1");
    assert.equal(flow.localPort, peer.socket.remotePort);
    assert.equal(flow.listeningPoint, transport.listeningPoints[0]);
    assert.notEqual(flow.localPort, flow.listeningPoint.port);
  });

  it("what the peer sends on it is delivered with the same flow", async () => {
    const flow = connectTo(server.port);

    send(flow);
    (await server.peers.at(0)).write(response());
    assert.equal((await receiver.messages.at(0)).flow, flow);
  });

  it("IPv6, however the target is spelled, is one connection", async () => {
    const six = await new StreamServer().listen("::1");
    const flow = connectTo(six.port, "::1");

    assert.equal(connectTo(six.port, "0:0:0:0:0:0:0:1"), flow);
    send(flow);
    await (await six.peers.at(0)).receives("INVITE");
    assert.equal(flow.remoteDescription, `[::1]:${six.port}`);
    await six.close();
  });

  it("one flight for each destination: a thousand messages open one connection", async () => {
    const flows = new Set(Array.from({ length: 1000 }, () => connectTo(server.port)));

    assert.equal(flows.size, 1);

    for (const flow of flows) {
      send(flow);
    }

    await (await server.peers.at(0)).receives("INVITE");
    assert.equal(connectTo(server.port), [...flows][0]);
    assert.equal(server.peers.items.length, 1);
  });

  it("a connection that the peer opened from the target's port is used", async () => {
    const port = await freePort();
    const client = await StreamPeer.connect({
      host: "127.0.0.1",
      port: transport.listeningPoints[0]?.port ?? 0,
      localAddress: "127.0.0.1",
      localPort: port,
    });

    client.write(INVITE);

    const { flow } = await receiver.messages.at(0);

    assert.equal(connectTo(port), flow);
    send(flow, response());
    await client.receives("SIP/2.0 200 OK");
    await client.destroy();
    await receiver.closed.at(0);
    assert.notEqual(connectTo(port), flow);
  });

  it("no listening point of the IP version: undefined", async () => {
    await transport.close();
    await start({ listen: [{ ip: "127.0.0.1", port: 0 }] });
    assert.equal(transport.connect(targetOf(5060, "2001:db8::1")), undefined);
  });

  it('refused: every waiting message fails with "connection", then the flow is reported closed', async () => {
    const flow = connectTo(await freePort());
    const order: string[] = [];

    for (let index = 0; index < 3; index++) {
      flow.send(INVITE, (error) => order.push(error.failure));
    }

    flow.send(INVITE);
    assert.deepEqual(order, []);
    assert.equal(await receiver.closed.at(0), flow);
    assert.deepEqual(order, ["connection", "connection", "connection"]);
    assert.equal(flow.isOpen, false);
    assert.equal(receiver.closed.items.length, 1);

    send(flow);
    assert.equal((await errors.at(0)).failure, "connection");
    assert.match(
      errors.items[0]?.message ?? "",
      /^cannot send to TCP 127\.0\.0\.1:\d+: connection error: ECONNREFUSED$/,
    );
    assert.deepEqual(logger.textsOf("info"), ["connection closed: connection error: ECONNREFUSED"]);
  });

  it("after a failure the next connect tries again", async () => {
    const port = await freePort();
    const flow = connectTo(port);

    await receiver.closed.at(0);
    assert.notEqual(connectTo(port), flow);
    await receiver.closed.at(1);
  });

  it("a target that cannot be connected to fails as any other", async () => {
    for (const target of [targetOf(70_000), targetOf(5060, "255.255.255.255"), targetOf(0)]) {
      const flow = transport.connect(target);

      assert.ok(flow !== undefined);
      flow.send(INVITE, (error) => errors.push(error));
    }

    await errors.at(2);
    assert.deepEqual(
      errors.items.map((error) => error.failure),
      ["connection", "connection", "connection"],
    );
  });

  it('close() while it is being opened: the waiting messages fail with "closed"', async () => {
    const flow = connectTo(server.port);

    send(flow);
    assert.equal(flow.close(), true);
    assert.equal((await errors.at(0)).failure, "closed");
    assert.equal(await receiver.closed.at(0), flow);
  });

  it("a peer that closes: the flow is closed, the next message opens another", async () => {
    const flow = connectTo(server.port);

    send(flow);
    (await server.peers.at(0)).socket.end();
    assert.equal(await receiver.closed.at(0), flow);

    const next = connectTo(server.port);

    assert.notEqual(next, flow);
    send(next);
    await (await server.peers.at(1)).receives("INVITE");
  });

  it("close() of the transport while connections are being opened", async () => {
    const flow = connectTo(server.port);

    send(flow);
    await transport.close();
    assert.equal((await errors.at(0)).failure, "closed");
    assert.equal(transport.connect(targetOf(server.port)), undefined);
  });
});
