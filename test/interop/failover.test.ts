/** examples/failover: three gateways (sipp) behind one SRV name (NSD); one is killed under load, and comes back. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Nsd } from "../support/nsd.ts";
import { findFreePort, Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { answersOf, type GatewayCall, readGatewayCalls } from "./gateway-calls.ts";
import { withLogs } from "./with-logs.ts";

const CALLS_PER_SECOND = 50;
/** Before the kill, without the gateway, and after its return, which the blacklist delays by 3 seconds and more. */
const SECONDS = { before: 3, without: 5, after: 6 };
const CALLS = CALLS_PER_SECOND * (SECONDS.before + SECONDS.without + SECONDS.after);
const IP = "127.0.0.1";

describe("failover by SRV (RFC 3263 section 4.3)", () => {
  const ports: number[] = [];
  let names: Nsd;

  before(async () => {
    while (ports.length < 3) {
      const port = await findFreePort(IP);

      if (!ports.includes(port)) {
        ports.push(port);
      }
    }

    const [first, second, third] = ports;
    const records = ["_sip._udp", "_sip._tcp"].flatMap((owner) => [
      `${owner} SRV 10 3 ${first} gateway`,
      `${owner} SRV 10 1 ${second} gateway`,
      `${owner} SRV 20 1 ${third} gateway`,
    ]);

    // One name a transport: each test has only records of its own to find.
    names = await Nsd.start({
      "udp.test": [...records.slice(0, 3), `gateway A ${IP}`].join("\n"),
      "tcp.test": [...records.slice(3), `gateway A ${IP}`].join("\n"),
    });
  });

  after(async () => {
    await names?.stop();
  });

  for (const transport of ["udp", "tcp"] as const) {
    it(`${transport}: a gateway dies under load: no call is lost but those that it was carrying, and it gets calls again`, async () => {
      await using server = await ExampleServer.start({
        example: "failover",
        environment: { GATEWAYS: `${transport}.test` },
        settings: { "core.nameservers": [names.address] },
      });
      await using stack = new AsyncDisposableStack();
      const startGateway = async (localPort: number): Promise<Sipp> =>
        stack.use(
          await Sipp.start({ scenario: "callee", transport, localPort, calls: CALLS, timeoutSeconds: 120 }),
        );
      const [first, second, third] = ports.map((port) => `${IP}:${port}`) as [string, string, string];
      const seen = (): ReadonlyMap<string, GatewayCall> => readGatewayCalls(server.logged(/./));

      await withLogs(
        () => [server],
        async () => {
          const gateways: Sipp[] = [];

          for (const port of ports) {
            gateways.push(await startGateway(port));
          }

          await using caller = await Sipp.start({
            scenario: "caller",
            remote: await server.address("udp"),
            calls: CALLS,
            rate: CALLS_PER_SECOND,
            keys: { callee: "gateways.example.test" },
            // A BYE that nobody answers gets no 408 (RFC 4320 section 4.2): sipp is to give up soon.
            extra: ["-deadcall_wait", "0", "-max_non_invite_retrans", "3"],
          });

          await sleep(SECONDS.before * 1000);

          const shares = answersOf(seen().values());
          const share = (shares.get(first) ?? 0) / (shares.get(second) ?? 0);

          // Weights 3 and 1. Of 150 calls the first one gets 112, give or take five times 5.3.
          assert.ok(share > 1.3 && share < 12, `shares of the gateways: ${JSON.stringify([...shares])}`);
          assert.equal(shares.get(third), undefined, "priority 20 waits for its turn");
          await gateways[0]?.stop();

          await sleep(SECONDS.without * 1000);

          const known = new Set(seen().keys());

          await startGateway(Number(first.split(":")[1]));

          const { failed, successful, report } = await caller.result();
          const calls = seen();
          const lost = [...calls].filter(([, call]) => !call.isDone);

          assert.equal(calls.size, CALLS);
          assert.equal(successful + failed, CALLS, report);
          assert.ok(
            lost.every(([id, call]) => known.has(id) && (call.answeredBy ?? call.proceedsAt) === first),
            `calls that were lost: ${JSON.stringify(lost)}`,
          );
          assert.equal(failed, lost.length, report);
          // Those of 100 ms and a little more.
          assert.ok(failed < CALLS_PER_SECOND, `${failed} calls were lost`);

          const later = answersOf([...calls].filter(([id]) => !known.has(id)).map(([, call]) => call));

          assert.ok(
            (later.get(first) ?? 0) > CALLS_PER_SECOND,
            `after its return: ${JSON.stringify([...later])}`,
          );
          assert.equal(
            answersOf(calls.values()).get(third),
            undefined,
            "there was always one of priority 10",
          );

          // What waited for a silent gateway, and what went past one on the blacklist.
          const detours = [...calls.values()].filter(({ tried }) => tried.length > 1);

          assert.ok(detours.length > 0);
          assert.ok(
            detours.every(({ tried, answeredBy }) => tried[0] === first && answeredBy === second),
            JSON.stringify(detours),
          );
        },
      );
    });
  }
});
