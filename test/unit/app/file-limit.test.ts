/** The warning of a low limit of open files. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileLimitWarning } from "../../../src/app/file-limit.ts";
import { UserFiles } from "../../support/user-files.ts";

describe("the limit of open files", () => {
  const warningFor = (soft: string): string | undefined => {
    using files = new UserFiles({
      limits: `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${soft}                 1048576              files     \n`,
    });

    return fileLimitWarning(files.path("limits"));
  };

  it("below 65,536 is warned of, with what to do", () => {
    assert.match(warningFor("65535") ?? "", /^at most 65535 files .*LimitNOFILE=/);
  });

  it("of 65,536 and more, or none, is fine", () => {
    assert.equal(warningFor("65536"), undefined);
    assert.equal(warningFor("unlimited"), undefined);
  });

  it("that cannot be read is not spoken of", () => {
    assert.equal(fileLimitWarning("/no/such/file"), undefined);
  });
});
