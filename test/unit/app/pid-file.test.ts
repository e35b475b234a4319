/** The PID file: live, stale, foreign. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { PidFile } from "../../../src/app/pid-file.ts";
import { UserFiles } from "../../support/user-files.ts";

describe("the PID file", () => {
  let files: UserFiles;
  let pidFile: PidFile;

  beforeEach(() => {
    files = new UserFiles();
    pidFile = new PidFile(files.path("pid"));
  });

  afterEach(() => files[Symbol.dispose]());

  /** A process that has ended. */
  const stalePid = (): number => spawnSync("true").pid;

  it("holds the process id, is readable by all and writable by its owner, and is removed at the end", () => {
    pidFile.write();
    assert.equal(readFileSync(files.path("pid"), "utf8"), `${process.pid}\n`);
    assert.equal(statSync(files.path("pid")).mode & 0o777, 0o644);
    pidFile.remove();
    assert.equal(existsSync(files.path("pid")), false);
  });

  it("of a live process is refused and left alone", () => {
    files.write("pid", `${process.ppid}\n`);
    assert.throws(() => pidFile.check(), {
      message: new RegExp(`names process ${process.ppid}, which is running$`),
    });
    assert.throws(() => pidFile.write());
    assert.equal(readFileSync(files.path("pid"), "utf8"), `${process.ppid}\n`);
  });

  it("that is a directory is named", () => {
    assert.throws(() => new PidFile(files.directory).check(), {
      message: `PID file ${files.directory} cannot be read (EISDIR)`,
    });
  });

  for (const [what, text] of [
    ["of a process that has ended", () => `${stalePid()}\n`],
    ["that is empty", () => ""],
    ["of this very process id, as a container left it", () => `${process.pid}\n`],
  ] as const) {
    it(`${what} is replaced`, () => {
      files.write("pid", text());
      pidFile.check();
      pidFile.write();
      assert.equal(readFileSync(files.path("pid"), "utf8"), `${process.pid}\n`);
    });
  }

  it("that is none is refused and left alone: the name may be mistyped", () => {
    files.write("pid", "core:\n");
    assert.throws(() => pidFile.write(), { message: /exists and is no PID file$/ });
    assert.equal(readFileSync(files.path("pid"), "utf8"), "core:\n");
  });

  it("of another process is not removed", () => {
    files.write("pid", `${process.ppid}\n`);
    pidFile.remove();
    assert.equal(existsSync(files.path("pid")), true);
  });

  it("whose folder is gone does not hinder the end", () => {
    new PidFile(files.path("none/pid")).remove();
  });

  it("says which file it is that cannot be written", () => {
    const path = files.path("no/such/folder/pid");

    assert.throws(() => new PidFile(path).write(), {
      message: `PID file ${path} cannot be written (ENOENT)`,
    });
  });
});
