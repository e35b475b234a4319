import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { checkVerdict } from "../../support/check-verdict.ts";
import { receivedMessageBytes } from "../../support/naive-message.ts";
import { ABNF_CASES } from "./abnf-cases.ts";

describe("MessageParser, the ABNF of RFC 3261 section 25 and its updates", () => {
  const parser = new MessageParser();

  for (const { name, rule, bytes, expect } of ABNF_CASES) {
    it(`${rule}: ${name.length > 120 ? `${name.slice(0, 120)}...` : name}`, () => {
      const result = parser.parseDatagram(bytes);

      checkVerdict(result, expect);
      if (!(result instanceof ParseFailure)) {
        assert.equal(
          result.toBytes().toString("latin1"),
          receivedMessageBytes(bytes).toString("latin1"),
          "a message that nobody edits is written as it was received",
        );
      }
    });
  }

  it("has at least 150 cases, each with a rule", () => {
    assert.ok(ABNF_CASES.length >= 150);
    assert.deepEqual(
      ABNF_CASES.filter(({ rule }) => rule === ""),
      [],
    );
  });
});
