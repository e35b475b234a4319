/** examples/between-ip-versions: callers and PBXs (sipp) that have one IP version each. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Sipp } from "../support/sipp.ts";
import { ExampleServer } from "./example-server.ts";
import { assertSippsSucceed } from "./sipp-verdict.ts";

const CALLS = 15;

describe("between IPv6 and IPv4", () => {
  let server: ExampleServer;
  let pbx: { readonly ipv4: Sipp; readonly ipv6: Sipp };

  before(async () => {
    const common = { scenario: "callee", calls: CALLS };

    pbx = { ipv4: await Sipp.start(common), ipv6: await Sipp.start({ ...common, localIp: "::1" }) };
    server = await ExampleServer.start({
      example: "between-ip-versions",
      environment: { IPV4_PBX: pbx.ipv4.address, IPV6_PBX: pbx.ipv6.address },
      settings: { "sip.enable_ipv6": true },
    });
  });

  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await pbx?.ipv4.stop();
    await pbx?.ipv6.stop();
  });

  /** "[::1]:5060". */
  const address = async (start: "127" | "\\[::1\\]"): Promise<string> => {
    const line = await server.line(new RegExp(`^listening on udp ${start}`));

    return line.replace("listening on udp ", "").split(" ")[0] ?? "";
  };

  it("whole calls from IPv6 to IPv4: INVITE to BYE (RFC 5658 section 4)", async () => {
    await using caller = await Sipp.start({
      scenario: "caller",
      localIp: "::1",
      remote: await address("\\[::1\\]"),
      calls: CALLS,
      keys: { callee: "service.example.test" },
    });

    await assertSippsSucceed(server, caller, pbx.ipv4);
    assert.equal((await caller.result()).successful, CALLS);
  });

  it("whole calls from IPv4 to IPv6", async () => {
    await using caller = await Sipp.start({
      scenario: "caller",
      remote: await address("127"),
      calls: CALLS,
      keys: { callee: "service.example.test" },
    });

    await assertSippsSucceed(server, caller, pbx.ipv6);
    assert.equal((await caller.result()).successful, CALLS);
  });
});
