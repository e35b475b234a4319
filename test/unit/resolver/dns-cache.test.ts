import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DnsCache } from "../../../src/resolver/dns-cache.ts";
import type { DnsAnswer } from "../../../src/resolver/dns-record.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function records(ttlSeconds: number): DnsAnswer<"A"> {
  return { outcome: "records", records: [{ ip: "192.0.2.1" }], ttlSeconds };
}

describe("DNS cache", () => {
  it("RFC 1035 §3.2.1: an answer is good for its TTL, and not a moment longer", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });
    const answer = records(60);

    cache.set("example.com", "A", answer);
    clock.advance(59_999);
    assert.equal(cache.get("example.com", "A", 300), answer);
    clock.advance(1);
    assert.equal(cache.get("example.com", "A", 300), undefined);
    assert.equal(cache.size, 0);
  });

  it("counts what it answered, and what it did not", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });

    cache.get("example.com", "A", 300);
    cache.set("example.com", "A", records(60));
    cache.get("example.com", "A", 300);
    cache.get("example.com", "A", 300);
    cache.get("example.com", "AAAA", 300);
    clock.advance(60_000);
    cache.get("example.com", "A", 300);
    assert.deepEqual([cache.hits, cache.misses], [2, 3]);
  });

  it("whoever asks may want a younger one; it stays for others", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });

    cache.set("example.com", "A", records(3600));
    clock.advance(300_000);
    assert.equal(cache.get("example.com", "A", 300), undefined);
    assert.notEqual(cache.get("example.com", "A", 301), undefined);
  });

  it("RFC 1035 §3.2.1: TTL 0 is not kept, and removes what was there", () => {
    const cache = new DnsCache({ clock: new FakeClock() });

    cache.set("example.com", "A", records(60));
    cache.set("example.com", "A", records(0));
    assert.equal(cache.size, 0);
  });

  it("RFC 2308 §5: negative answers are kept for their time, at most for five minutes", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });

    cache.set("short.example", "A", { outcome: "none", ttlSeconds: 20 });
    cache.set("long.example", "A", { outcome: "none", ttlSeconds: 86_400 });
    clock.advance(19_999);
    assert.equal(cache.get("short.example", "A", 300)?.outcome, "none");
    clock.advance(1);
    assert.equal(cache.get("short.example", "A", 300), undefined);
    clock.advance(280_000);
    assert.equal(cache.get("long.example", "A", 3600), undefined);
  });

  it("failures, and negative answers without a time, are kept for three seconds", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });

    cache.set("a.example", "A", { outcome: "failed", cause: "no server answered" });
    cache.set("b.example", "A", { outcome: "none", ttlSeconds: undefined });
    clock.advance(2999);
    assert.equal(cache.get("a.example", "A", 300)?.outcome, "failed");
    assert.equal(cache.get("b.example", "A", 300)?.outcome, "none");
    clock.advance(1);
    assert.equal(cache.get("a.example", "A", 300), undefined);
    assert.equal(cache.get("b.example", "A", 300), undefined);
  });

  it("a renewed answer is not taken away when the old one's time is over", () => {
    const clock = new FakeClock();
    const cache = new DnsCache({ clock });

    cache.set("example.com", "A", records(10));
    clock.advance(9000);
    cache.set("example.com", "A", records(10));
    clock.advance(9000);
    assert.notEqual(cache.get("example.com", "A", 300), undefined);
    assert.equal(clock.pendingCount, 0);
  });

  it("SECURITY: it is bounded; what was not used for longest gives way", () => {
    const cache = new DnsCache({ clock: new FakeClock(), maxEntries: 2 });

    cache.set("a.example", "A", records(60));
    cache.set("b.example", "A", records(60));
    cache.get("a.example", "A", 300);
    cache.set("c.example", "A", records(60));

    assert.equal(cache.size, 2);
    assert.equal(cache.get("b.example", "A", 300), undefined);
    assert.notEqual(cache.get("a.example", "A", 300), undefined);
  });

  it("keeps types apart, and forgets all on reload", () => {
    const cache = new DnsCache({ clock: new FakeClock() });

    cache.set("example.com", "A", records(60));
    assert.equal(cache.get("example.com", "AAAA", 300), undefined);
    cache.clear();
    assert.equal(cache.get("example.com", "A", 300), undefined);
  });
});
