import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readAnswer } from "../../../src/resolver/dns-answer.ts";
import { readDnsMessage } from "../../../src/resolver/dns-message.ts";
import { isDomainName, readName } from "../../../src/resolver/dns-name.ts";
import { isResponseTo, writeQuery } from "../../../src/resolver/dns-query.ts";
import {
  a,
  aaaa,
  cname,
  naptr,
  soa,
  srv,
  uint16,
  uint32,
  type WrittenRecord,
  writeName,
  writeResponse,
} from "../../support/dns-server-message.ts";

const NAME = "example.com";

/** A response to `A example.com` with these bytes after the question. */
function responseWith(answers: number, sections: Buffer): Buffer {
  return Buffer.concat([uint16(7, 0x8180, 1, answers, 0, 0), writeName(NAME), uint16(1, 1), sections]);
}

function answersOf(...answers: WrittenRecord[]): unknown {
  const message = readDnsMessage(writeResponse({ id: 1, name: NAME, type: 1, answers }));

  assert.equal(message?.isWellFormed, true);

  return message?.answers.map((answer) => answer.data);
}

describe("RFC 1035 section 4: reading DNS messages", () => {
  it("§4.1.1 and §4.1.2: header and question", () => {
    const message = readDnsMessage(
      writeResponse({ id: 0xabcd, name: "Example.COM", type: 33, flags: 0x8780, responseCode: 3 }),
    );

    assert.deepEqual(message, {
      id: 0xabcd,
      isResponse: true,
      isAuthoritative: true,
      isTruncated: true,
      isRecursionAvailable: true,
      responseCode: 3,
      questionName: "example.com",
      questionType: 33,
      questionClass: 1,
      isWellFormed: true,
      answers: [],
      authorities: [],
    });
  });

  it("A, AAAA (RFC 3596), SRV (RFC 2782), NAPTR (RFC 3403) and CNAME records", () => {
    assert.deepEqual(answersOf(a(NAME, "192.0.2.1")), [{ type: "A", record: { ip: "192.0.2.1" } }]);
    assert.deepEqual(answersOf(aaaa(NAME, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])), [
      { type: "AAAA", record: { ip: "2001:db8::1" } },
    ]);
    assert.deepEqual(answersOf(srv(NAME, [10, 20, 5060], "Host.Example.com")), [
      { type: "SRV", record: { priority: 10, weight: 20, port: 5060, target: "host.example.com" } },
    ]);
    assert.deepEqual(answersOf(srv(NAME, [0, 0, 0], ".")), [
      { type: "SRV", record: { priority: 0, weight: 0, port: 0, target: "." } },
    ]);
    assert.deepEqual(answersOf(naptr(NAME, [50, 60], ["s", "SIPS+D2T", "!a!b!"], "_sips._tcp.example.com")), [
      {
        type: "NAPTR",
        record: {
          order: 50,
          preference: 60,
          flags: "s",
          service: "SIPS+D2T",
          regexp: "!a!b!",
          replacement: "_sips._tcp.example.com",
        },
      },
    ]);
    assert.deepEqual(answersOf(cname(NAME, "alias.example.com")), [
      { type: "CNAME", target: "alias.example.com" },
    ]);
  });

  it("§4.1.4 compressed names are followed", () => {
    // Owner: pointer to the question's name at 12; target: "host" and the same pointer.
    const bytes = responseWith(
      1,
      Buffer.concat([
        uint16(0xc00c, 5, 1),
        uint32(60),
        uint16(7),
        Buffer.from("\x04host", "latin1"),
        uint16(0xc00c),
      ]),
    );

    assert.deepEqual(readDnsMessage(bytes)?.answers, [
      { name: NAME, ttlSeconds: 60, data: { type: "CNAME", target: "host.example.com" } },
    ]);
  });

  it("records of other classes and types are passed over; so is the additional section", () => {
    const chaos = Buffer.concat([writeName(NAME), uint16(1, 3), uint32(60), uint16(4), Buffer.alloc(4)]);
    const message = readDnsMessage(responseWith(1, chaos));

    assert.equal(message?.isWellFormed, true);
    assert.deepEqual(message?.answers, []);
    assert.deepEqual(answersOf({ name: NAME, type: "TXT", data: Buffer.from("\x01x") }), []);

    const withAdditional = writeResponse({ id: 1, name: NAME, type: 1, additionals: [a(NAME, "192.0.2.1")] });

    assert.deepEqual(readDnsMessage(withAdditional)?.answers, []);
  });

  it("RFC 2181 §8: a TTL with the top bit set is 0", () => {
    const answers = [a(NAME, "192.0.2.1", 0x80000001)];

    assert.equal(
      readDnsMessage(writeResponse({ id: 1, name: NAME, type: 1, answers }))?.answers[0]?.ttlSeconds,
      0,
    );
  });

  it("a byte that no host name has is written as \\DDD: a dot in a label stays in its label", () => {
    const bytes = Buffer.from("\x05a.b\r\x00\x03com\x00", "latin1");

    assert.deepEqual(readName(bytes, 0), { name: "a\\046b\\013\\000.com", end: 11 });
    assert.equal(isDomainName("a\\046b.com"), false);
  });
});

describe("SECURITY: hostile DNS messages (CVE-2017-9454 and its kin)", () => {
  const rich = writeResponse({
    id: 7,
    name: NAME,
    type: 33,
    answers: [
      srv(NAME, [1, 2, 5060], "a.example.com"),
      naptr(NAME, [1, 2], ["s", "SIP+D2U", ""], "_sip._udp.example.com"),
      cname(NAME, "b.example.com"),
      aaaa(NAME, [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]),
      a(NAME, "192.0.2.1"),
    ],
    authorities: [soa(NAME, 300)],
  });

  it("cut at every byte: no whole answer and no throw", () => {
    assert.equal(readDnsMessage(rich)?.isWellFormed, true);

    for (let length = 0; length < rich.length; length++) {
      const message = readDnsMessage(Buffer.from(rich.subarray(0, length)));

      assert.notEqual(message?.isWellFormed, true, `${length} bytes`);
    }
  });

  it("each byte changed to anything: no throw, and names within their limit", () => {
    fc.assert(
      fc.property(
        fc.nat(rich.length - 1),
        fc.nat(255),
        fc.nat(rich.length - 1),
        fc.nat(255),
        (i, x, j, y) => {
          const bytes = Buffer.from(rich);

          bytes[i] = x;
          bytes[j] = y;

          for (const answer of readDnsMessage(bytes)?.answers ?? []) {
            assert.ok(answer.name.length <= 4 * 255);
          }
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("any bytes: no throw, nor in what is made of them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (random) => {
        const message = readDnsMessage(responseWith(3, Buffer.from(random)));

        assert.ok(message !== undefined);
        readAnswer(message, NAME, "A", 0);
        readDnsMessage(Buffer.from(random));
      }),
      { numRuns: 5000 },
    );
  });

  it("compression pointers to themselves, to each other, forward and out of the message", () => {
    for (const name of [
      "\xc0\x00",
      "\xc0\x02\xc0\x00",
      "\x01a\xc0\x00",
      "\xc0\x02\x01a\x00",
      "\xff\xff",
      "\xc0",
    ]) {
      assert.equal(readName(Buffer.from(name, "latin1"), 0), undefined, JSON.stringify(name));
    }

    // At 2, a pair of pointers that lead to each other.
    assert.equal(readName(Buffer.from("\xc0\x02\xc0\x00", "latin1"), 2), undefined);
  });

  it("a chain of pointers ends with the name's 255 bytes", () => {
    // Each pointer leads one label back: with the label in front of it, a longer name each time.
    const label = `\x3f${"a".repeat(63)}`;
    let bytes = "\x00";
    let start = 0;

    for (let links = 0; links < 10; links++) {
      const pointer = String.fromCharCode(0xc0 | (start >> 8), start & 0xff);

      start = bytes.length;
      bytes += label + pointer;
    }

    assert.equal(readName(Buffer.from(bytes, "latin1"), start), undefined);
    assert.equal(readName(Buffer.from(bytes, "latin1"), 1)?.name, "a".repeat(63));
  });

  it("reserved label types and names over 255 bytes", () => {
    assert.equal(readName(Buffer.from("\x40a\x00", "latin1"), 0), undefined);
    assert.equal(readName(Buffer.from("\x80a\x00", "latin1"), 0), undefined);
    assert.equal(readName(Buffer.from(`${"\x01a".repeat(128)}\x00`, "latin1"), 0), undefined);
    assert.equal(readName(Buffer.from(`${"\x01a".repeat(127)}\x00`, "latin1"), 0)?.end, 255);
  });

  it("data that is shorter or longer than its record says", () => {
    for (const data of [Buffer.alloc(3), Buffer.alloc(5), Buffer.alloc(0)]) {
      const bytes = writeResponse({ id: 1, name: NAME, type: 1, answers: [{ name: NAME, type: "A", data }] });

      assert.equal(readDnsMessage(bytes)?.isWellFormed, false);
    }

    for (const type of ["SRV", "NAPTR", "CNAME", "SOA"] as const) {
      for (const length of [0, 1, 5, 6]) {
        const answers = [{ name: NAME, type, data: Buffer.alloc(length, 3) }];

        assert.equal(
          readDnsMessage(writeResponse({ id: 1, name: NAME, type: 1, answers }))?.isWellFormed,
          false,
          `${type} ${length}`,
        );
      }
    }
  });

  it("data that goes on after its name", () => {
    const extra = Buffer.from([0]);

    for (const { type, data } of [
      cname(NAME, "a.test"),
      srv(NAME, [1, 1, 1], "a.test"),
      naptr(NAME, [1, 1], ["s", "SIP+D2U", ""], "a.test"),
      soa(NAME, 1),
    ]) {
      const answers = [{ name: NAME, type, data: Buffer.concat([data, extra]) }];
      const message = readDnsMessage(writeResponse({ id: 1, name: NAME, type: 1, answers }));

      assert.equal(message?.isWellFormed, false, type);
    }
  });

  it("a NAPTR text that reaches past its record", () => {
    const data = Buffer.concat([uint16(1, 1), Buffer.from([200]), Buffer.from("s")]);
    const bytes = writeResponse({
      id: 1,
      name: NAME,
      type: 35,
      answers: [{ name: NAME, type: "NAPTR", data }, a(NAME, "192.0.2.1")],
    });

    assert.equal(readDnsMessage(bytes)?.isWellFormed, false);
  });

  it("65,535 records announced and none there", () => {
    assert.equal(readDnsMessage(responseWith(65535, Buffer.alloc(0)))?.isWellFormed, false);
  });
});

describe("RFC 1035 section 4: queries", () => {
  it("are written with recursion desired, and EDNS with 1,232 bytes (RFC 6891) when asked to", () => {
    const question = { name: "_sip._udp.example.com", type: "SRV" } as const;
    const plain = Buffer.concat([
      uint16(0x1234, 0x0100, 1, 0, 0, 0),
      Buffer.from("\x04_sip\x04_udp\x07example\x03com\x00", "latin1"),
      uint16(33, 1),
    ]);
    const withEdns = Buffer.concat([plain, Buffer.from([0]), uint16(41, 1232), uint32(0), uint16(0)]);

    withEdns.writeUInt16BE(1, 10);

    assert.deepEqual(writeQuery(0x1234, question, false), plain);
    assert.deepEqual(writeQuery(0x1234, question, true), withEdns);
  });

  it("RFC 5452 §9.1: an answer must repeat id, name, type and class, and be a response", () => {
    const question = { name: NAME, type: "A" } as const;
    const matches = (bytes: Buffer): boolean => {
      const message = readDnsMessage(bytes);

      return message !== undefined && isResponseTo(message, 7, question);
    };
    const otherClass = writeResponse({ id: 7, name: NAME, type: 1 });

    otherClass.writeUInt16BE(3, otherClass.length - 2);

    assert.equal(matches(writeResponse({ id: 7, name: "EXAMPLE.com", type: 1 })), true);
    assert.equal(matches(writeResponse({ id: 8, name: NAME, type: 1 })), false);
    assert.equal(matches(writeResponse({ id: 7, name: "example.org", type: 1 })), false);
    assert.equal(matches(writeResponse({ id: 7, name: NAME, type: 28 })), false);
    assert.equal(matches(otherClass), false);
    assert.equal(matches(writeResponse({ id: 7, name: NAME, type: 1, flags: 0x0180 })), false);
    assert.equal(matches(writeResponse({ id: 7, name: NAME, type: 1, flags: 0xa180 })), false);
  });

  it("names that no zone can have are known beforehand", () => {
    for (const name of [
      "",
      ".",
      "a..b",
      "a.",
      ".a",
      "a b",
      "a\u00e4",
      "a".repeat(64),
      `${"a.".repeat(127)}a`,
    ]) {
      assert.equal(isDomainName(name), false, name);
    }

    for (const name of ["a", "_sip._udp.example.com", "a".repeat(63), `${"a.".repeat(126)}a`]) {
      assert.equal(isDomainName(name), true, name);
    }
  });
});
