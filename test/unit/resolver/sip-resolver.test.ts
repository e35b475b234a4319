import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ProxyProfile } from "../../../src/config/proxy-profile.ts";
import type { SipResolverOptions } from "../../../src/resolver/sip-resolver.ts";
import { createFixture, PROFILE, query, type RecordTable, show } from "./resolver-fixture.ts";

const NO_RESOLUTION = "404 No DNS Resolution no_dns_resolution";

interface Outcome {
  readonly targets: string[] | string;
  readonly questions: readonly string[];
}

async function resolve(
  uri: string,
  table: RecordTable,
  profile: Partial<ProxyProfile> = {},
  options: Partial<SipResolverOptions> = {},
): Promise<Outcome> {
  const { resolver, dns } = createFixture(table, options);

  return {
    targets: show(await resolver.resolve(query(uri), { ...PROFILE, ...profile })),
    questions: dns.questions,
  };
}

/** The zone of RFC 3263 section 4.1, with addresses. */
const EXAMPLE: RecordTable = {
  "NAPTR example.com": [
    "90 50 s SIP+D2T _sip._tcp.example.com",
    "50 50 s SIPS+D2T _sips._tcp.example.com",
    "100 50 s SIP+D2U _sip._udp.example.com",
  ],
  "SRV _sips._tcp.example.com": ["0 1 5061 server1.example.com"],
  "SRV _sip._tcp.example.com": ["0 1 5060 server1.example.com", "0 2 5060 server2.example.com"],
  "SRV _sip._udp.example.com": ["0 1 5060 server2.example.com"],
  "A server1.example.com": ["192.0.2.1"],
  "AAAA server1.example.com": ["2001:db8::1"],
  "A server2.example.com": ["192.0.2.2"],
};

describe("RFC 3263 section 4: names", () => {
  it("§4.1 NAPTR by order, then the SRV records of each, then their addresses", async () => {
    assert.deepEqual((await resolve("example.com", EXAMPLE)).targets, [
      "tls:192.0.2.1:5061",
      "tls:2001:db8::1:5061",
      "tcp:192.0.2.1:5060",
      "tcp:2001:db8::1:5060",
      "tcp:192.0.2.2:5060",
      "udp:192.0.2.2:5060",
    ]);
  });

  it("§4.1 NAPTR of equal order go by preference, the smaller first (RFC 3403 §4.1)", async () => {
    const { targets } = await resolve("example.com", {
      ...EXAMPLE,
      "NAPTR example.com": ["10 30 s SIP+D2T _sip._tcp.example.com", "10 20 s SIP+D2U _sip._udp.example.com"],
    });

    assert.deepEqual(targets, [
      "udp:192.0.2.2:5060",
      "tcp:192.0.2.1:5060",
      "tcp:2001:db8::1:5060",
      "tcp:192.0.2.2:5060",
    ]);
  });

  it("§4.1 services that are unknown, switched off, or not of flag s are skipped, whatever their letter case", async () => {
    const { targets } = await resolve(
      "example.com",
      {
        ...EXAMPLE,
        "NAPTR example.com": [
          "1 1 s SIP+D2S _sip._sctp.example.com",
          "2 1 u SIP+D2U _sip._udp.example.com",
          "3 1 s E2U+sip _sip._udp.example.com",
          "4 1 s SIP+D2T _sip._tcp.example.com",
          "5 1 S sip+d2u _sip._udp.example.com",
        ],
      },
      {},
      { isAvailable: (transport) => transport === "udp" },
    );

    assert.deepEqual(targets, ["udp:192.0.2.2:5060"]);
  });

  it("§4.1 sips: NAPTR of TLS only, and without one SRV of TLS only", async () => {
    const tls = ["tls:192.0.2.1:5061", "tls:2001:db8::1:5061"];
    const udpOnly = { transportPreference: ["udp"] } as const;

    assert.deepEqual((await resolve("sips:example.com", EXAMPLE)).targets, tls);

    const bySrv = await resolve("sips:example.com", { ...EXAMPLE, "NAPTR example.com": [] }, udpOnly);

    assert.deepEqual(bySrv.targets, tls);
    assert.ok(!bySrv.questions.includes("SRV _sip._udp.example.com"));
  });

  it("§4.1 sips without any record of TLS: the domain's addresses over TLS", async () => {
    const { targets } = await resolve("sips:example.org", { "A example.org": ["192.0.2.7"] });

    assert.deepEqual(targets, ["tls:192.0.2.7:5061"]);
  });

  it("force_transport_preference sorts what NAPTR says, and leaves other transports out", async () => {
    const { targets } = await resolve("example.com", EXAMPLE, {
      forceTransportPreference: true,
      transportPreference: ["udp", "tls"],
    });

    assert.deepEqual(targets, ["udp:192.0.2.2:5060", "tls:192.0.2.1:5061", "tls:2001:db8::1:5061"]);
  });

  it("NAPTR of which all SRV fail: the SRV records by the profile's preference, then the addresses", async () => {
    const naptr = { "NAPTR example.com": ["1 1 s SIP+D2U _sip._udp.elsewhere.example"] };

    assert.deepEqual(
      (
        await resolve("example.com", {
          ...naptr,
          "SRV _sip._tcp.example.com": ["0 0 5070 a.example.com"],
          "A a.example.com": ["192.0.2.3"],
        })
      ).targets,
      ["tcp:192.0.2.3:5070"],
    );
    assert.deepEqual((await resolve("example.com", { ...naptr, "A example.com": ["192.0.2.4"] })).targets, [
      "udp:192.0.2.4:5060",
    ]);
    assert.equal((await resolve("example.com", naptr)).targets, NO_RESOLUTION);
  });

  it("the first NAPTR's SRV fail: the next NAPTR's are used", async () => {
    const { targets } = await resolve("example.com", { ...EXAMPLE, "SRV _sips._tcp.example.com": "failed" });

    assert.equal(targets[0], "tcp:192.0.2.1:5060");
  });

  it("§4.1 no NAPTR: SRV of each transport in the profile's order", async () => {
    const { targets, questions } = await resolve(
      "example.com",
      { ...EXAMPLE, "NAPTR example.com": [] },
      { transportPreference: ["udp", "tls"], ipTypePreference: ["ipv4"] },
    );

    assert.deepEqual(targets, ["udp:192.0.2.2:5060", "tls:192.0.2.1:5061"]);
    assert.ok(!questions.includes("SRV _sip._tcp.example.com"));
    assert.ok(!questions.some((question) => question.startsWith("AAAA")));
  });

  it("use_naptr: no and use_srv: no ask for no such record", async () => {
    const withoutNaptr = await resolve("example.com", EXAMPLE, { useNaptr: false });
    const withoutSrv = await resolve("server1.example.com", EXAMPLE, { useSrv: false });

    assert.ok(!withoutNaptr.questions.includes("NAPTR example.com"));
    assert.equal(withoutNaptr.targets[0], "tls:192.0.2.1:5061");
    assert.deepEqual(withoutSrv.questions, ["A server1.example.com", "AAAA server1.example.com"]);
    assert.deepEqual(withoutSrv.targets, ["udp:192.0.2.1:5060", "udp:2001:db8::1:5060"]);
  });

  it("§4.1 neither NAPTR nor SRV: addresses over UDP; over TCP where UDP is off or not wanted", async () => {
    const table = { "A example.com": ["192.0.2.9"] };
    const noUdp: Partial<SipResolverOptions> = { isAvailable: (transport) => transport !== "udp" };

    assert.deepEqual((await resolve("example.com", table)).targets, ["udp:192.0.2.9:5060"]);
    assert.deepEqual((await resolve("example.com", table, {}, noUdp)).targets, ["tcp:192.0.2.9:5060"]);
    assert.deepEqual((await resolve("example.com", table, { transportPreference: ["tls", "tcp"] })).targets, [
      "tcp:192.0.2.9:5060",
    ]);
  });

  it("§4.2 a port: addresses only, over UDP, the transport named, or TLS for sips", async () => {
    const plain = await resolve("server1.example.com:5080", EXAMPLE);

    assert.deepEqual(plain.targets, ["udp:192.0.2.1:5080", "udp:2001:db8::1:5080"]);
    assert.deepEqual(plain.questions, ["A server1.example.com", "AAAA server1.example.com"]);
    assert.deepEqual((await resolve("server2.example.com:5080;transport=tcp", EXAMPLE)).targets, [
      "tcp:192.0.2.2:5080",
    ]);
    assert.deepEqual((await resolve("sips:server2.example.com:5080", EXAMPLE)).targets, [
      "tls:192.0.2.2:5080",
    ]);
  });

  it("§4.2 a transport: its SRV records, whatever the profile prefers; no NAPTR", async () => {
    const { targets, questions } = await resolve("example.com;transport=tcp", EXAMPLE, {
      transportPreference: ["udp"],
      ipTypePreference: ["ipv4"],
    });

    assert.deepEqual(targets, ["tcp:192.0.2.1:5060", "tcp:192.0.2.2:5060"]);
    assert.equal(questions[0], "SRV _sip._tcp.example.com");
  });

  it("§4.2 a transport without SRV records: addresses at its default port", async () => {
    assert.deepEqual((await resolve("server2.example.com;transport=tls", EXAMPLE)).targets, [
      "tls:192.0.2.2:5061",
    ]);
  });

  it("§4.2 SRV records whose servers have no address are not replaced by the domain's addresses", async () => {
    const { targets } = await resolve("example.com;transport=udp", {
      "SRV _sip._udp.example.com": ["0 0 5060 gone.example.com"],
      "A example.com": ["192.0.2.1"],
    });

    assert.equal(targets, NO_RESOLUTION);
  });

  it('RFC 2782 target ".": the service is not available, and its domain is not asked for addresses', async () => {
    const table = { "SRV _sip._udp.example.com": ["0 0 0 ."], "A example.com": ["192.0.2.1"] };

    assert.equal((await resolve("example.com;transport=udp", table)).targets, NO_RESOLUTION);
    assert.deepEqual((await resolve("example.com", table)).targets, ["tcp:192.0.2.1:5060"]);
  });

  it("ip_type_preference gives the order within each server", async () => {
    const { targets } = await resolve("server1.example.com:5060", EXAMPLE, {
      ipTypePreference: ["ipv6", "ipv4"],
    });

    assert.deepEqual(targets, ["udp:2001:db8::1:5060", "udp:192.0.2.1:5060"]);
  });

  it("families that one transport lacks are left out for this transport only", async () => {
    const { targets } = await resolve(
      "example.com",
      EXAMPLE,
      {},
      { isAvailable: (transport, ipType) => transport !== "tls" || ipType === "ipv6" },
    );

    assert.deepEqual((targets as string[]).slice(0, 3), [
      "tls:2001:db8::1:5061",
      "tcp:192.0.2.1:5060",
      "tcp:2001:db8::1:5060",
    ]);
  });

  it("INTEROP: an address as the target of an SRV record is used as it is", async () => {
    const { targets } = await resolve("example.com;transport=udp", {
      "SRV _sip._udp.example.com": ["0 0 5062 192.0.2.5"],
    });

    assert.deepEqual(targets, ["udp:192.0.2.5:5062"]);
  });

  it("RFC 5922 §7.2: the domain of a target is the one asked for, not the server's name", async () => {
    const { resolver } = createFixture(EXAMPLE);
    const targets = await resolver.resolve(query("Example.COM."), PROFILE);

    assert.deepEqual("status" in targets ? targets : targets[0], {
      transport: "tls",
      ip: "192.0.2.1",
      ipType: "ipv4",
      port: 5061,
      domain: "example.com",
    });
  });

  it("use_dns: no refuses names at once", () => {
    const { resolver } = createFixture(EXAMPLE);
    const resolution = resolver.resolve(query("example.com"), { ...PROFILE, useDns: false });

    assert.ok(!(resolution instanceof Promise));
    assert.equal(show(resolution), "478 Destination Requires Unsupported DNS Query no_dns");
  });

  it("transports that cannot be sent on are refused before any question", async () => {
    const { targets, questions } = await resolve("example.com;transport=ws", EXAMPLE);

    assert.equal(targets, "478 Unsupported Transport unsupported_transport");
    assert.deepEqual(questions, []);
  });

  it("what is no host is not asked for", async () => {
    for (const host of ["", "a b", "exa\r\nmple.com", "-", "[::1", "a..b"]) {
      const { resolver, dns } = createFixture(EXAMPLE);

      assert.equal(show(await resolver.resolve({ host, isSecure: false }, PROFILE)), NO_RESOLUTION, host);
      assert.deepEqual(dns.questions, []);
    }
  });

  it("SECURITY: one domain yields a bounded number of questions and targets", async () => {
    const records = Array.from({ length: 200 }, (_, index) => `1 1 5060 host${index}.example.com`);
    const addresses = Array.from({ length: 40 }, (_, index) => `192.0.2.${index}`);
    const table: Record<string, string[]> = {
      "NAPTR example.com": Array.from(
        { length: 100 },
        (_, index) => `1 ${index} s SIP+D2U s${index}.example.com`,
      ),
    };

    for (let index = 0; index < 200; index++) {
      table[`SRV s${index}.example.com`] = records;
      table[`A host${index}.example.com`] = addresses;
    }

    const { targets, questions } = await resolve("example.com", table, { ipTypePreference: ["ipv4"] });

    assert.equal(targets.length, 32);
    assert.equal(questions.length, 1 + 8 + 16);
  });

  it("equal targets are listed once, where they are best", async () => {
    const { targets } = await resolve("example.com;transport=udp", {
      "SRV _sip._udp.example.com": ["1 0 5060 a.example.com", "2 0 5060 b.example.com"],
      "A a.example.com": ["192.0.2.1"],
      "A b.example.com": ["192.0.2.2", "192.0.2.1"],
    });

    assert.deepEqual(targets, ["udp:192.0.2.1:5060", "udp:192.0.2.2:5060"]);
  });
});

describe("the resolver's use of the cache", () => {
  it("asks again only when the records' time is over", async () => {
    const { resolver, dns, clock } = createFixture(EXAMPLE);

    await resolver.resolve(query("example.com"), PROFILE);

    const asked = dns.questions.length;

    clock.advance(29_000);
    await resolver.resolve(query("example.com"), PROFILE);
    assert.equal(dns.questions.length, asked);

    clock.advance(31_000);
    await resolver.resolve(query("example.com"), PROFILE);
    assert.ok(dns.questions.length > asked);
  });

  it("dns_cache_time is the longest time, for each profile its own", async () => {
    const { resolver, dns, clock } = createFixture(EXAMPLE);
    const shortLived = { ...PROFILE, dnsCacheTime: 10 };

    await resolver.resolve(query("server2.example.com:5060"), PROFILE);
    clock.advance(20_000);
    await resolver.resolve(query("server2.example.com:5060"), PROFILE);
    assert.equal(dns.questions.length, 2);

    await resolver.resolve(query("server2.example.com:5060"), shortLived);
    assert.equal(dns.questions.length, 4);
  });

  it("use_dns_cache: no neither reads nor fills it", async () => {
    const { resolver, dns, cache } = createFixture(EXAMPLE);

    for (let times = 1; times <= 2; times++) {
      await resolver.resolve(query("server2.example.com:5060"), { ...PROFILE, useDnsCache: false });
      assert.equal(dns.questions.length, 2 * times);
    }

    assert.equal(cache.size, 0);
  });
});
