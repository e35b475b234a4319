/** The registry of error codes and its reference page say the same, both ways. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "node:test";
import { ERROR_CODES } from "../../src/errors/error-codes.ts";
import {
  ConfigurationError,
  HeaderValueError,
  InvalidStateError,
  ParsingError,
  SipRuntimeError,
  TransportError,
} from "../../src/errors/errors.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../docs/reference/errors.md"), "utf8");
const documented = [...page.matchAll(/^## (\S+)$/gm)].map((match) => match[1] as string);

describe("error codes", () => {
  it("have an entry in docs/reference/errors.md, each of them and no other", () => {
    assert.deepEqual([...documented].sort(), Object.keys(ERROR_CODES).sort());
  });

  it("are carried by the error classes", () => {
    const errors = [
      new ParsingError("p", { rule: "host", offset: 0 }),
      new HeaderValueError("h"),
      new ConfigurationError([{ file: "oversip.conf", message: "m" }]),
      new InvalidStateError("i"),
      new SipRuntimeError("r"),
      new TransportError("t", "closed"),
    ];

    assert.deepEqual(errors.map((error) => error.code).sort(), Object.keys(ERROR_CODES).sort());
  });

  it("name their class, so that a log tells which error it was", () => {
    assert.equal(new ParsingError("p", { rule: "host", offset: 0 }).name, "ParsingError");
    assert.equal(new ConfigurationError([]).name, "ConfigurationError");
  });
});
