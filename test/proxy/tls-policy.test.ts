/** `callback_on_server_tls_handshake` of the profile that a request is routed with. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_PROXY_PROFILE } from "../../src/config/default-values.ts";
import { withTlsPolicy } from "../../src/proxy/target-choice.ts";
import type { Target } from "../../src/transport/target.ts";
import { ProxyHarness } from "../support/proxy-harness.ts";
import { requestText } from "../support/request-text.ts";

const TLS: Target = { transport: "tls", ip: "192.0.2.1", ipType: "ipv4", port: 5061 };
const UDP: Target = { ...TLS, transport: "udp", port: 5060 };

it("a connection opened with a profile that has it off asks nobody about the server", () => {
  const profile = { ...DEFAULT_PROXY_PROFILE, callbackOnServerTlsHandshake: false };

  assert.deepEqual(withTlsPolicy(TLS, profile), { ...TLS, isTlsCallbackOff: true });
  assert.equal(withTlsPolicy(UDP, profile), UDP);
  assert.equal(withTlsPolicy(TLS, DEFAULT_PROXY_PROFILE), TLS);
});

it("so does an ACK, of SipProxy and of Uac, that has to open its connection", async () => {
  for (const client of ["SipProxy", "Uac"] as const) {
    const harness = new ProxyHarness({
      profile: { callbackOnServerTlsHandshake: false },
      onRequest: (oversip) => async (request) => {
        await new oversip[client]().route(request, { host: "198.51.100.7", transport: "tls" });
      },
    });
    const caller = harness.peer({ remoteIp: "192.0.2.1" });
    const flowTo = harness.transports.flowTo.bind(harness.transports);
    const targets: Target[] = [];

    harness.transports.flowTo = (target) => {
      targets.push(target);

      return flowTo(target);
    };

    harness.receive(caller, requestText("ACK", { toTag: "callee" }));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      targets.map((target) => target.isTlsCallbackOff),
      [true],
      client,
    );
  }
});
