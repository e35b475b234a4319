/** Calls through the server as it comes: the sample configuration and server.ts, with free ports. */
import { describe, it } from "node:test";
import { Sipp } from "../support/sipp.ts";
import { sampleFiles } from "../support/sipp-samples.ts";
import { SippServer } from "../support/sipp-server.ts";

const CALLS_A_SECOND = 100;
const SECONDS = 30;

describe("calls through the sample configuration and server.ts", () => {
  it("100 calls a second for 30 seconds over UDP: none fails (RFC 3261 sections 16 and 17)", async () => {
    await using server = await SippServer.start(sampleFiles());
    const calls = CALLS_A_SECOND * SECONDS;

    await using callee = await Sipp.start({ scenario: "callee", calls });
    await using caller = await Sipp.start({
      scenario: "caller",
      remote: server.address("udp"),
      calls,
      rate: CALLS_A_SECOND,
      keys: { callee: callee.address },
    });

    await server.assertAllSucceed(calls, caller, callee);
    await server.stop();
  });
});
