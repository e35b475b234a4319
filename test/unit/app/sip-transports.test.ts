/** What section `core` says of the transports. */
import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as turnEnds } from "node:timers/promises";
import { listenAddresses } from "../../../src/app/listen-addresses.ts";
import { ServerState } from "../../../src/app/server-state.ts";
import { createTransports } from "../../../src/app/transports.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { requestOf, response } from "../../support/message-bytes.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { RecordingReceiver } from "../../support/recording-receiver.ts";
import { StreamPeer } from "../../support/stream-peer.ts";
import { UdpPeer } from "../../support/udp-peer.ts";
import { UserFiles } from "../../support/user-files.ts";

const OPTIONS = requestOf("OPTIONS");
const ANSWER = response().toString("latin1");
const INTERVAL_MS = 4;

/** The transports of a configuration, bound, and who receives their messages. */
async function start(context: TestContext, core: string, sip = "") {
  using files = new UserFiles({
    "oversip.conf": `core:\n${core}sip:\n${sip}  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: 0\n`,
  });
  const { configuration } = loadConfiguration(files.directory, "oversip.conf");
  const clock = new FakeClock();
  const receiver = new RecordingReceiver();
  const { all } = createTransports({
    configuration,
    addresses: await listenAddresses(configuration),
    files: { profiles: new Map(), tls: undefined, authorities: undefined },
    logger: new RecordingLogger(),
    clock,
    state: new ServerState(),
    handlers: () => ({ systemEvents: {}, sipEvents: {}, webSocketEvents: {} }),
    receiver,
  });

  for (const transport of all) {
    context.after(() => transport.close());
    await transport.bind();
  }

  const portOf = (name: "udp" | "tcp"): number =>
    all.flatMap(({ listeningPoints }) => listeningPoints).find(({ transport }) => transport === name)?.port ??
    0;

  const connect = async () => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: portOf("tcp") });

    context.after(() => peer.destroy());

    return peer;
  };

  return { clock, receiver, portOf, connect };
}

/** TCP with a receiver that answers each message at once. */
async function startTcp(context: TestContext, core: string) {
  const { clock, receiver, connect } = await start(context, core, "  sip_udp: no\n");

  receiver.onMessage = (_message, flow) => flow.send(response());

  return { clock, connect };
}

describe("core.batching_delay", () => {
  it("a connection that carries 2,000 messages a second is read once an interval, and another one at once", async (context) => {
    const { clock, connect } = await startTcp(context, "  batching_delay: 4\n");
    const busy = await connect();
    const other = await connect();

    busy.write(Buffer.concat(Array<Buffer>(8).fill(OPTIONS)));
    await busy.receives(ANSWER.repeat(8));
    clock.advance(INTERVAL_MS);
    busy.write(OPTIONS);
    await busy.receives(ANSWER.repeat(9));
    busy.write(OPTIONS);
    other.write(OPTIONS);
    await other.receives(ANSWER);
    assert.equal(busy.text, ANSWER.repeat(9));
    clock.advance(INTERVAL_MS);
    await busy.receives(ANSWER.repeat(10));
  });

  it("0: each is read at once", async (context) => {
    const { clock, connect } = await startTcp(context, "  batching_delay: 0\n");
    const busy = await connect();

    busy.write(Buffer.concat(Array<Buffer>(8).fill(OPTIONS)));
    await busy.receives(ANSWER.repeat(8));
    clock.advance(INTERVAL_MS);
    busy.write(OPTIONS);
    await busy.receives(ANSWER.repeat(9));
    busy.write(OPTIONS);
    await busy.receives(ANSWER.repeat(10));
  });

  it("without udp_batching the thread waits for datagrams, when what connections hold has left", async (context) => {
    const { receiver, portOf, connect } = await start(context, "  udp_batching: no\n  batching_delay: 50\n");
    const tcpPeer = await connect();
    await using udpPeer = await UdpPeer.open();

    tcpPeer.write(OPTIONS);

    const { flow: tcpFlow } = await receiver.messages.at(0);
    const waits: { ms: number; held: number }[] = [];
    const cork = context.mock.method(Socket.prototype, "cork");
    const uncork = context.mock.method(Socket.prototype, "uncork");

    context.mock.method(Atomics, "wait", (_cell: Int32Array, _index: number, _value: number, ms: number) => {
      waits.push({ ms, held: cork.mock.callCount() - uncork.mock.callCount() });

      return "timed-out";
    });
    receiver.onMessage = () => tcpFlow.send(response());

    for (let i = 1; waits.length < 3; i++) {
      assert.ok(i < 20_000, "the thread never waits");
      await udpPeer.send(OPTIONS, portOf("udp"));
      await receiver.messages.at(i);
      // Or else the socket would be read without an end.
      await turnEnds();
    }

    assert.ok(cork.mock.callCount() > 0);
    assert.deepEqual(
      waits.filter(({ ms, held }) => held > 0 || ms <= 0 || ms > 50),
      [],
    );
  });
});
