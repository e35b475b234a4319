import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import type { SipResponse } from "../../../src/message/sip-response.ts";
import { retryAfterSeconds } from "../../../src/proxy/retry-after.ts";
import { response } from "../../support/message-bytes.ts";

describe("§20.33 Retry-After", () => {
  const read = (...extra: string[]): number | undefined =>
    retryAfterSeconds(new MessageParser().parseDatagram(response({ extra })) as SipResponse);

  it("is read with or without comment and parameters", () => {
    assert.equal(read("Retry-After: 120"), 120);
    assert.equal(read("Retry-After: 18000;duration=3600"), 18_000);
    assert.equal(read("Retry-After: 120 (I'm in a meeting)"), 120);
  });

  it("is undefined when absent, malformed or no reasonable number", () => {
    assert.equal(read(), undefined);
    assert.equal(read("Retry-After: soon"), undefined);
    assert.equal(read("Retry-After: -5"), undefined);
    assert.equal(read("Retry-After: 99999999999999999999"), undefined);
  });
});
