/**
 * Every sample in TypeScript runs: one that is a `server.ts` is loaded as one and gets requests over each
 * transport, a fragment is run while a server starts. Those of the guide to testing have a test of their own.
 */
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, mock } from "node:test";
import { startTestServer, type TestServer } from "../../src/testing/index.ts";
import { type CodeBlock, markdownPaths, ROOT, readMarkdown } from "../support/markdown.ts";

interface Sample extends CodeBlock {
  readonly path: string;
}

const OTHER_TEST = "docs/guides/testing-your-server.md";
/** What stands for the names that fragments take from the text around them. */
const GIVEN = `
import { logger } from "oversip";
const user = "alice", peer = "192.0.2.1:5060", error = new Error("of a sample"), routes = [], attempts = 3;
const request = { from: { user }, callId: "1" };
`;

const samples: readonly Sample[] = markdownPaths()
  .flatMap((path) => readMarkdown(path).codeBlocks.map((block) => ({ ...block, path })))
  .filter(({ language, path }) => language === "ts" && path !== OTHER_TEST);

function isServer({ text }: Sample): boolean {
  return /^export const (?:system|sip|webSocket)Events\b/m.test(text);
}

/** A fragment becomes what is called at start; its imports stay outside. */
function moduleText(sample: Sample): string {
  if (isServer(sample)) {
    return sample.text;
  }

  const lines = sample.text.split("\n");
  const isImport = (line: string): boolean => line.startsWith("import ");
  const imports = lines.filter(isImport).join("\n");
  const given = imports.includes("logger") ? GIVEN.replace(/^import .*$/m, "") : GIVEN;
  const body = lines.filter((line) => !isImport(line)).join("\n");

  return `${imports}\n${given}\nexport const systemEvents = { async onInitialize() {\n${body}\n} };\n`;
}

/** The profiles that it names. */
function profilesOf({ text }: Sample): Record<string, object> {
  const names = [...text.matchAll(/new (?:SipProxy|Uac)\("([^"]+)"\)/g)].map(([, name = ""]) => name);

  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** What user code throws, and what it does that it must not. What the network did is logged below that. */
function troubles({ log }: TestServer): string[] {
  return log.filter(({ level }) => level === "error" || level === "crit").map(({ text }) => text);
}

describe("samples in the documentation run", () => {
  let directory: string;

  before(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "oversip-samples-")));
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));

    for (const name of ["log", "error"] as const) {
      mock.method(console, name, () => undefined);
    }
  });

  after(() => {
    mock.restoreAll();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = (sample: Sample): Promise<TestServer> => {
    const serverFile = join(directory, `${sample.path.replace(/\W+/g, "-")}-${sample.line}.ts`);

    writeFileSync(serverFile, moduleText(sample));

    return startTestServer({ serverFile, profiles: profilesOf(sample) });
  };

  it("are there", () => {
    assert.ok(samples.filter(isServer).length > 10);
    assert.ok(samples.some((sample) => !isServer(sample)));
  });

  for (const sample of samples) {
    it(`${sample.path}:${sample.line}`, async () => {
      await using edge = await start(sample);

      for (const transport of ["udp", "tcp", "tls", "wss"] as const) {
        const client = await edge.connect({ transport });

        if (!isServer(sample) || !client.isOpen) {
          continue;
        }

        for (const method of ["REGISTER", "INVITE", "MESSAGE"]) {
          if (client.isOpen) {
            await client.request(`${method} sip:bob@example.com`);
          }
        }

        if (client.isOpen) {
          // In a dialog, of which nobody knows.
          await client.request("BYE sip:bob@example.com", { headers: { To: "<sip:bob@example.com>;tag=x" } });
        }
      }

      await edge.advance(200_000);

      // The fragments about the log write an error of their own.
      assert.deepEqual(
        troubles(edge).filter((text) => text !== "of a sample"),
        [],
      );
    });
  }
});
