/** How serious the end of a connection is for the log. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectionError, errorText } from "../../../src/transport/close-cause.ts";
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

  it("what OpenSSL says without a code is told without the line break at its end", () => {
    const text =
      "40A6:error:0A000126:SSL routines::unexpected eof while reading:ssl/record/rec_layer_s3.c:692:";

    assert.equal(errorText(new Error(`${text}\n`)), text);
    assert.equal(connectionError(new Error(`${text}\n`)).reason, `connection error: ${text}`);
    assert.equal(errorText(errorOf("ERR_SSL_NO_SHARED_CIPHER")), "ERR_SSL_NO_SHARED_CIPHER");
  });
});
