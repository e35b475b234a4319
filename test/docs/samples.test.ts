/**
 * Every sample in the documentation is looked at as its language allows: TypeScript
 * is compiled strictly against the sources, configuration is loaded, shell lines
 * are read by a shell and, where they call `oversip`, by its command line.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parseCommandLine } from "../../src/cli/command-line.ts";
import { loadConfiguration } from "../../src/config/load-configuration.ts";
import { loadProxyProfiles } from "../../src/config/load-proxy-profiles.ts";
import { CertificateAuthority } from "../support/make-certificates.ts";
import { type CodeBlock, markdownPaths, ROOT, readMarkdown } from "../support/markdown.ts";

/** What fragments of a page take as given: names that the reader knows from the text around. */
const GIVEN: ReadonlyMap<string, string> = new Map([
  [
    "docs/reference/logging.md",
    "declare var user: string, peer: string, error: Error, routes: string[], attempts: number;",
  ],
  [
    "docs/reference/programming-interface.md",
    `import { logger, type SipRequest } from "oversip";
declare var error: Error, request: SipRequest;`,
  ],
  [
    "docs/guides/testing-your-server.md",
    `import assert from "node:assert/strict";
import { type SentRequest, startTestServer, type TestPeer, type TestServer } from "oversip/testing";
declare var edge: TestServer, invite: SentRequest, browser: TestPeer, peer: TestPeer;`,
  ],
]);

const COMPILER_OPTIONS = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  module: "preserve",
  moduleResolution: "bundler",
  moduleDetection: "force",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitReturns: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    oversip: [join(ROOT, "src/index.ts")],
    "oversip/testing": [join(ROOT, "src/testing/index.ts")],
  },
};

interface Sample extends CodeBlock {
  readonly path: string;
}

const samples: readonly Sample[] = markdownPaths().flatMap((path) =>
  readMarkdown(path).codeBlocks.map((block) => ({ ...block, path })),
);

function samplesIn(...languages: string[]): readonly Sample[] {
  return samples.filter(({ language }) => languages.includes(language));
}

/** A fragment, which imports and exports nothing, is the body of a function. */
function moduleText({ path, text }: Sample): string {
  const given = GIVEN.get(path) ?? "";

  if (!/^(?:import|export)\b/m.test(text)) {
    return `${given}\nexport async function sample(): Promise<void> {\n${text}\n}\n`;
  }

  // A module brings its own imports along; ambient names beside them do no harm.
  return given.includes("import") ? text : `${text}\n${given}\n`;
}

describe("samples in the documentation", () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "oversip-samples-"));
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("TypeScript compiles, strictly, against the sources of the package", () => {
    const files = new Map<string, Sample>();

    mkdirSync(join(directory, "ts"));

    for (const sample of samplesIn("ts", "typescript")) {
      const name = `${sample.path.replace(/\W+/g, "-")}-${sample.line}.ts`;

      files.set(name, sample);
      writeFileSync(join(directory, "ts", name), moduleText(sample));
    }

    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ["ts/*.ts"] }),
    );

    const { stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", directory], {
      cwd: directory,
      encoding: "utf8",
    });
    // What others have under way in the sources is not for this test.
    const faults = stdout.split("\n").filter((line) => line.startsWith("ts/"));

    assert.ok(files.size > 20, `${files.size} samples`);
    assert.deepEqual(faults, []);
  });

  for (const sample of samplesIn("yaml", "yml", "conf")) {
    it(`${sample.path}:${sample.line}: the configuration loads`, () => {
      const folder = join(directory, `conf-${sample.path.replace(/\W+/g, "-")}-${sample.line}`);
      const isProfiles = sample.text.startsWith("# proxies.conf");

      mkdirSync(join(folder, "tls"), { recursive: true });
      writeFileSync(join(folder, isProfiles ? "proxies.conf" : "oversip.conf"), sample.text);

      if (isProfiles) {
        writeFileSync(join(folder, "oversip.conf"), "");
      }

      const names = [...sample.text.matchAll(/^\s*(?:public_cert|private_cert): (\S+)$/gm)].map(
        (match) => match[1] as string,
      );

      if (names.length === 2) {
        const { cert, key } = new CertificateAuthority().leaf();

        for (const [index, text] of [cert, key].entries()) {
          writeFileSync(join(folder, "tls", names[index] as string), text);
        }
      }

      const { configuration } = loadConfiguration(folder, "oversip.conf");

      if (isProfiles) {
        assert.ok(loadProxyProfiles(folder, configuration).size > 0);
      }
    });
  }

  for (const sample of samplesIn("sh", "bash", "shell")) {
    it(`${sample.path}:${sample.line}: a shell can read the lines, and oversip its own`, () => {
      const { status, stderr } = spawnSync("bash", ["-n"], { input: sample.text, encoding: "utf8" });

      assert.equal(status, 0, stderr);

      for (const line of sample.text.split("\n")) {
        const words = /^(?:npx )?oversip (.*)$/.exec(line.replace(/ [#>].*$/, "").trim())?.[1]?.split(/\s+/);

        if (words !== undefined) {
          assert.doesNotThrow(() => parseCommandLine(words, {}), line);
        }
      }
    });
  }

  it("what the guides do with files by the command, works as it is written", () => {
    const folder = join(directory, "commands");
    const command = [process.execPath, join(ROOT, "bin/oversip.js")];
    // Those that end by themselves, and keep to the folder.
    const lines = samplesIn("sh")
      .flatMap(({ text }) => text.split("\n"))
      .filter((line) => /^oversip (?:init|check|cert) (?!.*\/etc\/)/.test(line));

    mkdirSync(folder);
    assert.ok(lines.length >= 4, lines.join());

    for (const line of lines) {
      const words = [...command, ...line.split(/\s+/).slice(1)];
      const { status, stderr } = spawnSync(words[0] as string, words.slice(1), {
        cwd: folder,
        encoding: "utf8",
      });

      assert.equal(status, 0, `${line}\n${stderr}`);
    }
  });

  for (const sample of samplesIn("js")) {
    it(`${sample.path}:${sample.line}: Node.js can read the lines`, () => {
      assert.equal(spawnSync(process.execPath, ["--check", "-"], { input: sample.text }).status, 0);
    });
  }

  it("every block says its language, or is indented text", () => {
    const known = ["ts", "js", "yaml", "sh", "text", "ruby", "json", "html", "xml", ""];

    assert.deepEqual(
      samples.filter(({ language }) => !known.includes(language)).map(({ path, line }) => `${path}:${line}`),
      [],
    );
  });
});
