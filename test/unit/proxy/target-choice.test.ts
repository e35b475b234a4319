import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flowlessError, targetOfFlow } from "../../../src/proxy/target-choice.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";

describe("ways to a target", () => {
  const { listeningPoint } = new MemoryFlow();

  it("without a listening point of its IP version the error names that, else the transport", () => {
    const target = { transport: "tcp", ip: "2001:db8::1", ipType: "ipv6", port: 5060 } as const;

    assert.equal(flowlessError(target, [listeningPoint]).code, "no_ipv6");
    assert.equal(flowlessError({ ...target, ip: "192.0.2.1", ipType: "ipv4" }, []).code, "no_ipv4");
    assert.equal(
      flowlessError({ ...target, ip: "192.0.2.1", ipType: "ipv4" }, [listeningPoint]).code,
      "unsupported_transport",
    );
  });

  it("a flow is a target like another", () => {
    assert.deepEqual(
      targetOfFlow(new MemoryFlow({ transport: "ws", remoteIp: "2001:db8::7", remotePort: 40_000 })),
      {
        transport: "ws",
        ip: "2001:db8::7",
        ipType: "ipv6",
        port: 40_000,
      },
    );
  });
});
