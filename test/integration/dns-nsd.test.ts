/** The resolver against an authoritative server of others' making, with zones in their text form. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DnsCache } from "../../src/resolver/dns-cache.ts";
import { DnsClient } from "../../src/resolver/dns-client.ts";
import { SipResolver } from "../../src/resolver/sip-resolver.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { Nsd } from "../support/nsd.ts";
import { PROFILE, query, SILENT_LOGGER, show } from "../unit/resolver/resolver-fixture.ts";

const CLOCK = new SystemClock();

/** Many servers, so that their SRV records need more than one datagram. */
const MANY = Array.from(
  { length: 60 },
  (_, index) =>
    `_sip._udp.many IN SRV ${index} 0 ${6000 + index} a-rather-long-name-of-a-server-${index}.hosts`,
).join("\n");

const ZONES = {
  "example.test": `
@ IN NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp
@ IN NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp
@ IN NAPTR 100 50 "S" "sip+d2u" "" _sip._udp
@ IN NAPTR 10 50 "u" "E2U+sip" "!^.*$!sip:info@example.test!" .
_sips._tcp IN SRV 0 1 5061 server1
_sip._tcp IN SRV 1 1 5060 server2
_sip._tcp IN SRV 0 1 5060 server1
_sip._udp IN SRV 0 0 5060 alias
server1 300 IN A 192.0.2.1
server1 60 IN AAAA 2001:db8::1
server2 IN A 192.0.2.2
server2 IN A 192.0.2.3
alias 30 IN CNAME server2
away IN CNAME host.other.test.
loop IN CNAME pool
pool IN CNAME loop
*.users IN A 192.0.2.77
refused IN A 192.0.2.9
_sip._udp.refused IN SRV 0 0 0 .
${MANY}
*.hosts IN A 192.0.2.200
`,
  "other.test": `
host IN A 192.0.2.50
`,
};

describe("DNS client and resolver against NSD", () => {
  let nsd: Nsd;
  let dns: DnsClient;
  let resolver: SipResolver;

  before(async () => {
    nsd = await Nsd.start(ZONES);
    dns = new DnsClient({
      clock: CLOCK,
      logger: SILENT_LOGGER,
      nameservers: [nsd.address],
      hostsPath: "/dev/null",
    });
    resolver = new SipResolver({
      dns,
      cache: new DnsCache({ clock: CLOCK }),
      logger: SILENT_LOGGER,
      isAvailable: () => true,
    });
  });

  after(async () => {
    dns.close();
    CLOCK.close();
    await nsd.stop();
  });

  async function resolve(uri: string): Promise<string[] | string> {
    return show(await resolver.resolve(query(uri), PROFILE));
  }

  it("RFC 3263 §4.1: NAPTR, SRV, A, AAAA and an alias", async () => {
    assert.deepEqual(await resolve("example.test"), [
      "tls:192.0.2.1:5061",
      "tls:2001:db8::1:5061",
      "tcp:192.0.2.1:5060",
      "tcp:2001:db8::1:5060",
      "tcp:192.0.2.2:5060",
      "tcp:192.0.2.3:5060",
      "udp:192.0.2.2:5060",
      "udp:192.0.2.3:5060",
    ]);
  });

  it("RFC 3263 §4.1: sips is TLS only", async () => {
    assert.deepEqual(await resolve("sips:example.test"), ["tls:192.0.2.1:5061", "tls:2001:db8::1:5061"]);
  });

  it("a wildcard's addresses", async () => {
    assert.deepEqual(await resolve("alice.users.example.test:5080"), ["udp:192.0.2.77:5080"]);
    assert.deepEqual(await resolve("bob.users.example.test;transport=tls"), ["tls:192.0.2.77:5061"]);
  });

  it("an alias into another zone", async () => {
    assert.deepEqual(await resolve("away.example.test:5060"), ["udp:192.0.2.50:5060"]);
  });

  it("SECURITY: aliases in a circle end", async () => {
    assert.equal(await resolve("loop.example.test:5060"), "404 No DNS Resolution no_dns_resolution");
  });

  it('RFC 2782: the target "." refuses the service', async () => {
    assert.equal(
      await resolve("refused.example.test;transport=udp"),
      "404 No DNS Resolution no_dns_resolution",
    );
    assert.deepEqual(await resolve("refused.example.test;transport=tcp"), ["tcp:192.0.2.9:5060"]);
  });

  it("RFC 7766 §5: an answer that no datagram holds comes over TCP", async () => {
    const answer = await dns.lookup("_sip._udp.many.example.test", "SRV");

    assert.equal(answer.outcome === "records" && answer.records.length, 60);
    assert.equal(((await resolve("many.example.test;transport=udp")) as string[])[0], "udp:192.0.2.200:6000");
  });

  it("TTLs: of the records, of an alias when shorter, of the SOA for what does not exist", async () => {
    assert.deepEqual(await dns.lookup("server1.example.test", "A"), {
      outcome: "records",
      records: [{ ip: "192.0.2.1" }],
      ttlSeconds: 300,
    });

    const alias = await dns.lookup("Alias.Example.test", "A");

    assert.equal(alias.outcome === "records" && alias.ttlSeconds, 30);
    assert.deepEqual(await dns.lookup("server1.example.test", "NAPTR"), { outcome: "none", ttlSeconds: 45 });
    assert.deepEqual(await dns.lookup("nobody.example.test", "A"), { outcome: "none", ttlSeconds: 45 });
  });

  it("a zone that the server does not have is a failure, not an absence", async () => {
    assert.equal((await dns.lookup("example.invalid", "A")).outcome, "failed");
  });
});
