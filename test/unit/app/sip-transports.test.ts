/** What section `core` says of the transports. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { listenAddresses } from "../../../src/app/listen-addresses.ts";
import { ServerState } from "../../../src/app/server-state.ts";
import { createTransports } from "../../../src/app/transports.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { requestOf, response } from "../../support/message-bytes.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { RecordingReceiver } from "../../support/recording-receiver.ts";
import { StreamPeer } from "../../support/stream-peer.ts";
import { UserFiles } from "../../support/user-files.ts";

const OPTIONS = requestOf("OPTIONS");
const ANSWER = response().toString("latin1");
const INTERVAL_MS = 4;

/** TCP with a receiver that answers each message at once. */
async function startTcp(context: TestContext, core: string) {
  using files = new UserFiles({
    "oversip.conf": `core:\n${core}sip:\n  sip_udp: no\n  listen_ipv4: 127.0.0.1\n  enable_ipv6: no\n  listen_port: 0\n`,
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
  const [tcp] = all;

  assert.ok(tcp !== undefined && all.length === 1);
  receiver.onMessage = (_message, flow) => flow.send(response());
  context.after(() => tcp.close());
  await tcp.bind();

  const connect = async () => {
    const peer = await StreamPeer.connect({ host: "127.0.0.1", port: tcp.listeningPoints[0]?.port ?? 0 });

    context.after(() => peer.destroy());

    return peer;
  };

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
});
