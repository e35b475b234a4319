import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  findHostAddresses,
  parseNameserver,
  readHostTable,
  readNameservers,
} from "../../../src/resolver/system-dns.ts";

const folder = mkdtempSync(join(tmpdir(), "oversip-system-dns-"));

after(() => rmSync(folder, { recursive: true }));

function write(text: string): string {
  const path = join(folder, "file");

  writeFileSync(path, text);

  return path;
}

describe("resolv.conf", () => {
  it("names servers, among comments and other lines", () => {
    const path = write(
      "# comment\nsearch example.com\nnameserver 192.0.2.53\n ;x\nnameserver\t2001:db8::53 # two\n",
    );

    assert.deepEqual(readNameservers(path), [
      { ip: "192.0.2.53", ipType: "ipv4", port: 53 },
      { ip: "2001:db8::53", ipType: "ipv6", port: 53 },
    ]);
  });

  it("that is empty, unreadable or nonsense means the machine's own server", () => {
    const own = [{ ip: "127.0.0.1", ipType: "ipv4", port: 53 }];

    assert.deepEqual(readNameservers(write("")), own);
    assert.deepEqual(readNameservers(join(folder, "missing")), own);
    assert.deepEqual(readNameservers(write("nameserver\nnameserver example.com\nnameserver 1.2.3\n")), own);
  });
});

describe("a nameserver of the configuration", () => {
  it("is an address, with or without a port", () => {
    assert.deepEqual(parseNameserver("192.0.2.1"), { ip: "192.0.2.1", ipType: "ipv4", port: 53 });
    assert.deepEqual(parseNameserver("192.0.2.1:5353"), { ip: "192.0.2.1", ipType: "ipv4", port: 5353 });
    assert.deepEqual(parseNameserver("2001:db8::1"), { ip: "2001:db8::1", ipType: "ipv6", port: 53 });
    assert.deepEqual(parseNameserver("[2001:db8::1]"), { ip: "2001:db8::1", ipType: "ipv6", port: 53 });
    assert.deepEqual(parseNameserver("[2001:db8::1]:54"), { ip: "2001:db8::1", ipType: "ipv6", port: 54 });
    assert.deepEqual(parseNameserver("fe80::1%lo"), { ip: "fe80::1%lo", ipType: "ipv6", port: 53 });
  });

  it("is nothing else", () => {
    for (const text of [
      "",
      "example.com",
      "192.0.2.1:0",
      "192.0.2.1:65536",
      "192.0.2.1:",
      "[192.0.2.1:53",
      "[x]:1",
    ]) {
      assert.equal(parseNameserver(text), undefined, text);
    }
  });
});

describe("hosts", () => {
  it("gives names their addresses of both families, without regard to case", () => {
    const table = readHostTable(
      write(
        "127.0.0.1 localhost\n::1 localhost ip6-localhost\n192.0.2.1 Gateway.example gw # office\nnonsense x\n",
      ),
    );

    assert.deepEqual(table.get("localhost"), { ipv4: ["127.0.0.1"], ipv6: ["::1"] });
    assert.deepEqual(table.get("gateway.example"), { ipv4: ["192.0.2.1"], ipv6: [] });
    assert.deepEqual(table.get("gw"), { ipv4: ["192.0.2.1"], ipv6: [] });
    assert.equal(table.has("x"), false);
    assert.equal(table.has("__proto__"), false);
  });

  it("RFC 6761 §6.3: localhost and what is below it are loopback even when no file says so", () => {
    const loopback = { ipv4: ["127.0.0.1"], ipv6: ["::1"] };

    assert.deepEqual(findHostAddresses(new Map(), "localhost"), loopback);
    assert.deepEqual(findHostAddresses(new Map(), "sip.localhost"), loopback);
    assert.equal(findHostAddresses(new Map(), "notlocalhost"), undefined);
  });

  it("that cannot be read is empty", () => {
    assert.equal(readHostTable(join(folder, "missing")).size, 0);
  });
});
