/** How serious the end of a connection is for the log. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectionError } from "../../../src/transport/close-cause.ts";
import { listenerErrorLevel } from "../../../src/transport/file-exhaustion.ts";

function errorOf(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe("errors of sockets", () => {
  for (const code of ["EMFILE", "ENFILE"]) {
    it(`${code} is an error of this server, with a kind of its own for the log's allowance`, () => {
      const { kind, level, reason } = connectionError(errorOf(code));

      assert.deepEqual([kind, level], ["files", "error"]);
      assert.equal(reason, `no more files can be opened (${code}): raise the limit of open files`);
      assert.equal(listenerErrorLevel(errorOf(code)), "error");
    });
  }

  it("others are not", () => {
    assert.equal(connectionError(errorOf("ECONNREFUSED")).level, undefined);
    assert.equal(listenerErrorLevel(errorOf("ECONNABORTED")), "warn");
  });
});
