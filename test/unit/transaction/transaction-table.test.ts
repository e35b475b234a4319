import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type TableEntry, TransactionTable } from "../../../src/transaction/transaction-table.ts";

class Entry implements TableEntry {
  readonly name: string;
  readonly tableNumber: number;
  nextInTable: TableEntry | undefined = undefined;

  constructor(name: string, tableNumber: number) {
    this.name = name;
    this.tableNumber = tableNumber;
  }
}

function isNamed(entry: Entry, name: string): boolean {
  return entry.name === name;
}

describe("table of transactions", () => {
  it("finds each of those that share a number, whichever are taken out", () => {
    for (const gone of ["a", "b", "c"]) {
      const table = new TransactionTable<Entry>();
      const entries = ["a", "b", "c"].map((name) => new Entry(name, 7));

      for (const entry of entries) {
        table.add(entry);
      }

      table.delete(entries.find(({ name }) => name === gone) as Entry);
      // Without effect.
      table.delete(entries.find(({ name }) => name === gone) as Entry);
      table.delete(new Entry("other", 8));
      assert.equal(table.size, 2);

      for (const { name } of entries) {
        assert.equal(table.find(7, isNamed, name)?.name, name === gone ? undefined : name);
      }

      assert.equal(table.find(8, isNamed, "a"), undefined);
    }
  });

  it("tells all, and is empty when all are gone", () => {
    const table = new TransactionTable<Entry>();
    const entries = Array.from({ length: 100 }, (_, i) => new Entry(String(i), i % 10));

    for (const entry of entries) {
      table.add(entry);
    }

    assert.deepEqual(new Set(table.values()), new Set(entries));

    for (const entry of table.values()) {
      table.delete(entry);
    }

    for (const entry of entries) {
      table.delete(entry);
    }

    assert.equal(table.size, 0);
    assert.deepEqual([...table.values()], []);
  });

  it("finds each of many, however it has grown, and none that was taken out", () => {
    const table = new TransactionTable<Entry>();
    const entries = Array.from(
      { length: 20_000 },
      (_, i) => new Entry(String(i), table.numberOf(`z9hG4bK${i}`)),
    );

    for (const entry of entries) {
      table.add(entry);
    }

    for (const [i, entry] of entries.entries()) {
      if (i % 3 === 0) {
        table.delete(entry);
      }
    }

    for (const [i, { name, tableNumber }] of entries.entries()) {
      assert.equal(table.find(tableNumber, isNamed, name)?.name, i % 3 === 0 ? undefined : name);
    }

    assert.equal([...table.values()].length, table.size);
  });

  it("SECURITY: numbers are spread, and are others in each process", () => {
    const table = new TransactionTable<Entry>();
    const numbers = new Set<number>();

    for (let i = 0; i < 10_000; i++) {
      const number = table.numberOf(`z9hG4bK${i}`);

      assert.ok(number >= 0 && number < 2 ** 30);
      numbers.add(number);
    }

    assert.ok(numbers.size > 9_990);
    assert.notEqual(
      ["a", "b"].map((text) => table.numberOf(text)).join(),
      ["a", "b"].map((text) => new TransactionTable().numberOf(text)).join(),
    );
  });

  it("has other numbers for one branch with other methods, hosts and ports, which a peer chooses too", () => {
    const table = new TransactionTable<Entry>();
    const numbers = new Set<number>();
    const count = 10_000;

    for (let i = 0; i < count; i++) {
      numbers.add(table.numberOf("z9hG4bKone", "MESSAGE", "host", i));
      numbers.add(table.numberOf("z9hG4bKone", "MESSAGE", `host${i}`, 5060));
      numbers.add(table.numberOf("z9hG4bKone", `M${i}`, "host", 5060));
      // The same characters, parted elsewhere.
      numbers.add(table.numberOf("a".repeat(i % 100), "a".repeat(Math.floor(i / 100)), "a"));
    }

    // Of 30 bits, some are shared by chance.
    assert.ok(numbers.size > 4 * count - 50, `${numbers.size} numbers`);
    assert.equal(table.numberOf("a", "b", "c", 1), table.numberOf("a", "b", "c", 1));
  });
});
