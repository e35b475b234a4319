/** Two hundred reloads keep no memory. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { UserFiles } from "../support/user-files.ts";

const PROGRAM = join(import.meta.dirname, "../support/reload-memory.ts");
const LOADS = 200;
const MAX_BYTES_PER_LOAD = 0.1 * 1024 * 1024;

it("200 reloads of three files that hold 2 MB each keep less than 0.1 MiB each", async () => {
  using files = new UserFiles({
    "server.ts": `
      import { systemCallbacks } from "oversip";
      import { one } from "./lib/one.ts";
      const data = Buffer.alloc(2_000_000, 1);
      systemCallbacks.onReload(() => data.length);
      export const systemEvents = {
        onUserReload() { try { one(); } catch (error) { return void error.stack.length + data.length; } },
      };
    `,
    "lib/one.ts": `import { two } from "./two.ts"; const data = Buffer.alloc(2_000_000, 1); export function one() { two(data); }`,
    "lib/two.ts": `const text = "x".repeat(2_000_000); export function two(data: Buffer): never { throw new Error(String(data.length + text.length)); }`,
  });

  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    PROGRAM,
    files.directory,
    String(LOADS),
  ]);
  const bytesPerLoad = Number(stdout) / LOADS;

  assert.ok(bytesPerLoad < MAX_BYTES_PER_LOAD, `${Math.round(bytesPerLoad)} bytes a reload`);
});
