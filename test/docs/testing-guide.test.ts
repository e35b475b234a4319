/** The samples of docs/guides/testing-your-server.md have no type errors, and do what they say. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const GUIDE = join(ROOT, "docs/guides/testing-your-server.md");
const TESTING = join(ROOT, "src/testing/index.ts");

/** What the samples are about. */
const SERVER = `
import { SipProxy, type SipEvents, type WebSocketEvents } from "oversip";

export const sipEvents: SipEvents = {
  async onRequest(request) {
    request.looseRoute();

    if (request.ruri.user === "nobody") {
      request.reply(404);
    } else {
      request.deleteHeader("X-Account");
      await new SipProxy().route(request);
    }
  },
};
export const webSocketEvents: WebSocketEvents = {
  onConnection(connection, httpRequest) {
    connection.cvars["user"] = httpRequest.cookies["session"] === "1" ? "alice" : "nobody";
  },
};
`;

/** The first block is a whole file; the others are the inside of a test that has a server. */
function testFile(): string {
  const [first = "", ...others] = [...readFileSync(GUIDE, "utf8").matchAll(/^```ts\n(.*?)^```$/gms)].map(
    ([, code]) => code ?? "",
  );
  const tests = others.map(
    (code, index) => `
it("sample ${index + 2}", async () => {
  await using edge = await startTestServer({ configDir: import.meta.dirname });
  {
${code}
  }
});
`,
  );

  return [first, ...tests].join("").replace(`"oversip/testing"`, JSON.stringify(TESTING));
}

describe("the guide to testing", () => {
  let files: UserFiles;

  before(() => {
    files = new UserFiles({
      "server.ts": SERVER,
      "server.test.ts": testFile(),
      "oversip.conf": "",
      "tsconfig.json": JSON.stringify({
        extends: join(ROOT, "tsconfig.json"),
        compilerOptions: {
          noUnusedLocals: false,
          rewriteRelativeImportExtensions: false,
          typeRoots: [join(ROOT, "node_modules/@types")],
          paths: { oversip: [join(ROOT, "src/index.ts")] },
        },
        include: ["*.ts"],
      }),
      "package.json": JSON.stringify({ type: "module" }),
    });
  });

  after(() => files[Symbol.dispose]());

  const run = (...words: string[]): string => {
    const { status, stderr, stdout } = spawnSync(process.execPath, words, {
      cwd: files.directory,
      encoding: "utf8",
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });

    assert.equal(status, 0, `${stdout}\n${stderr}`);

    return stdout;
  };

  it("its samples run", () => {
    assert.match(run("--test", "--test-reporter=tap", "server.test.ts"), /^# pass [6-9]$/m);
  });

  it("its samples have no type errors", () => {
    run(join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".");
  });
});
