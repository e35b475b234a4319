/** The reference of the programming interface, and the docstrings that it is made of. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import {
  type ProgrammingInterfaceReference,
  programmingInterfaceReference,
  REFERENCE_FILE,
} from "../../scripts/generate-programming-interface-reference.ts";

describe("docs/reference/programming-interface.md", () => {
  let reference: ProgrammingInterfaceReference;

  before(() => {
    reference = programmingInterfaceReference();
  });

  it("is what scripts/generate-programming-interface-reference.ts writes", () => {
    assert.equal(readFileSync(REFERENCE_FILE, "utf8"), reference.text);
  });

  it("every exported symbol, and every member of it, has a docstring", () => {
    assert.deepEqual(reference.undocumented, []);
  });

  it("every value and type that the package exports has a section", () => {
    const names = [...reference.text.matchAll(/^### (.+)$/gm)].map((match) => match[1]);

    for (const name of ["SipProxy", "tls", "SipRequest", "RouteResult", "startTestServer", "TestServer"]) {
      assert.ok(names.includes(name), name);
    }
  });

  it("no name of a class behind the interface is shown", () => {
    assert.doesNotMatch(reference.text, /IncomingRequest|IncomingResponse|TransportProtocol|@internal/);
  });
});
