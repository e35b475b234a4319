/** URIs against their ABNF: RFC 3261 section 25.1, RFC 3966 section 3, RFC 5954 section 4.1. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ParsingError } from "../../../src/errors/errors.ts";
import { Uri } from "../../../src/grammar/uri.ts";
import { INVALID_URIS, VALID_URIS } from "./uri-cases.ts";

describe("the grammar of URIs", () => {
  for (const { rule, text } of VALID_URIS) {
    it(`${rule}: ${JSON.stringify(text)} is a URI, and is written as it was`, () => {
      const uri = Uri.parse(text);

      assert.equal(uri.toString(), text);
      assert.equal(uri.isModified, false);
      assert.equal(uri.equals(Uri.parse(text)), true);
      assert.equal(uri.clone().toString(), text);
    });
  }

  for (const { rule, text, offset } of INVALID_URIS) {
    it(`${rule}: ${JSON.stringify(text)} is none, from byte ${offset} on`, () => {
      assert.throws(
        () => Uri.parse(text),
        (error) => error instanceof ParsingError && error.offset === offset,
        `${text}: ${faultOf(text)}`,
      );
    });
  }
});

function faultOf(text: string): string {
  try {
    Uri.parse(text);
  } catch (error) {
    return error instanceof ParsingError ? `${error.rule} at ${error.offset}` : String(error);
  }

  return "parsed";
}
