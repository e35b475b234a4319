/** The configuration and server.ts of this repository's etc/, with free ports, for a `SippServer`. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SippServerFiles } from "./sipp-server.ts";

const SAMPLES = resolve(import.meta.dirname, "../../etc");

export function sampleFiles(): SippServerFiles {
  return {
    "oversip.conf": readSample("oversip.conf").replaceAll(/^( *listen_port:) .*/gm, "$1 0"),
    "proxies.conf": readSample("proxies.conf"),
    "server.ts": readSample("server.ts"),
  };
}

function readSample(name: string): string {
  return readFileSync(join(SAMPLES, name), "utf8");
}
