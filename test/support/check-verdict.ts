/** Asserts that what the message layer made of some bytes is what a test case's verdict says. */
import assert from "node:assert/strict";
import type { NameAddr } from "../../src/grammar/name-addr.ts";
import type { Uri } from "../../src/grammar/uri.ts";
import type { ViaValue } from "../../src/grammar/via-value.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import { SipResponse } from "../../src/message/sip-response.ts";
import type { AddressFacts, MessageFacts, Verdict, ViaFacts } from "./message-facts.ts";

/** What the parser gives for one datagram. */
export type ParseResult = SipRequest | SipResponse | ParseFailure;

/** The response to a request that is refused, as it would be sent. */
export function answerBytes(failure: ParseFailure): Buffer {
  const { request, statusCode, reasonPhrase } = failure;

  assert.equal(failure.disposition, "answer", failure.message);
  assert.ok(request && statusCode !== undefined && reasonPhrase !== undefined, "all that an answer needs");

  return buildResponse(request, { statusCode, reasonPhrase, toTag: "totag" }).toBytes();
}

/** Throws an `AssertionError` when the result is not what the verdict says. */
export function checkVerdict(result: ParseResult, verdict: Verdict): void {
  if (verdict.kind === "any-of") {
    checkAnyOf(result, verdict.verdicts);

    return;
  }
  if (verdict.kind === "valid") {
    if (result instanceof ParseFailure) {
      assert.fail(`expected a message, got ${describeFailure(result)}`);
    }
    checkFacts(result, verdict.facts);

    return;
  }
  if (!(result instanceof ParseFailure)) {
    assert.fail(`expected "${describeVerdict(verdict)}", got a message that parses`);
  }
  if (verdict.kind === "refused") {
    return;
  }
  const expected = describeVerdict(verdict);
  const header = "header" in verdict ? verdict.header : undefined;

  assert.equal(describeFailure(result), expected, result.error.message);
  if (header !== undefined) {
    assert.equal(result.error.header, header, `the header at fault (${result.error.message})`);
  }
}

function checkAnyOf(result: ParseResult, verdicts: readonly Verdict[]): void {
  const reasons: string[] = [];

  for (const verdict of verdicts) {
    try {
      checkVerdict(result, verdict);

      return;
    } catch (error) {
      reasons.push(String((error as Error).message));
    }
  }
  assert.fail(`none of the allowed outcomes: ${reasons.join(" | ")}`);
}

function describeVerdict(verdict: Verdict): string {
  return verdict.kind === "answer" ? `answer ${verdict.statusCode}` : verdict.kind;
}

function describeFailure(failure: ParseFailure): string {
  return failure.disposition === "answer" ? `answer ${failure.statusCode}` : failure.disposition;
}

/** Throws an `AssertionError` when a fact does not hold for the message. */
export function checkFacts(message: SipRequest | SipResponse, facts: MessageFacts): void {
  checkStartLine(message, facts);
  checkKeys(message, facts, [
    "callId",
    "cseq",
    "fromTag",
    "toTag",
    "maxForwards",
    "contentLength",
    "viaCount",
  ]);
  checkBody(message, facts);
  checkVias(message, facts);
  checkAddresses(message, facts);
  checkKeys(message, facts, ["require", "supported", "proxyRequire"]);
  for (const [name, value] of facts.headers ?? []) {
    assert.equal(message.header(name), value, `header(${JSON.stringify(name)})`);
    assert.equal(message.hasHeader(name), value !== undefined, `hasHeader(${JSON.stringify(name)})`);
  }
  for (const [name, values] of facts.allHeaders ?? []) {
    assert.deepEqual(message.headerAll(name), values, `headerAll(${JSON.stringify(name)})`);
  }
}

function checkStartLine(message: SipRequest | SipResponse, facts: MessageFacts): void {
  if (facts.isRequest !== undefined) {
    assert.equal(message instanceof SipRequest, facts.isRequest, "the class of the message");
    assert.equal(message.isRequest, facts.isRequest, "isRequest");
    assert.equal(message.isResponse, !facts.isRequest, "isResponse");
  }
  checkKeys(message, facts, ["method"]);
  if (facts.requestUri !== undefined || facts.ruri !== undefined) {
    assert.ok(message instanceof SipRequest, "a request");
    assert.equal(message.requestUriText, facts.requestUri ?? message.requestUriText, "requestUriText");
    checkAddress(message.ruri, facts.ruri ?? {}, "ruri");
  }
  if (facts.statusCode !== undefined || facts.reasonPhrase !== undefined) {
    assert.ok(message instanceof SipResponse, "a response");
    checkKeys(message, facts, ["statusCode", "reasonPhrase"]);
  }
}

function checkBody(message: SipRequest | SipResponse, facts: MessageFacts): void {
  if (facts.bodyLength !== undefined) {
    assert.equal(message.body.length, facts.bodyLength, "body.length");
  }
  if (facts.body !== undefined) {
    assert.equal(message.body.toString("latin1"), facts.body, "body");
  }
}

function checkVias(message: SipRequest | SipResponse, facts: MessageFacts): void {
  if (facts.topVia !== undefined) {
    checkVia(message.topVia, facts.topVia, "topVia");
  }
  if (facts.vias !== undefined) {
    assert.equal(message.viaCount, facts.vias.length, "viaCount");
    facts.vias.forEach((via, index) => {
      checkVia(message.vias[index], via, `vias[${index}]`);
    });
  }
}

function checkVia(via: ViaValue | undefined, facts: ViaFacts, label: string): void {
  assert.ok(via, label);
  checkKeys(via, facts, Object.keys(facts) as ReadonlyArray<keyof ViaFacts>, label);
}

function checkAddresses(message: SipRequest | SipResponse, facts: MessageFacts): void {
  for (const key of ["from", "to"] as const) {
    if (facts[key] !== undefined) {
      checkNameAddr(message[key], facts[key], key);
    }
  }
  if ("contact" in facts) {
    if (facts.contact === undefined) {
      assert.equal(message.contact, undefined, "contact");
    } else {
      assert.ok(message.contact, "contact");
      checkNameAddr(message.contact, facts.contact, "contact");
    }
  }
  for (const key of ["routes", "recordRoutes", "paths"] as const) {
    const expected = facts[key];

    if (expected !== undefined) {
      assert.equal(message[key].length, expected.length, `${key}.length`);
      expected.forEach((address, index) => {
        checkNameAddr(message[key][index], address, `${key}[${index}]`);
      });
    }
  }
}

function checkNameAddr(address: NameAddr | undefined, facts: AddressFacts, label: string): void {
  assert.ok(address, label);
  checkKeys(address, facts, ["displayName"], label);
  checkAddress(address, facts, label);
}

function checkAddress(address: Uri | NameAddr, facts: AddressFacts, label: string): void {
  checkKeys(address, facts, ["scheme", "user", "host", "port"], label);
  for (const [name, value] of facts.uriParams ?? []) {
    assert.equal(address.hasParam(name), value !== undefined, `${label}.hasParam(${name})`);
    assert.equal(address.getParam(name) ?? null, value ?? null, `${label}.getParam(${name})`);
  }
}

/** Compares the given keys of two objects, those only that the facts have. */
function checkKeys<Facts extends object>(
  actual: object,
  facts: Facts,
  keys: ReadonlyArray<keyof Facts & string>,
  label?: string,
): void {
  for (const key of keys) {
    if (key in facts) {
      const name = label === undefined ? key : `${label}.${key}`;

      assert.deepEqual((actual as Record<string, unknown>)[key], facts[key], name);
    }
  }
}
