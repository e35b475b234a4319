/** Directories, with those above them. */
import assert from "node:assert/strict";
import { statSync, symlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { makeDirectories } from "../../../src/app/make-directories.ts";
import { UserFiles } from "../../support/user-files.ts";

describe("makeDirectories", () => {
  it("makes all that are not there, and takes those that are", () => {
    using files = new UserFiles();

    makeDirectories(files.path("a/b/c"));
    makeDirectories(files.path("a/b/c/"));
    assert.ok(statSync(files.path("a/b/c")).isDirectory());
  });

  it("takes a link to a directory", () => {
    using files = new UserFiles({ "real/file": "" });

    symlinkSync(files.path("real"), files.path("link"));
    makeDirectories(files.path("link/below"));
    assert.ok(statSync(files.path("real/below")).isDirectory());
  });

  it("throws for a file in the way, and for a link to nowhere", () => {
    using files = new UserFiles({ file: "" });

    symlinkSync(files.path("nowhere"), files.path("link"));
    assert.throws(() => makeDirectories(files.path("file")), { code: "EEXIST" });
    assert.throws(() => makeDirectories(files.path("file/below")), { code: "ENOTDIR" });
    assert.throws(() => makeDirectories(files.path("link")), { code: "EEXIST" });
  });

  it("throws, and returns, where the system has no new directories", () => {
    assert.throws(() => makeDirectories("/proc/oversip/tls"), { code: "ENOENT" });
  });
});
