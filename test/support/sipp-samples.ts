/** The configuration and server.ts of this repository's etc/, with free ports and a certificate, for a `SippServer`. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensureDemoCertificate } from "../../src/app/demo-certificate.ts";
import type { SippServerFiles } from "./sipp-server.ts";

const SAMPLES = resolve(import.meta.dirname, "../../etc");

export function sampleFiles(): SippServerFiles {
  return {
    "oversip.conf": readSample("oversip.conf").replaceAll(/^( *listen_port(?:_tls)?:) .*/gm, "$1 0"),
    "proxies.conf": readSample("proxies.conf"),
    "server.ts": readSample("server.ts"),
    ...certificateFiles(),
  };
}

function readSample(name: string): string {
  return readFileSync(join(SAMPLES, name), "utf8");
}

/** What `npm start` makes at its first start. */
function certificateFiles(): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), "oversip-samples-"));

  try {
    ensureDemoCertificate(directory);

    return {
      "tls/demo.crt": readFileSync(join(directory, "demo.crt"), "utf8"),
      "tls/demo.key": readFileSync(join(directory, "demo.key"), "utf8"),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
