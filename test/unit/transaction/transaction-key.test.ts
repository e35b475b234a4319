import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { serverTransactionKey } from "../../../src/transaction/transaction-key.ts";
import { TransactionTable } from "../../../src/transaction/transaction-table.ts";
import { parseRequest } from "../../support/transaction-script.ts";

const table = new TransactionTable<never>();

function numberOf(method: string, sentBy: string, keyMethod = method): number {
  const request = parseRequest(method, {
    replace: { Via: `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bKone` },
  });

  return serverTransactionKey(request, keyMethod, table).tableNumber;
}

describe("key of a server transaction (RFC 3261 section 17.2.3)", () => {
  it("has another number for another sent-by or method, so that one branch does not make all alike", () => {
    const numbers = [
      numberOf("MESSAGE", "a.example.org"),
      numberOf("MESSAGE", "a.example.org:5061"),
      numberOf("MESSAGE", "b.example.org"),
      numberOf("OPTIONS", "a.example.org"),
    ];

    assert.equal(new Set(numbers).size, numbers.length);
  });

  it("has the number of its INVITE for an ACK and a CANCEL", () => {
    const invite = numberOf("INVITE", "a.example.org:5061");

    assert.equal(numberOf("ACK", "a.example.org:5061", "INVITE"), invite);
    assert.equal(numberOf("CANCEL", "A.example.org:5061", "INVITE"), invite);
  });
});
