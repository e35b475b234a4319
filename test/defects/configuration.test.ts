/**
 * Defects of OverSIP 2.0 in its configuration, each shown to be absent. The
 * numbers are those of docs/oversip-parity.md.
 */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type ListenAddresses, listenAddresses } from "../../src/app/listen-addresses.ts";
import { loadConfiguration } from "../../src/config/load-configuration.ts";
import { makeConfigurationDirectory } from "../support/configuration-directory.ts";

async function addressesOf(context: TestContext, text: string): Promise<ListenAddresses> {
  const directory = makeConfigurationDirectory(context, { "oversip.conf": text });

  return listenAddresses(loadConfiguration(directory, "oversip.conf").configuration);
}

describe("defects of OverSIP 2.0: configuration", () => {
  it("defect 6: the TLS tunnel of websocket heeds the keys of its own section alone", async (context) => {
    const own = "{ sip_wss: yes, use_tls_tunnel: yes, listen_ipv4: 127.0.0.2, listen_ipv6: 2001:db8::2 }";
    const { wssTunnel, tlsTunnel } = await addressesOf(
      context,
      `sip: { enable_ipv6: no, listen_ipv4: 127.0.0.1 }\nwebsocket: ${own}\n`,
    );

    assert.deepEqual(
      wssTunnel.map(({ ip, publicAddress }) => [ip, publicAddress?.ip]),
      [
        ["127.0.0.1", "127.0.0.2"],
        ["::1", "2001:db8::2"],
      ],
    );
    assert.deepEqual(tlsTunnel, []);

    const reverse = await addressesOf(
      context,
      "sip: { sip_tls: yes, use_tls_tunnel: yes, listen_ipv4: 127.0.0.1, enable_ipv6: no }\n" +
        "websocket: { sip_ws: yes, listen_ipv4: 127.0.0.1, enable_ipv6: no }\n",
    );

    assert.equal(reverse.tlsTunnel.length, 1);
    assert.deepEqual(reverse.wssTunnel, []);
    assert.deepEqual(
      reverse.ws.map(({ ip, port }) => [ip, port]),
      [["127.0.0.1", 10_080]],
    );
  });
});
