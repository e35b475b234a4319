import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { ProxyHeader } from "../../../src/transport/proxy-header.ts";
import {
  DEFAULT_MAX_V2_BYTES,
  MAX_V1_BYTES,
  ProxyHeaderReader,
  parseProxyHeader,
} from "../../../src/transport/proxy-protocol.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const IPV4_BLOCK = "c0000201c63364011234 01bb";
const IPV6_BLOCK = `20010db8${"00".repeat(11)}01 20010db8${"00".repeat(11)}02 c001 01bb`;

function v2(versionCommand: string, family: string, body: string, length?: number): Buffer {
  const bytes = Buffer.from(body.replaceAll(" ", ""), "hex");
  const header = Buffer.from(`${SIGNATURE}${versionCommand}${family}0000`, "hex");

  header.writeUInt16BE(length ?? bytes.length, 14);

  return Buffer.concat([header, bytes]);
}

function tlv(type: string, value: Buffer): string {
  const head = Buffer.from(`${type}0000`, "hex");

  head.writeUInt16BE(value.length, 1);

  return Buffer.concat([head, value]).toString("hex");
}

function header(bytes: Buffer): ProxyHeader {
  const result = parseProxyHeader(bytes);

  assert.equal(result.status, "complete");

  return (result as { header: ProxyHeader }).header;
}

function fault(bytes: Buffer | string): string {
  const result = parseProxyHeader(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);

  return result.status === "invalid" ? result.fault : result.status;
}

const WHOLE_HEADERS: readonly Buffer[] = [
  Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"),
  Buffer.from("PROXY TCP6 2001:db8::1 2001:db8::2 49153 443\r\n"),
  Buffer.from("PROXY UNKNOWN\r\n"),
  Buffer.from("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n"),
  v2("21", "11", IPV4_BLOCK),
  v2("21", "21", IPV6_BLOCK),
  v2("21", "31", "2f".repeat(216)),
  v2("20", "00", ""),
  v2("21", "00", ""),
  v2("21", "11", IPV4_BLOCK + tlv("04", Buffer.alloc(40)) + tlv("ea", Buffer.from("vpce"))),
];

describe("PROXY protocol version 1 (§2.1)", () => {
  it("TCP4 gives both endpoints and consumes the line only", () => {
    const bytes = Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET / HTTP/1.1\r\n");

    assert.deepEqual(parseProxyHeader(bytes), {
      status: "complete",
      consumed: 45,
      header: {
        version: 1,
        command: "proxy",
        source: { ip: "192.0.2.1", port: 56324 },
        destination: { ip: "198.51.100.1", port: 443 },
      },
    });
  });

  it("TCP6 gives lower-case addresses, an IPv4-mapped one as IPv4", () => {
    const plain = header(Buffer.from("PROXY TCP6 2001:DB8::A 2001:db8::2 1 0\r\n"));
    const mapped = header(Buffer.from("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"));

    assert.deepEqual(plain.source, { ip: "2001:db8::a", port: 1 });
    assert.equal(mapped.source?.ip, "192.0.2.1");
  });

  it("UNKNOWN has no address, whatever follows it", () => {
    for (const text of ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN a b c d e f g\r\n"]) {
      assert.equal(header(Buffer.from(text)).source, undefined);
    }
  });

  it("the longest line allowed, 107 bytes, is read; one byte more is too long", () => {
    const longest = `PROXY UNKNOWN ${"x".repeat(MAX_V1_BYTES - 16)}\r\n`;

    assert.equal(longest.length, MAX_V1_BYTES);
    assert.equal(fault(longest), "complete");
    assert.equal(fault(`PROXY UNKNOWN ${"x".repeat(MAX_V1_BYTES - 15)}\r\n`), "too-long");
    assert.equal(fault(`PROXY ${"x".repeat(MAX_V1_BYTES - 7)}`), "incomplete");
    assert.equal(fault(`PROXY ${"x".repeat(MAX_V1_BYTES - 6)}`), "too-long");
  });

  const malformed = [
    "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 \r\n",
    "PROXY TCP4  192.0.2.1 198.51.100.1 56324 443\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 056 443\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 -1 443\r\n",
    "PROXY TCP4 192.0.2.1 198.51.100.1 1e3 443\r\n",
    "PROXY TCP4 192.0.2.01 198.51.100.1 1 443\r\n",
    "PROXY TCP4 192.0.2 198.51.100.1 1 443\r\n",
    "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
    "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
    "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
    "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
    "PROXY tcp4 192.0.2.1 198.51.100.1 1 2\r\n",
    "PROXY \r\n",
  ];

  for (const line of malformed) {
    it(`refuses ${JSON.stringify(line)}`, () => {
      assert.equal(fault(line), "malformed");
    });
  }

  it("anything else is refused at its first wrong byte", () => {
    for (const text of ["G", "GET / HTTP/1.1\r\n", "PROXX", "proxy TCP4", "\r\n\r\nX", "\x16\x03\x01"]) {
      assert.equal(fault(text), "not-proxy", text);
    }
  });
});

describe("PROXY protocol version 2 (§2.2)", () => {
  it("AF_INET and AF_INET6 give both endpoints", () => {
    assert.deepEqual(header(v2("21", "11", IPV4_BLOCK)), {
      version: 2,
      command: "proxy",
      source: { ip: "192.0.2.1", port: 0x1234 },
      destination: { ip: "198.51.100.1", port: 443 },
    });
    assert.deepEqual(header(v2("21", "21", IPV6_BLOCK)).source, { ip: "2001:db8::1", port: 49153 });
    assert.deepEqual(header(v2("21", "21", IPV6_BLOCK)).destination, { ip: "2001:db8::2", port: 443 });
  });

  it("an IPv4-mapped source is plain IPv4", () => {
    const block = `${"00".repeat(10)}ffffc0000201 ${"00".repeat(15)}01 0001 0002`;

    assert.deepEqual(header(v2("21", "21", block)).source, { ip: "192.0.2.1", port: 1 });
  });

  it("LOCAL keeps the socket's own address and skips whatever block follows", () => {
    for (const bytes of [v2("20", "00", ""), v2("20", "11", IPV4_BLOCK), v2("20", "ff", "0102")]) {
      assert.equal(header(bytes).command, "local");
      assert.equal(header(bytes).source, undefined);
      assert.equal((parseProxyHeader(bytes) as { consumed: number }).consumed, bytes.length);
    }
  });

  it("AF_UNSPEC and AF_UNIX have no address", () => {
    assert.equal(header(v2("21", "00", "")).source, undefined);
    assert.equal(header(v2("21", "31", "2f".repeat(216))).source, undefined);
  });

  it("extensions: unknown ones are skipped, authority and TLS data are read", () => {
    const ssl = Buffer.concat([
      Buffer.from("0300000000", "hex"),
      Buffer.from(tlv("21", Buffer.from("TLSv1.3")), "hex"),
      Buffer.from(tlv("22", Buffer.from("alice.example.com")), "hex"),
      Buffer.from(tlv("23", Buffer.from("TLS_AES_256_GCM_SHA384")), "hex"),
    ]);
    const body =
      IPV4_BLOCK +
      tlv("ea", Buffer.from("vpce-1")) +
      tlv("02", Buffer.from("sip.example.com")) +
      tlv("04", Buffer.alloc(3)) +
      tlv("20", ssl);

    assert.deepEqual(header(v2("21", "11", body)), {
      version: 2,
      command: "proxy",
      source: { ip: "192.0.2.1", port: 0x1234 },
      destination: { ip: "198.51.100.1", port: 443 },
      authority: "sip.example.com",
      tls: {
        version: "TLSv1.3",
        hasClientCertificate: true,
        isVerified: true,
        commonName: "alice.example.com",
      },
    });
  });

  it("SECURITY: a verify field of zero does not count without a client certificate", () => {
    const tlsOf = (ssl: string) =>
      header(v2("21", "11", IPV4_BLOCK + tlv("20", Buffer.from(ssl, "hex")))).tls;

    assert.equal(tlsOf("0100000000")?.isVerified, false);
    assert.equal(tlsOf("0600000000")?.isVerified, false);
    assert.equal(tlsOf("0300000001")?.isVerified, false);
    assert.equal(tlsOf("0500000000")?.isVerified, true);
  });

  const malformed: readonly (readonly [string, Buffer])[] = [
    ["version 1", v2("11", "11", IPV4_BLOCK)],
    ["version 3", v2("31", "11", IPV4_BLOCK)],
    ["command 2", v2("22", "11", IPV4_BLOCK)],
    ["family 4", v2("21", "41", IPV4_BLOCK)],
    ["transport protocol 3", v2("21", "13", IPV4_BLOCK)],
    ["a block shorter than two IPv4 endpoints", v2("21", "11", IPV4_BLOCK, 11)],
    ["a block shorter than two IPv6 endpoints", v2("21", "21", IPV6_BLOCK, 35)],
    ["a block shorter than two UNIX paths", v2("21", "31", "2f".repeat(215))],
    ["an extension cut in its head", v2("21", "11", `${IPV4_BLOCK} 0400`)],
    ["an extension longer than the header", v2("21", "11", `${IPV4_BLOCK} 040005 00000000`)],
    ["TLS data without its fixed part", v2("21", "11", IPV4_BLOCK + tlv("20", Buffer.alloc(4)))],
    [
      "TLS data whose inner extension runs over",
      v2("21", "11", IPV4_BLOCK + tlv("20", Buffer.from("0100000000220009", "hex"))),
    ],
  ];

  for (const [name, bytes] of malformed) {
    it(`refuses ${name}`, () => {
      assert.equal(fault(bytes), "malformed");
    });
  }

  it("refuses a length above the limit before its bytes arrive", () => {
    assert.equal(fault(v2("21", "11", IPV4_BLOCK, DEFAULT_MAX_V2_BYTES)), "incomplete");
    assert.equal(fault(v2("21", "11", IPV4_BLOCK, DEFAULT_MAX_V2_BYTES + 1)), "too-long");
    assert.equal(fault(v2("20", "00", "", 0xffff)), "too-long");
  });
});

describe("PROXY protocol, both versions", () => {
  it("every header cut anywhere is incomplete, never complete or invalid", () => {
    for (const bytes of WHOLE_HEADERS) {
      for (let length = 0; length < bytes.length; length += 1) {
        assert.equal(
          fault(bytes.subarray(0, length)),
          "incomplete",
          `${bytes.toString("latin1")} at ${length}`,
        );
      }

      assert.equal(fault(bytes), "complete");
    }
  });

  it("the result does not depend on how the bytes are cut, and the client's bytes come out whole", () => {
    const payload = Buffer.from("\r\n\r\nPROXY TCP4 OPTIONS sip:a SIP/2.0\r\n");

    fc.assert(
      fc.property(
        fc.constantFrom(...WHOLE_HEADERS),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
        (bytes, sizes) => {
          const stream = Buffer.concat([bytes, payload]);
          const reader = new ProxyHeaderReader();

          for (let offset = 0, turn = 0; ; turn += 1) {
            const size = sizes[turn % sizes.length] as number;
            const result = reader.push(stream.subarray(offset, offset + size));

            offset += size;

            if (result !== undefined) {
              assert.equal(result.status, "complete");

              if (result.status === "complete") {
                assert.deepEqual(result.header, header(bytes));
                assert.deepEqual(Buffer.concat([result.rest, stream.subarray(offset)]), payload);
              }

              return;
            }
          }
        },
      ),
    );
  });

  it("any bytes after a signature: no exception, and a verdict within the limits", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          Buffer.from("PROXY "),
          Buffer.from(SIGNATURE, "hex"),
          Buffer.from(`${SIGNATURE}2111`, "hex"),
        ),
        fc.uint8Array({ maxLength: 300 }),
        (start, random) => {
          const bytes = Buffer.concat([start, random, Buffer.alloc(DEFAULT_MAX_V2_BYTES + 16)]);
          const result = parseProxyHeader(bytes);

          assert.notEqual(result.status, "incomplete");
        },
      ),
      { numRuns: 500 },
    );
  });

  it("a reader reports what is wrong, once the first wrong byte is there", () => {
    const reader = new ProxyHeaderReader();

    assert.equal(reader.push(Buffer.from("PRO")), undefined);
    assert.deepEqual(reader.push(Buffer.from("!")), {
      status: "invalid",
      fault: "not-proxy",
      reason: "no PROXY protocol signature",
    });
  });
});
