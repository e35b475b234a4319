/** The declarations of the package, as a project of a user compiles against them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const MODULES = join(ROOT, "node_modules");
const USER_OPTIONS = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  skipLibCheck: false,
  noEmit: true,
};

/** Uses the package as server logic does; what is marked as an error is not for users. */
const MEMBERS = `
import { NameAddr, SipProxy, type SipRequest, tls, Uac, UacRequest, Uri } from "oversip";

export function use(request: SipRequest): readonly unknown[] {
  const uacRequest = new UacRequest({ method: "OPTIONS", ruri: "sip:a@example.com" }, ["X-A: 1"], "body");

  void new Uac("default_proxy").route(uacRequest, { host: "192.0.2.1", transport: "tls" });
  new SipProxy().onSuccessResponse((response) => void response.request.tvars["seen"]).clearCallbacks("onSuccessResponse");

  // @ts-expect-error: for the server alone
  request.lines;
  // @ts-expect-error: for the server alone
  request.startLineEnd;
  // @ts-expect-error: for the server alone
  request.ensureContentLength();
  // @ts-expect-error: for the server alone
  request.toBytes();
  // @ts-expect-error: for the server alone
  request.context;

  return [
    request.topVia.params.get("branch"),
    request.raw.route,
    request.serialize().length,
    request.connection.domain,
    new Uri("sip", "a", "example.com").aor,
    new NameAddr("A", "sip", "a", "example.com").displayName,
    tls.getSipIdentities(""),
  ];
}
`;

function compile(cwd: string, project: string, ...more: string[]): string {
  const { status, stdout } = spawnSync(join(MODULES, ".bin/tsc"), ["-p", project, ...more], {
    cwd,
    encoding: "utf8",
  });

  return status === 0 ? "" : stdout;
}

describe("the declarations of the package", () => {
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "oversip-types-"));

    const installed = join(directory, "node_modules/oversip");

    mkdirSync(join(directory, "node_modules/@types"), { recursive: true });
    mkdirSync(installed);
    copyFileSync(join(ROOT, "package.json"), join(installed, "package.json"));

    for (const name of ["@types/node", "undici-types", "zod"]) {
      symlinkSync(join(MODULES, name), join(directory, "node_modules", name));
    }

    assert.equal(compile(ROOT, "tsconfig.build.json", "--outDir", join(installed, "dist")), "");

    const logic = readFileSync(join(ROOT, "test/types/server-module.ts"), "utf8");

    writeFileSync(join(directory, "server.ts"), logic.replace("../../src/index.ts", "oversip"));
    writeFileSync(join(directory, "members.ts"), MEMBERS);
    writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      join(directory, "tsconfig.json"),
      JSON.stringify({ compilerOptions: USER_OPTIONS, include: ["*.ts"] }),
    );
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("are sound without skipLibCheck, and show server logic what is for it alone", () => {
    assert.equal(compile(directory, "."), "");
  });
});
