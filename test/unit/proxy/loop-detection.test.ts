import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import type { SipRequest } from "../../../src/message/sip-request.ts";
import { LoopDetection } from "../../../src/proxy/loop-detection.ts";
import { type RequestTextOptions, requestText } from "../../support/request-text.ts";

function parse(method: string, options: RequestTextOptions = {}): SipRequest {
  return new MessageParser().parseDatagram(Buffer.from(requestText(method, options), "latin1")) as SipRequest;
}

describe("RFC 5393 §4.2 loop detection", () => {
  const detection = new LoopDetection();
  const base = detection.hashOf(parse("INVITE"));

  it("§4.2.1 the hash changes with what decides the routing", () => {
    for (const options of [
      { ruri: "sip:carol@198.51.100.7:5062" },
      { toTag: "callee" },
      { callId: "other" },
      { cseq: 2 },
      { extra: ["Route: <sip:next.example.org;lr>"] },
      { extra: ["Proxy-Require: path"] },
      { extra: ['Proxy-Authorization: Digest username="a"'] },
    ]) {
      assert.notEqual(detection.hashOf(parse("INVITE", options)), base, JSON.stringify(options));
    }
  });

  it("§4.2.1 not with the topmost Via, Max-Forwards, other header fields or the method", () => {
    for (const request of [
      parse("INVITE", { branch: "z9hG4bKother", sentBy: "203.0.113.1" }),
      parse("INVITE", { maxForwards: 3 }),
      parse("INVITE", { extra: ["X-Other: yes"], body: "body" }),
      parse("CANCEL"),
    ]) {
      assert.equal(detection.hashOf(request), base);
    }
  });

  it("the order of Routes counts, and one header field is not taken for another", () => {
    const hash = (...extra: string[]): string => detection.hashOf(parse("INVITE", { extra }));

    assert.notEqual(
      hash("Route: <sip:a;lr>", "Route: <sip:b;lr>"),
      hash("Route: <sip:b;lr>", "Route: <sip:a;lr>"),
    );
    assert.notEqual(hash("Proxy-Require: a"), hash("Proxy-Authorization: a"));
  });

  it("a header field is the same however it is folded", () => {
    const hash = (...extra: string[]): string => detection.hashOf(parse("INVITE", { extra }));

    assert.equal(hash("Route: <sip:a;lr>"), hash("route :\r\n  <sip:a;lr>"));
  });

  it("neighbouring values are not taken for one another, and similar ones make other hashes", () => {
    const hashes = new Set<string>();

    for (let i = 0; i < 20_000; i++) {
      hashes.add(detection.hashOf(parse("INVITE", { callId: `call-${i}` })));
      hashes.add(detection.hashOf(parse("INVITE", { cseq: i + 2 })));
    }

    assert.equal(hashes.size, 40_000);
    assert.notEqual(
      detection.hashOf(parse("INVITE", { callId: "ab", cseq: 12 })),
      detection.hashOf(parse("INVITE", { callId: "ab1", cseq: 2 })),
    );
  });

  it("another process with the same messages makes another hash", () => {
    assert.notEqual(new LoopDetection().hashOf(parse("INVITE")), base);
  });

  it("§8.1.1.7 branches begin with the cookie, are tokens, and never repeat", () => {
    const branches = Array.from({ length: 1000 }, () => detection.newBranch(base));

    assert.equal(new Set(branches).size, branches.length);
    assert.equal(
      branches.every((branch) => /^z9hG4bK[\w-]{32}$/.test(branch)),
      true,
    );
    assert.equal(
      branches.every((branch) => branch.endsWith(base)),
      true,
    );
  });

  it("a loop is found in whatever Via it shows, and not where there is none", () => {
    const branch = detection.newBranch(base);
    const below = parse("INVITE", {
      extra: [`Via: SIP/2.0/UDP a.example.org;branch=z9hG4bKx, SIP/2.0/UDP edge;branch=${branch}`],
    });

    assert.equal(detection.isLooped(below, base), true);
    assert.equal(detection.isLooped(parse("INVITE"), base), false);
    assert.equal(detection.isLooped(below, detection.hashOf(parse("INVITE", { cseq: 9 }))), false);
  });
});
