import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createListeningPoint } from "../../../src/transport/listening-point.ts";
import { LocalIdentity } from "../../../src/transport/local-identity.ts";

const POINTS = [
  createListeningPoint("udp", { ip: "10.0.0.1", port: 5060, advertisedHost: "192.0.2.1" }),
  createListeningPoint("tls", { ip: "10.0.0.1", port: 5061, advertisedHost: "Edge.Example.com" }),
  createListeningPoint("tcp", { ip: "2001:db8::1", port: 5080 }),
];
const identity = new LocalIdentity(POINTS, { domains: ["Example.org", "voip_2"], aliases: ["192.0.2.1"] });

describe("local identity (RFC 3261 §16.4)", () => {
  const ours: readonly (readonly [host: string, port: number | undefined, why: string])[] = [
    ["10.0.0.1", 5060, "bound address and port"],
    ["10.0.0.1", 5061, "bound address, port of another transport"],
    ["10.0.0.1", undefined, "bound address with the default port"],
    ["192.0.2.1", 5060, "advertised address"],
    ["192.0.2.1", undefined, "advertised address without a port"],
    ["192.0.2.1", 5061, "advertised address where the host name stands in Via"],
    ["edge.example.com", 5061, "record-route host name"],
    ["EDGE.example.COM.", 5061, "host name in another spelling"],
    ["edge.example.com", undefined, "record-route host name with the default port"],
    ["[2001:db8::1]", 5080, "IPv6 reference"],
    ["2001:db8::1", 5080, "IPv6 address without brackets"],
    ["[2001:DB8:0:0::0001]", 5080, "IPv6 reference in another spelling (RFC 5954 §4.2)"],
    ["example.org", undefined, "local domain"],
    ["EXAMPLE.ORG.", undefined, "local domain in another spelling"],
    ["example.org", 5060, "local domain with a listening port"],
    ["example.org", 5080, "local domain with another listening port"],
    ["voip_2", undefined, "local domain of one label"],
  ];
  const others: readonly (readonly [host: string, port: number | undefined, why: string])[] = [
    ["10.0.0.1", 5070, "another port of a bound address"],
    ["10.0.0.2", 5060, "another address"],
    ["2001:db8::1", undefined, "an address whose default port is not ours"],
    ["2001:db8::1", 5060, "the same with the port named"],
    ["192.0.2.1", 6000, "another port of an advertised address"],
    ["example.org", 6000, "a port of a local domain that is not ours"],
    ["sub.example.org", undefined, "a sub-domain"],
    ["xample.org", undefined, "another domain"],
    ["edge.example.com", 5060, "a port of a host name that is not listened at"],
    ["__proto__", undefined, "a name of JavaScript"],
    ["", undefined, "nothing"],
    ["[", 5060, "half an IPv6 reference"],
  ];

  for (const [host, port, why] of ours) {
    it(`${host} ${port ?? "without port"} is this server: ${why}`, () => {
      assert.equal(identity.isLocal(host, port), true);
    });
  }

  for (const [host, port, why] of others) {
    it(`${host} ${port ?? "without port"} is somebody else: ${why}`, () => {
      assert.equal(identity.isLocal(host, port), false);
    });
  }

  it("§18.1.2: only what this server writes into a Via counts as its sent-by", () => {
    assert.equal(identity.isSentBy("192.0.2.1", 5060), true);
    assert.equal(identity.isSentBy("192.0.2.1", undefined), true);
    assert.equal(identity.isSentBy("edge.example.com", 5061), true);
    assert.equal(identity.isSentBy("[2001:db8::1]", 5080), true);
    assert.equal(identity.isSentBy("10.0.0.1", 5060), false);
    assert.equal(identity.isSentBy("example.org", 5060), false);
    assert.equal(identity.isSentBy("[2001:db8::1]", undefined), false);
  });
});
