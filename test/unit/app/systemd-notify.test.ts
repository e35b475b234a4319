/** What systemd is told, through a stand-in for the program that tells it. */
import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { SystemdNotifier } from "../../../src/app/systemd-notify.ts";
import { UserFiles } from "../../support/user-files.ts";

describe("systemd", () => {
  let files: UserFiles;
  const path = process.env["PATH"];

  before(() => {
    files = new UserFiles();
    // The first message takes longer than the others: order must not depend on it.
    files.write(
      "systemd-notify",
      `#!/bin/sh\ncase "$*" in *READY*) sleep 0.1;; esac\necho "$@" >> ${files.path("told")}\n`,
    );
    chmodSync(files.path("systemd-notify"), 0o755);
    process.env["PATH"] = `${files.directory}:${path}`;
  });

  after(() => {
    process.env["PATH"] = path;
    files[Symbol.dispose]();
  });

  it("is told READY, RELOADING with its time, and STOPPING, in this order", async () => {
    const notifier = new SystemdNotifier(assert.fail, { NOTIFY_SOCKET: "/run/none" });

    notifier.ready();
    notifier.reloading();
    notifier.stopping();
    await notifier.flush();
    assert.deepEqual(
      readFileSync(files.path("told"), "utf8")
        .replace(/USEC=\d+/, "USEC=n")
        .split("\n"),
      [
        `--pid=${process.pid} READY=1 STATUS=Running`,
        `--pid=${process.pid} RELOADING=1 MONOTONIC_USEC=n STATUS=Reloading`,
        `--pid=${process.pid} STOPPING=1 STATUS=Stopping`,
        "",
      ],
    );
  });

  it("is told nothing when it did not start the server", async () => {
    files.remove("told");

    const notifier = new SystemdNotifier(assert.fail, {});

    notifier.ready();
    await notifier.flush();
    assert.throws(() => readFileSync(files.path("told")), { code: "ENOENT" });
  });

  it("that cannot be told is warned of, and nothing else happens", async () => {
    files.remove("systemd-notify");
    process.env["PATH"] = files.directory;

    const warnings: string[] = [];
    const notifier = new SystemdNotifier((message) => warnings.push(message), { NOTIFY_SOCKET: "/run/none" });

    notifier.ready();
    await notifier.flush();
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^systemd cannot be told READY=1: /);
  });
});
