import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AnswerMeaning, readAnswer } from "../../../src/resolver/dns-answer.ts";
import { readDnsMessage } from "../../../src/resolver/dns-message.ts";
import { a, cname, soa, type WrittenResponse, writeResponse } from "../../support/dns-server-message.ts";

const NAME = "example.com";

function meaningOf(response: Partial<WrittenResponse>, aliases = 0): AnswerMeaning {
  const message = readDnsMessage(writeResponse({ id: 1, name: NAME, type: 1, ...response }));

  assert.ok(message !== undefined);

  return readAnswer(message, NAME, "A", aliases);
}

describe("what a DNS answer means", () => {
  it("records, with the shortest of their times", () => {
    assert.deepEqual(meaningOf({ answers: [a(NAME, "192.0.2.1", 60), a(NAME, "192.0.2.2", 30)] }), {
      outcome: "records",
      records: [{ ip: "192.0.2.1" }, { ip: "192.0.2.2" }],
      ttlSeconds: 30,
    });
  });

  it("SECURITY: records of other names in the answer are not taken", () => {
    assert.deepEqual(meaningOf({ answers: [a("other.example", "192.0.2.66")] }), {
      outcome: "none",
      ttlSeconds: undefined,
    });
  });

  it("RFC 1034 §3.6.2: aliases within the answer are followed, in any order, and shorten the time", () => {
    assert.deepEqual(
      meaningOf({
        answers: [
          a("c.example", "192.0.2.1"),
          cname("b.example", "c.example", 20),
          cname(NAME, "b.example", 40),
        ],
      }),
      { outcome: "records", records: [{ ip: "192.0.2.1" }], ttlSeconds: 20 },
    );
  });

  it("an alias that the server does not follow is to be asked for", () => {
    assert.deepEqual(meaningOf({ answers: [cname(NAME, "b.example", 40)] }), {
      outcome: "alias",
      target: "b.example",
      ttlSeconds: 40,
      aliases: 1,
    });
  });

  it("RFC 2308 §5: no such record is good for the SOA's MINIMUM or TTL, the shorter", () => {
    assert.deepEqual(meaningOf({ authorities: [soa(NAME, 300, 60)] }), { outcome: "none", ttlSeconds: 60 });
    assert.deepEqual(meaningOf({ responseCode: 3, authorities: [soa(NAME, 30, 60)] }), {
      outcome: "none",
      ttlSeconds: 30,
    });
  });

  it("RFC 2308 §2.1: no such name at the end of an alias", () => {
    assert.deepEqual(meaningOf({ responseCode: 3, answers: [cname(NAME, "b.example")] }), {
      outcome: "none",
      ttlSeconds: undefined,
    });
  });

  it("SECURITY: aliases in a circle, and chains over the limit, end", () => {
    const circle = [cname(NAME, "b.example"), cname("b.example", NAME)];

    assert.deepEqual(meaningOf({ answers: circle }), {
      outcome: "server-failure",
      cause: "too many aliases",
    });
    assert.equal(meaningOf({ answers: [cname(NAME, "b.example")] }, 8).outcome, "server-failure");
  });

  it("a server that fails, refuses, refers or writes nonsense is not believed", () => {
    assert.equal(meaningOf({ responseCode: 2 }).outcome, "server-failure");
    assert.equal(meaningOf({ responseCode: 5 }).outcome, "server-failure");
    assert.equal(meaningOf({ flags: 0x8100 }).outcome, "server-failure");
    assert.equal(meaningOf({ flags: 0x8380 }).outcome, "server-failure");
    assert.equal(
      meaningOf({ answers: [{ name: NAME, type: "A", data: Buffer.alloc(3) }] }).outcome,
      "server-failure",
    );
  });

  it("SECURITY: of thousands of records 64 are kept", () => {
    const answers = Array.from({ length: 2000 }, (_, index) => a(NAME, `10.0.${index >> 8}.${index & 255}`));
    const meaning = meaningOf({ answers });

    assert.equal(meaning.outcome === "records" && meaning.records.length, 64);
  });
});
