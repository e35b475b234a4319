import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import type { SipRequest } from "../../../src/message/sip-request.ts";
import { LoopDetection } from "../../../src/proxy/loop-detection.ts";
import { type RequestTextOptions, requestText } from "../../support/request-text.ts";

function parse(method: string, options: RequestTextOptions = {}): SipRequest {
  return new MessageParser().parseDatagram(Buffer.from(requestText(method, options), "latin1")) as SipRequest;
}

const detection = new LoopDetection();
const branch = detection.newBranch();
const OWN_VIA = `Via: SIP/2.0/UDP edge.example.com;branch=${branch}`;

/** Whether `method` with `now` and a Via of ours is a loop, when what came before had `before`. */
function isLooped(
  before: readonly string[],
  now: readonly string[],
  options: RequestTextOptions = {},
): boolean {
  const origin = parse("INVITE", { extra: before });
  const received = parse("INVITE", { ...options, extra: [OWN_VIA, ...now] });

  return detection.isLooped(received, {
    originOf: (asked, method) => (asked === branch && method === "INVITE" ? origin : undefined),
  });
}

describe("RFC 5393 §4.2 loop detection", () => {
  it("§4.2.1 what comes back with all that decides the routing is a loop", () => {
    assert.equal(isLooped([], []), true);
  });

  it("§4.2.1 it is a spiral when one of them has changed", () => {
    for (const options of [
      { ruri: "sip:carol@198.51.100.7:5062" },
      { toTag: "callee" },
      { callId: "other" },
      { cseq: 2 },
    ]) {
      assert.equal(isLooped([], [], options), false, JSON.stringify(options));
    }

    for (const line of [
      "Route: <sip:next.example.org;lr>",
      "Proxy-Require: path",
      'Proxy-Authorization: Digest username="a"',
    ]) {
      assert.equal(isLooped([], [line]), false, line);
      assert.equal(isLooped([line], [line]), true, line);
    }
  });

  it("§4.2.1 the topmost Via, Max-Forwards and other header fields make no spiral", () => {
    for (const options of [
      { branch: "z9hG4bKother", sentBy: "203.0.113.1" },
      { maxForwards: 3 },
      { body: "body" },
    ]) {
      assert.equal(isLooped([], ["X-Other: yes"], options), true);
    }
  });

  it("the order of Routes counts, and one header field is not taken for another", () => {
    assert.equal(
      isLooped(["Route: <sip:a;lr>", "Route: <sip:b;lr>"], ["Route: <sip:b;lr>", "Route: <sip:a;lr>"]),
      false,
    );
    assert.equal(isLooped(["Proxy-Require: a"], ["Proxy-Authorization: a"]), false);
  });

  it("a header field is the same however it is folded", () => {
    assert.equal(isLooped(["Route: <sip:a;lr>"], ["route :\r\n  <sip:a;lr>"]), true);
  });

  it("nothing is a loop without a Via of ours, or once the answer is known", () => {
    const received = parse("INVITE", { extra: [OWN_VIA] });
    const never = (): never => assert.fail("no transaction is looked for");

    assert.equal(detection.isLooped(parse("INVITE"), { originOf: never }), false);
    assert.equal(new LoopDetection().isLooped(received, { originOf: never }), false);
    assert.equal(detection.isLooped(received, { originOf: () => undefined }), false);
  });

  it("a Via of ours is found among others", () => {
    const received = parse("INVITE", {
      extra: [`Via: SIP/2.0/UDP a.example.org;branch=z9hG4bKx, SIP/2.0/UDP edge;branch=${branch}`],
    });

    assert.equal(detection.isLooped(received, { originOf: () => parse("INVITE") }), true);
  });

  it("what imitates the beginning of our branches is no loop", () => {
    const mark = branch.slice(0, -16);
    const received = parse("INVITE", {
      extra: [`Via: SIP/2.0/UDP edge;branch=${mark}${mark}`, `X-Other: ${mark}`],
    });

    assert.equal(detection.isLooped(received, { originOf: () => undefined }), false);
  });

  it("the same branch again is looked for once, and more than 70 are a loop without a look at them", () => {
    const others = Array.from({ length: 71 }, () => detection.newBranch());

    for (const [branches, expected, isLoop] of [
      [others.map(() => branch), 1, false],
      [others.slice(1), 70, false],
      [others, 0, true],
    ] as const) {
      let asked = 0;
      const received = parse("INVITE", { extra: [`X-Other: ${branches.join(",")}`] });
      const originOf = (): SipRequest => {
        asked++;

        return parse("INVITE", { cseq: 9 });
      };

      assert.equal(detection.isLooped(received, { originOf }), isLoop);
      assert.equal(asked, expected);
    }
  });

  it("§8.1.1.7 branches begin with the cookie, are tokens, and never repeat", () => {
    const branches = Array.from({ length: 1000 }, () => detection.newBranch());

    assert.equal(new Set(branches).size, branches.length);
    assert.equal(
      branches.every((text) => /^z9hG4bK[\w-]{24}$/.test(text)),
      true,
    );
  });

  it("§16.11 an ACK has always the same branch, and another one another", () => {
    const ack = parse("ACK", { toTag: "callee" });

    assert.match(detection.ackBranch(ack), /^z9hG4bK[\w-]{32}$/);
    assert.equal(detection.ackBranch(parse("ACK", { toTag: "callee" })), detection.ackBranch(ack));
    assert.notEqual(detection.ackBranch(parse("ACK", { toTag: "other" })), detection.ackBranch(ack));
    assert.notEqual(new LoopDetection().ackBranch(ack), detection.ackBranch(ack));
  });

  it("an ACK that comes back unchanged is known by its branch", () => {
    const via = `Via: SIP/2.0/UDP edge.example.com;branch=${detection.ackBranch(parse("ACK"))}`;

    assert.equal(detection.isAckLooped(parse("ACK", { extra: [via] })), true);
    assert.equal(detection.isAckLooped(parse("ACK")), false);
    assert.equal(detection.isAckLooped(parse("ACK", { extra: [via], cseq: 9 })), false);
    assert.equal(new LoopDetection().isAckLooped(parse("ACK", { extra: [via] })), false);
  });
});
