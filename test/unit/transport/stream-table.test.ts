import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StreamFlow } from "../../../src/transport/stream-context.ts";
import { canonicalIp, StreamTable } from "../../../src/transport/stream-table.ts";
import { MemoryFlow } from "../../support/memory-flow.ts";

class TableFlow extends MemoryFlow implements StreamFlow {
  readonly domain: string | undefined;

  constructor(domain?: string) {
    super({ transport: "tls" });
    this.domain = domain;
  }

  end(): boolean {
    return this.close();
  }

  endWhenAnswered(): void {
    this.close();
  }

  shutDown(): void {
    this.close();
  }
}

describe("StreamTable", () => {
  it("finds the connection of a target by address, port and domain while it is open", () => {
    const table = new StreamTable();
    const flow = new TableFlow("example.com");

    table.add(flow);
    assert.equal(table.find("192.0.2.1", 5060, "example.com"), undefined);
    table.offer(flow);
    assert.equal(table.find("192.0.2.1", 5060, "example.com"), flow);
    assert.equal(table.find("192.0.2.1", 5060, undefined), undefined);
    assert.equal(table.find("192.0.2.1", 5061, "example.com"), undefined);
    flow.close();
    assert.equal(table.find("192.0.2.1", 5060, "example.com"), undefined);
  });

  it("the older of two connections stays until it is closed; the younger one leaving does not hide it", () => {
    const table = new StreamTable();
    const [older, younger] = [new TableFlow(), new TableFlow()];

    for (const flow of [older, younger]) {
      table.add(flow);
      table.offer(flow);
    }

    assert.equal(table.find("192.0.2.1", 5060, undefined), older);
    table.delete(younger);
    assert.equal(table.find("192.0.2.1", 5060, undefined), older);
    assert.equal(table.size, 1);
    table.delete(older);
    assert.equal(table.find("192.0.2.1", 5060, undefined), undefined);
  });

  it("RFC 5952: an address has one spelling", () => {
    assert.equal(canonicalIp("2001:0DB8:0:0::0001"), "2001:db8::1");
    assert.equal(canonicalIp("::ffff:192.0.2.1"), "192.0.2.1");
    assert.equal(canonicalIp("192.0.2.1"), "192.0.2.1");
  });
});
