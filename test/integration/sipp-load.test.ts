/** Many calls at a time, none fails; `npm run bench -- soak` does so for longer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { soak } from "../support/sipp-soak.ts";

describe("calls under load", () => {
  it("200 calls a second for 10 seconds over UDP: none fails (RFC 3261 sections 16 and 17)", async () => {
    const { complaint } = await soak({ rate: 200, seconds: 10 });

    if (complaint !== undefined) {
      assert.fail(complaint);
    }
  });
});
