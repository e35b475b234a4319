/** The npm package, as somebody who has nothing else gets it: small, installs, runs, and its types work. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { BackgroundProcess } from "../support/background-process.ts";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MAX_PACKED_BYTES = 700_000;
const MAX_UNPACKED_BYTES = 3_000_000;

const ENVIRONMENT = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`,
  NO_COLOR: "1",
  // Otherwise the test runner takes the test of theirs for one of ours, and does not run it.
  NODE_TEST_CONTEXT: undefined,
};

/** As a test of theirs would be written, in JavaScript. */
const USER_TEST = `
import assert from "node:assert/strict";
import { it } from "node:test";
import { startTestServer } from "oversip/testing";

it("the starter configuration answers for itself", async () => {
  const edge = await startTestServer({ configDir: "demo" });
  const options = await edge.request("OPTIONS sip:192.0.2.100");

  assert.equal(options.status, 200);
  await edge.close();
});
`;

/** Strict, and nothing said about where types are. */
const TYPE_CONFIGURATION = JSON.stringify({
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    module: "nodenext",
    target: "es2024",
  },
  files: ["typed.ts"],
});

const TYPED = `
import { logger, type RouteResult, SipProxy, type SipEvents, type SipRequest, Uac, UacRequest, Uri } from "oversip";
import { startTestServer, type TestServer } from "oversip/testing";

export const sipEvents: SipEvents = {
  async onRequest(request: SipRequest) {
    const result: RouteResult = await new SipProxy("default_proxy")
      .onFailureResponse((response) => logger.info(response.reasonPhrase, { status: response.statusCode }))
      .route(request, { host: "198.51.100.7", transport: "tls" });

    if (result.outcome === "response") {
      const status: number = result.response.statusCode;

      logger.notice(status);
    }
  },
  onClientTlsHandshake(connection, certificates) {
    const first: string | undefined = certificates[0];

    if (first === undefined) {
      connection.close();
    }
  },
};

export async function test(): Promise<number | undefined> {
  const edge: TestServer = await startTestServer({
    events: { sipEvents },
    configuration: { sip: { localDomains: ["example.com"] } },
    profiles: { default_proxy: { timerB: 4 } },
  });
  const invite = await edge.request("INVITE sip:bob@example.com", { transport: "wss", headers: { "X-A": "b" } });
  const body: Buffer | undefined = invite.finalResponse?.body;

  edge.callee({ ip: "198.51.100.7", answers: (request) => (request.request.method === "INVITE" ? [180, 200] : 405) });
  await edge.close();

  return body?.length ?? invite.status;
}

export const uri: string = Uri.parse("sip:a@b.example").uri;
export const message = new UacRequest({ method: "MESSAGE", ruri: "sip:a@b.example" });
export const uac = new Uac();

// @ts-expect-error: a misspelt event is an error in the editor already.
export const wrong: SipEvents = { onReqest() {} };
`;

interface PackedFile {
  readonly path: string;
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

function run(directory: string, program: string, ...words: string[]): string {
  const { status, stderr, stdout } = spawnSync(program, words, {
    cwd: directory,
    env: ENVIRONMENT,
    encoding: "utf8",
  });

  assert.equal(status, 0, `${program} ${words.join(" ")}\n${stdout}\n${stderr}`);

  return stdout;
}

describe("the npm package", () => {
  let project: UserFiles;
  let packed: Packed;

  before(() => {
    project = new UserFiles({ "package.json": JSON.stringify({ private: true, type: "module" }) });

    // With the build that publishing does too.
    const output = execFileSync("npm", ["pack", "--json", "--pack-destination", project.directory], {
      cwd: ROOT,
      env: ENVIRONMENT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });

    packed = (JSON.parse(output.slice(output.indexOf("[\n"))) as Packed[])[0] as Packed;
    run(project.directory, "npm", "install", "--no-audit", "--no-fund", `./${packed.filename}`);
  });

  after(() => project[Symbol.dispose]());

  it(`is below ${MAX_PACKED_BYTES / 1000} kB, ${MAX_UNPACKED_BYTES / 1_000_000} MB unpacked`, (context) => {
    context.diagnostic(
      `${Math.ceil(packed.size / 1000)} kB, ${Math.ceil(packed.unpackedSize / 1000)} kB unpacked, ${packed.files.length} files`,
    );
    assert.ok(packed.size < MAX_PACKED_BYTES, String(packed.size));
    assert.ok(packed.unpackedSize < MAX_UNPACKED_BYTES, String(packed.unpackedSize));
  });

  it("holds what is needed to run, and no key, test or source", () => {
    const paths = packed.files.map(({ path }) => path);

    for (const path of [
      ...["bin/oversip.js", "dist/index.js", "dist/index.d.ts", "dist/testing/index.js", "dist/cli/main.js"],
      ...["etc/oversip.conf", "etc/proxies.conf", "etc/server.ts", "package.json", "README.md", "LICENSE"],
    ]) {
      assert.ok(paths.includes(path), path);
    }

    assert.deepEqual(
      paths.filter(
        (path) => !/^(?:bin|dist|etc|prebuilds)\/|^[A-Za-z]+\.md$|^LICENSE$|^package\.json$/.test(path),
      ),
      [],
    );
    assert.deepEqual(
      paths.filter((path) => /\.(?:key|crt|pem|map)$|^(?:src|test)\/|\.test\./.test(path)),
      [],
    );
  });

  it("npx oversip init demo, then npx oversip --config-dir demo: it runs", async () => {
    run(project.directory, "npx", "oversip", "init", "demo");
    assert.equal(statSync(project.path("demo/tls/demo.key")).mode & 0o777, 0o600);
    run(project.directory, "npx", "oversip", "check", "--config-dir", "demo");
    project.write(
      "demo/oversip.conf",
      project.read("demo/oversip.conf").replace(/^( {2}listen_port(?:_tls)?:) \d+$/gm, "$1 0"),
    );

    await using oversip = new BackgroundProcess("oversip", ["npx", "oversip", "--config-dir", "demo"], {
      directory: project.directory,
      environment: ENVIRONMENT,
    });

    await oversip.until("running", () => oversip.output.items.some((line) => line.endsWith(" is running")));
    assert.ok(oversip.output.items.some((line) => line.startsWith("listening on wss 127.0.0.1:")));
  });

  it("oversip/testing runs the starter configuration", () => {
    project.write("demo.test.js", USER_TEST);

    const output = run(project.directory, process.execPath, "--test", "--test-reporter=tap", "demo.test.js");

    assert.match(output, /^# pass 1$/m);
  });

  it("types work in a strict project that says nothing about them, library checks included", () => {
    project.write("tsconfig.json", TYPE_CONFIGURATION);
    project.write("typed.ts", TYPED);
    run(project.directory, process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ".");
  });

  it("types work in the starter configuration, where an editor opens it", () => {
    run(project.directory, process.execPath, join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "demo");
  });
});
