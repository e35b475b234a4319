/** From oversip.conf to the addresses that sockets are bound to, and the names that they have for others. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ListenAddresses, listenAddresses } from "../../../src/app/listen-addresses.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import { writeCertificate } from "../../support/configuration-directory.ts";
import { UserFiles } from "../../support/user-files.ts";

const ADDRESSES = "  listen_ipv4: 127.0.0.1\n  listen_ipv6: '::1'\n";

async function addressesOf(text: string): Promise<ListenAddresses> {
  using files = new UserFiles({ "oversip.conf": text });

  writeCertificate(files.path("tls"), "edge");

  return listenAddresses(loadConfiguration(files.directory, "oversip.conf").configuration);
}

const CERTIFICATE = "tls:\n  public_cert: edge.crt\n  private_cert: edge.key\n";

describe("addresses to listen on", () => {
  it("are those of both IP versions, for each transport that is on", async () => {
    const addresses = await addressesOf(`sip:\n${ADDRESSES}  listen_port: 5070\n`);
    const points = [
      { ip: "127.0.0.1", port: 5070, advertisedHost: undefined },
      { ip: "::1", port: 5070, advertisedHost: undefined },
    ];

    assert.deepEqual(addresses, {
      udp: points,
      tcp: points,
      tls: [],
      tlsTunnel: [],
      ws: [],
      wss: [],
      wssTunnel: [],
      missing: [],
    });
  });

  it("leave out an IP version and a transport that are off", async () => {
    const { tcp, udp } = await addressesOf(`sip:\n${ADDRESSES}  enable_ipv6: no\n  sip_tcp: no\n`);

    assert.deepEqual(
      udp.map(({ ip }) => ip),
      ["127.0.0.1"],
    );
    assert.deepEqual(tcp, []);
  });

  it("are advertised as the configuration says; for TLS by the record-route host name", async () => {
    const { tls, udp } = await addressesOf(
      `sip:\n${ADDRESSES}  sip_tls: yes\n  advertised_ipv4: 192.0.2.1\n  record_route_hostname_tls_ipv4: edge.example.com\n${CERTIFICATE}`,
    );

    assert.deepEqual(
      udp.map(({ advertisedHost }) => advertisedHost),
      ["192.0.2.1", undefined],
    );
    assert.deepEqual(tls, [
      { ip: "127.0.0.1", port: 5061, advertisedHost: "edge.example.com" },
      { ip: "::1", port: 5061, advertisedHost: undefined },
    ]);
  });

  it("of a TLS tunnel are loopback ones, known to clients as the address in front", async () => {
    const { tls, tlsTunnel, wss, wssTunnel } = await addressesOf(
      `sip:\n  listen_ipv4: 127.0.0.2\n  enable_ipv6: no\n  advertised_ipv4: 192.0.2.1\n  sip_tls: yes\n  use_tls_tunnel: yes\n` +
        `websocket:\n  listen_ipv4: 127.0.0.2\n  enable_ipv6: no\n  sip_wss: yes\n  use_tls_tunnel: yes\n`,
    );

    assert.deepEqual([tls, wss], [[], []]);
    assert.deepEqual(tlsTunnel, [
      {
        ip: "127.0.0.1",
        port: 5062,
        publicAddress: { ip: "127.0.0.2", port: 5061, advertisedHost: "192.0.2.1" },
      },
    ]);
    assert.deepEqual(wssTunnel, [
      {
        ip: "127.0.0.1",
        port: 10_444,
        publicAddress: { ip: "127.0.0.2", port: 10_443, advertisedHost: undefined },
      },
    ]);
  });

  it("of one family may be several: each transport has all, a tunnel the first", async () => {
    const { tcp, tlsTunnel, udp } = await addressesOf(
      "sip:\n  listen_ipv4: [127.0.0.2, 127.0.0.3]\n  enable_ipv6: no\n  sip_tls: yes\n  use_tls_tunnel: yes\n",
    );

    for (const points of [udp, tcp]) {
      assert.deepEqual(
        points.map(({ ip, port }) => [ip, port]),
        [
          ["127.0.0.2", 5060],
          ["127.0.0.3", 5060],
        ],
      );
    }

    assert.deepEqual(
      tlsTunnel.map(({ ip, publicAddress }) => [ip, publicAddress?.ip]),
      [["127.0.0.1", "127.0.0.2"]],
    );
  });

  it("of both TLS here and a tunnel stand beside each other", async () => {
    const { tls, tlsTunnel } = await addressesOf(
      `sip:\n${ADDRESSES}  enable_ipv6: no\n  sip_tls: yes\n  listen_port_tls: 5071\n  use_tls_tunnel: yes\n${CERTIFICATE}`,
    );

    assert.deepEqual(
      [...tls, ...tlsTunnel].map(({ port }) => port),
      [5071, 5062],
    );
    assert.equal(tlsTunnel[0]?.publicAddress?.port, 5071);
  });
});
