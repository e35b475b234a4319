/** An observer is told of each message once, with the ends of its connection, however it goes out. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Flow } from "../../src/transport/flow.ts";
import { TcpTransport } from "../../src/transport/tcp-transport.ts";
import type { TransportObserver } from "../../src/transport/transport-observer.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { EventLog } from "../support/event-log.ts";
import { request } from "../support/message-bytes.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { RecordingReceiver } from "../support/recording-receiver.ts";
import { StreamServer } from "../support/stream-peer.ts";

const MESSAGE = request();

interface Sent {
  readonly bytes: string;
  readonly localPort: number;
}

class ObservedReceiver extends RecordingReceiver {
  readonly sent: Sent[] = [];
  readonly observer: TransportObserver = {
    messageReceived: () => undefined,
    failureReceived: () => undefined,
    messageSent: (bytes: Uint8Array, flow: Flow) =>
      this.sent.push({ bytes: Buffer.from(bytes).toString("latin1"), localPort: flow.localPort }),
    responseSent: () => undefined,
  };
}

describe("messages over a connection that this server opens", () => {
  let receiver: ObservedReceiver;
  let transport: TcpTransport;
  let server: StreamServer;

  beforeEach(async () => {
    receiver = new ObservedReceiver();
    transport = new TcpTransport({
      listen: [{ ip: "127.0.0.1", port: 0 }],
      receiver,
      logger: new RecordingLogger(),
      clock: new SystemClock(),
    });
    server = await new StreamServer().listen("127.0.0.1");
    await transport.bind();
  });

  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  const connect = (port: number): Flow => {
    const flow = transport.connect({ transport: "tcp", ip: "127.0.0.1", ipType: "ipv4", port });

    assert.ok(flow !== undefined);

    return flow;
  };

  it("are told of once when the connection is open, with its port, in their order", async () => {
    const flow = connect(server.port);

    flow.send(MESSAGE);
    flow.send(Buffer.from("\r\n\r\n"));
    assert.deepEqual(receiver.sent, []);

    const peer = await server.peers.at(0);

    await peer.receives(MESSAGE.toString("latin1"));
    flow.send(MESSAGE);
    assert.deepEqual(
      receiver.sent.map(({ bytes }) => bytes),
      [MESSAGE.toString("latin1"), MESSAGE.toString("latin1")],
    );
    assert.ok(receiver.sent.every(({ localPort }) => localPort === peer.socket.remotePort));
  });

  it("are not told of when it could not be opened", async () => {
    const errors = new EventLog<Error>();
    const { port } = server;

    await server.close();
    connect(port).send(MESSAGE, (error) => errors.push(error));
    await errors.at(0);
    assert.deepEqual(receiver.sent, []);
    server = await new StreamServer().listen("127.0.0.1");
  });
});
