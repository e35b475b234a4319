/** `callback_on_server_tls_handshake` of the profile that a request is routed with. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { DEFAULT_PROXY_PROFILE } from "../../src/config/default-values.ts";
import { withTlsPolicy } from "../../src/proxy/target-choice.ts";
import type { Target } from "../../src/transport/target.ts";

const TLS: Target = { transport: "tls", ip: "192.0.2.1", ipType: "ipv4", port: 5061 };
const UDP: Target = { ...TLS, transport: "udp", port: 5060 };

it("a connection opened with a profile that has it off asks nobody about the server", () => {
  const profile = { ...DEFAULT_PROXY_PROFILE, callbackOnServerTlsHandshake: false };

  assert.deepEqual(withTlsPolicy(TLS, profile), { ...TLS, isTlsCallbackOff: true });
  assert.equal(withTlsPolicy(UDP, profile), UDP);
  assert.equal(withTlsPolicy(TLS, DEFAULT_PROXY_PROFILE), TLS);
});
