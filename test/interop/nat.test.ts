/** Phones behind NAT: a call comes in after the router would have forgotten them, but for their keep-alives. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BackgroundProcess } from "../support/background-process.ts";
import { Baresip } from "../support/baresip.ts";
import { Kamailio } from "../support/kamailio.ts";
import { CONTROL_PORT, NatNetwork } from "../support/network-namespace.ts";
import { ExampleServer } from "./example-server.ts";
import { withLogs } from "./with-logs.ts";

/** The least that the server allows; clients send their keep-alives a bit earlier (RFC 5626 section 4.4.1). */
const FLOW_TIMER_SECONDS = 30;
const MAPPING_SECONDS = 32;
/** From the registration to the call: no mapping lives so long without a keep-alive. */
const WAIT_SECONDS = 45;

describe("phones behind NAT, an edge and a registrar", () => {
  let network: NatNetwork;
  let kamailio: Kamailio;
  let server: ExampleServer;

  before(async () => {
    network = new NatNetwork({ mappingSeconds: MAPPING_SECONDS });
    kamailio = await Kamailio.start({ ip: network.outsideIp, authentication: true });
    server = await ExampleServer.start({
      example: "edge-proxy",
      environment: { REGISTRAR_HOST: kamailio.ip, REGISTRAR_PORT: String(kamailio.port) },
      settings: {
        "sip.listen_ipv4": network.outsideIp,
        "sip.sip_tls": false,
        "sip.flow_timer": FLOW_TIMER_SECONDS,
        "websocket.sip_wss": false,
        tls: null,
      },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await kamailio?.[Symbol.asyncDispose]();
    network?.remove();
  });

  it(`a call reaches those that send keep-alives ${WAIT_SECONDS} s later, and not the one that sends none (RFC 5626 section 4.4)`, async () => {
    await using stack = new AsyncDisposableStack();
    const participants: { log(): string }[] = [];

    await withLogs(
      () => [server, kamailio, ...participants],
      async () => {
        let controlPort = CONTROL_PORT;
        const use = async (options: {
          readonly user: string;
          readonly transport: "udp" | "tcp";
          readonly account: readonly string[];
        }): Promise<Baresip> => {
          const phone = stack.use(
            await Baresip.start({
              ...options,
              registerSeconds: 3600,
              proxy: await server.address(options.transport),
              ip: network.insideIp,
              wrapper: network.insideWrapper,
              control: { port: controlPort++, reachedAt: network.routerIp },
            }),
          );

          participants.push(phone);

          return phone;
        };
        const wire = stack.use(
          new BackgroundProcess("tshark", [
            ...network.routerWrapper,
            ...["tshark", "-l", "-n", "-i", network.routerInterface],
            ...["-Y", "stun or tcp.payload == 0d:0a:0d:0a or tcp.payload == 0d:0a"],
          ]),
        );

        participants.push(wire);
        await wire.until("its start", () => wire.output.items.some((line) => /Capturing on/.test(line)));

        const outbound = ["sipnat=outbound"];
        const udp = await use({ user: "nat-udp", transport: "udp", account: outbound });
        const tcp = await use({ user: "nat-tcp", transport: "tcp", account: outbound });
        const silent = await use({ user: "nat-silent", transport: "udp", account: [] });
        const caller = stack.use(
          await Baresip.start({
            user: "outside",
            transport: "udp",
            ip: network.outsideIp,
            proxy: await server.address("udp"),
          }),
        );

        participants.push(caller);

        for (const { user } of [udp, tcp, silent]) {
          const { Address, Path } = await kamailio.binding(user);

          assert.match(Address, new RegExp(network.insideIp), "the Contact is one of the inside");
          assert.match(Path, /;ob/, "and the Path names its flow");
        }

        await sleep(WAIT_SECONDS * 1000);

        for (const phone of [udp, tcp]) {
          await caller.dial(phone.user);
          await phone.event("CALL_INCOMING");
          await phone.accept();
          await caller.event("CALL_ESTABLISHED");
          await phone.event("CALL_ESTABLISHED");
          await phone.hangUp();
          await caller.event("CALL_CLOSED");
        }

        await caller.dial(silent.user);
        await assert.rejects(silent.event("CALL_INCOMING", 3000));

        const seen = wire.output.items.join("\n");

        assert.match(seen, /STUN.* Binding Request/, "the keep-alive of UDP");
        assert.match(seen, /STUN.* Binding Success Response/, "and its answer");
        assert.match(seen, /TCP.* Len=4 /, "the keep-alive of TCP: CRLF CRLF");
        assert.match(seen, /TCP.* Len=2 /, "and its answer: CRLF");
      },
    );
  });
});
