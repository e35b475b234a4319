import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NameAddr } from "../../../src/grammar/name-addr.ts";
import { OwnRoutes } from "../../../src/proxy/own-routes.ts";
import type { ListeningPoint } from "../../../src/transport/listening-point.ts";

const POINT: ListeningPoint = {
  transport: "tcp",
  ipType: "ipv4",
  ip: "10.0.0.1",
  port: 5060,
  sentBy: "Edge.example.net:5060",
};
const LOCAL = { isLocal: (host: string) => host === "edge.example.net" || host === "[2001:db8::1]" };

describe("own Routes", () => {
  const routes = new OwnRoutes("secret", LOCAL);
  const origin = (text: string, of = routes): string => of.originOf(NameAddr.parse(text));

  it("the value is a loose route to the listening point, with its transport and ovid", () => {
    assert.match(
      routes.valueFor(POINT),
      /^<sip:Edge\.example\.net:5060;transport=tcp;lr;ovid=[0-9a-f]{24}>$/,
    );
    assert.match(
      routes.valueFor(POINT, { flowToken: "abc-DEF_1", isOutbound: true }),
      /^<sip:abc-DEF_1@Edge\.example\.net:5060;transport=tcp;lr;ovid=[0-9a-f]{24};ob>$/,
    );
  });

  it("RFC 3261 §26.2.2: of a sips URI, TLS needs no transport parameter, and WebSocket does", () => {
    assert.match(
      routes.valueFor({ ...POINT, transport: "tls" }, { isSecure: true }),
      /^<sips:Edge\.example\.net:5060;lr;/,
    );
    assert.match(
      routes.valueFor({ ...POINT, transport: "wss" }, { isSecure: true }),
      /^<sips:Edge\.example\.net:5060;transport=ws;lr;/,
    );
  });

  it("what it made is proven, also by another object with the same secret, and in other spelling of the host", () => {
    for (const value of [routes.valueFor(POINT), routes.valueFor(POINT, { flowToken: "abc" })]) {
      assert.equal(origin(value), "proven");
      assert.equal(origin(value, new OwnRoutes("secret", LOCAL)), "proven");
      assert.equal(origin(value.toLowerCase()), "proven");
    }
  });

  it("an ovid proves neither another host, port, transport nor token", () => {
    const value = routes.valueFor(POINT, { flowToken: "abc" });

    assert.equal(origin(value.replace("abc@", "abd@")), "forged");
    assert.equal(origin(value.replace(":5060", ":5061")), "forged");
    assert.equal(origin(value.replace("=tcp", "=udp")), "forged");
    assert.equal(origin(value.replace("Edge.example.net", "other.example.net")), "foreign");
    assert.equal(origin(value, new OwnRoutes("another", LOCAL)), "forged");
  });

  it("without ovid, or without a token, a URI that names this server is local", () => {
    assert.equal(origin("<sip:edge.example.net;lr>"), "local");
    assert.equal(origin("<sip:alice@edge.example.net;lr>"), "local");
    assert.equal(origin("<sip:edge.example.net;lr;ovid=00112233445566778899aabb>"), "local");
    assert.equal(origin("<sip:elsewhere.example.net;lr;ovid=00112233445566778899aabb>"), "foreign");
    assert.equal(origin("<tel:+1555>"), "foreign");
  });

  it("knows the text of what it handed out without a token, and of nothing else", () => {
    const value = routes.valueFor(POINT);
    const token = routes.valueFor(POINT, { flowToken: "abc" });

    assert.equal(routes.isKnownValue(value), true);
    assert.equal(routes.isKnownValue(token), false);
    assert.equal(routes.isKnownValue(value.replace("lr;", "")), false);
    assert.equal(routes.valueFor(POINT), value);
  });

  it("the Route of another node with the same secret is for that node", () => {
    assert.equal(
      origin(new OwnRoutes("secret", LOCAL).valueFor({ ...POINT, sentBy: "other.example.net:5060" })),
      "foreign",
    );
  });

  it("an IPv6 listening point is known again however its address is written", () => {
    const value = routes.valueFor({ ...POINT, ipType: "ipv6", sentBy: "[2001:db8::1]:5060" });

    assert.equal(origin(value), "proven");
    assert.equal(origin(value.replace("[2001:db8::1]", "[2001:0DB8:0:0:0:0:0:1]")), "proven");
  });
});
