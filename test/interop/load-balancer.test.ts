/** examples/load-balancer: three application servers (sipp) that fail any call of which they get only a part. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";

const CALLS = 90;
const SERVERS = 3;

describe("a load balancer that keeps dialogs together", () => {
  /** `[calls of each server]`, of the calls that were passed on to any. */
  const shares = (server: ExampleServer, addresses: readonly string[]): number[] =>
    addresses.map((address) => {
      const calls = server
        .logged(new RegExp(`INVITE \\S+ to ${address}: response$`))
        .map((line) => /INVITE (\S+)/.exec(line)?.[1]);

      return new Set(calls).size;
    });

  it("a challenge, the INVITE that answers it, ACK and BYE reach the same server; all servers have their share", async () => {
    await using stack = new AsyncDisposableStack();
    const callees: Sipp[] = [];

    for (let count = 0; count < SERVERS; count++) {
      callees.push(stack.use(await Sipp.start({ scenario: "callee-challenges", calls: CALLS })));
    }

    const addresses = callees.map(({ address }) => address);
    const server = stack.use(
      await ExampleServer.start({ example: "load-balancer", environment: { SERVERS: addresses.join() } }),
    );
    const caller = stack.use(
      await Sipp.start({
        scenario: "caller-challenged",
        remote: await server.address("udp"),
        calls: CALLS,
        rate: 30,
        keys: { callee: "service.example.test" },
      }),
    );

    await assertSippsSucceed(server, caller);

    const found = shares(server, addresses);

    assert.equal(
      found.reduce((sum, share) => sum + share),
      CALLS,
    );
    // 30 are expected; five times the standard deviation is 22.
    assert.ok(
      found.every((share) => share > 8),
      found.join(),
    );
  });

  it("the calls of a server that is gone go to the others, soon without any wait", async () => {
    await using stack = new AsyncDisposableStack();
    const callees: Sipp[] = [];

    for (let count = 0; count < SERVERS; count++) {
      callees.push(stack.use(await Sipp.start({ scenario: "callee", calls: 10 * CALLS })));
    }

    const addresses = callees.map(({ address }) => address);
    const server = stack.use(
      await ExampleServer.start({ example: "load-balancer", environment: { SERVERS: addresses.join() } }),
    );

    await callees[0]?.stop();

    const call = async (calls: number): Promise<void> => {
      await using caller = await Sipp.start({
        scenario: "caller",
        remote: await server.address("udp"),
        calls,
        rate: 30,
        keys: { callee: "service.example.test" },
      });

      await assertSippsSucceed(server, caller);
    };

    await call(CALLS);

    const [first, ...others] = shares(server, addresses);

    assert.equal(first, 0);
    assert.equal(
      others.reduce((sum, share) => sum + share),
      CALLS,
    );
    assert.ok(
      others.every((share) => share > 20),
      others.join(),
    );

    const passedOver = (): string[] => server.logged(/does not take INVITE/);
    const before = passedOver().length;
    const startedAt = performance.now();

    // Three in a row were silent: from then on nobody waits for it, be it only for the 2 seconds of timer_B.
    await call(20);

    const tookMs = performance.now() - startedAt;

    assert.ok(tookMs < 2000, `took ${tookMs} ms`);
    assert.ok(before > 0 && passedOver().length > before);
    assert.ok(passedOver().every((line) => line.includes(`${addresses[0]} does not take`)));
  });
});
