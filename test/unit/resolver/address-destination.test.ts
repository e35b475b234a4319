import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProxyProfile } from "../../../src/config/proxy-profile.ts";
import type { TransportAvailability } from "../../../src/resolver/transport-support.ts";
import { createFixture, PROFILE, query, show } from "./resolver-fixture.ts";

const UNSUPPORTED = "478 Unsupported Transport unsupported_transport";

/** The answer for an address, which must not be a promise. */
function resolve(
  uri: string,
  profile: Partial<ProxyProfile> = {},
  isAvailable: TransportAvailability = () => true,
): string[] | string {
  const { resolver, dns } = createFixture({}, { isAvailable });
  const resolution = resolver.resolve(query(uri), { ...PROFILE, ...profile });

  assert.ok(!(resolution instanceof Promise), "an address needs no promise");
  assert.deepEqual(dns.questions, []);

  return show(resolution);
}

describe("RFC 3263 section 4: destinations that are addresses", () => {
  it("§4.1 an address without transport is sent to over UDP at 5060", () => {
    assert.deepEqual(resolve("192.0.2.1"), ["udp:192.0.2.1:5060"]);
  });

  it("§4.1 an address of a sips URI is sent to over TLS at 5061", () => {
    assert.deepEqual(resolve("sips:192.0.2.1"), ["tls:192.0.2.1:5061"]);
  });

  it("§4.1 the transport parameter is obeyed, RFC 3261 §19.1.2 with its default port", () => {
    assert.deepEqual(resolve("192.0.2.1;transport=udp"), ["udp:192.0.2.1:5060"]);
    assert.deepEqual(resolve("192.0.2.1;transport=tcp"), ["tcp:192.0.2.1:5060"]);
    assert.deepEqual(resolve("192.0.2.1;transport=tls"), ["tls:192.0.2.1:5061"]);
  });

  it("§4.2 a port that is named is used", () => {
    assert.deepEqual(resolve("192.0.2.1:5080;transport=tls"), ["tls:192.0.2.1:5080"]);
    assert.deepEqual(resolve("sips:192.0.2.1:5080"), ["tls:192.0.2.1:5080"]);
  });

  it("TCP takes the place of UDP where there is no UDP; TLS is not guessed", () => {
    assert.deepEqual(
      resolve("192.0.2.1", {}, (transport) => transport !== "udp"),
      ["tcp:192.0.2.1:5060"],
    );
    assert.equal(
      resolve("192.0.2.1", {}, (transport) => transport === "tls"),
      UNSUPPORTED,
    );
  });

  it("IPv6 with or without brackets, in one form (RFC 5952)", () => {
    assert.deepEqual(resolve("[2001:DB8::0:1]"), ["udp:2001:db8::1:5060"]);

    const { resolver } = createFixture({});
    const bare = resolver.resolve({ host: "2001:0db8:0::1", isSecure: false }, PROFILE);

    assert.deepEqual(bare, [{ transport: "udp", ip: "2001:db8::1", ipType: "ipv6", port: 5060 }]);
  });

  it("an IPv4-mapped IPv6 address is the IPv4 address", () => {
    assert.deepEqual(resolve("[::ffff:192.0.2.1]"), ["udp:192.0.2.1:5060"]);
  });

  it("a target that was an address has no domain to check a certificate against", () => {
    const { resolver } = createFixture({});
    const targets = resolver.resolve(query("192.0.2.1;transport=tls"), PROFILE);

    assert.deepEqual(targets, [{ transport: "tls", ip: "192.0.2.1", ipType: "ipv4", port: 5061 }]);
  });

  it("a family that the profile does not list is refused", () => {
    assert.equal(
      resolve("192.0.2.1", { ipTypePreference: ["ipv6"] }),
      "478 Destination Requires Unsupported IPv4 no_ipv4",
    );
    assert.equal(
      resolve("[2001:db8::1]", { ipTypePreference: ["ipv4"] }),
      "478 Destination Requires Unsupported IPv6 no_ipv6",
    );
  });

  it("a family that this server cannot send on is refused", () => {
    assert.equal(
      resolve("[2001:db8::1]", {}, (_transport, ipType) => ipType === "ipv4"),
      "478 Destination Requires Unsupported IPv6 no_ipv6",
    );
  });

  it("RFC 7118 §5.4: WebSocket and unknown transports cannot be sent to", () => {
    for (const transport of ["ws", "wss", "sctp", "tls-sctp", "", "__proto__"]) {
      assert.equal(resolve(`192.0.2.1;transport=${transport}`), UNSUPPORTED, transport);
    }
  });

  it("RFC 5630 §3.1.4: sips with transport=tcp is TLS, with transport=udp a contradiction", () => {
    assert.deepEqual(resolve("sips:192.0.2.1;transport=tcp"), ["tls:192.0.2.1:5061"]);
    assert.deepEqual(resolve("sips:192.0.2.1;transport=tls"), ["tls:192.0.2.1:5061"]);
    assert.equal(resolve("sips:192.0.2.1;transport=udp"), UNSUPPORTED);
  });

  it("a transport that is switched off is refused", () => {
    const noTls: TransportAvailability = (transport) => transport !== "tls";

    assert.equal(resolve("192.0.2.1;transport=tls", {}, noTls), UNSUPPORTED);
    assert.equal(resolve("sips:192.0.2.1", {}, noTls), UNSUPPORTED);
  });

  it("use_dns: no leaves addresses alone", () => {
    assert.deepEqual(resolve("192.0.2.1", { useDns: false }), ["udp:192.0.2.1:5060"]);
  });

  it("a port that is none reaches no socket", () => {
    for (const port of [0, 65536, -1, Number.NaN]) {
      const { resolver } = createFixture({});
      const resolution = resolver.resolve({ host: "192.0.2.1", port, isSecure: false }, PROFILE);

      assert.ok(!(resolution instanceof Promise));
      assert.equal(show(resolution), "404 No DNS Resolution no_dns_resolution");
    }
  });
});
