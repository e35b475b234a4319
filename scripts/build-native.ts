/**
 * Compiles native/ into prebuilds/PLATFORM-ARCH/udp-batched.node, unless that
 * is newer than its sources. A build serves every Node.js from 24 on.
 *
 *     node scripts/build-native.ts [--optional] [--force]
 *
 * `--optional`: where there is no compiler, or the system is not Linux, says
 * so and succeeds, since the server does without.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(import.meta.dirname, "..");
const SOURCES = join(ROOT, "native");
const HEADERS = join(ROOT, "node_modules/node-api-headers/include");
const OUTPUT = join(ROOT, `prebuilds/${process.platform}-${process.arch}/udp-batched.node`);

export interface NativeBuild {
  /** Absent when it could not be built. */
  readonly file?: string;
  /** Why it was not built. */
  readonly reason?: string;
}

/** Quick when it was built before. */
export function buildNative({
  force = false,
  output = OUTPUT,
  flags = [] as readonly string[],
} = {}): NativeBuild {
  if (process.platform !== "linux") {
    return { reason: `the batched UDP socket is for Linux, and this is ${process.platform}` };
  }

  if (!force && isCurrent(output)) {
    return { file: output };
  }

  mkdirSync(dirname(output), { recursive: true });

  // Built beside and moved: whoever has the old one loaded keeps it, and nobody sees half of one.
  const unfinished = `${output}.${process.pid}`;
  const compiler = process.env["CC"] ?? "cc";
  const { error, status, stderr } = spawnSync(
    compiler,
    [
      ...[
        "-std=gnu17",
        "-D_GNU_SOURCE",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-fPIC",
        "-shared",
        "-fvisibility=hidden",
      ],
      ...flags,
      ...["-I", HEADERS, "-o", unfinished],
      ...readdirSync(SOURCES)
        .filter((name) => name.endsWith(".c"))
        .map((name) => join(SOURCES, name)),
    ],
    { encoding: "utf8" },
  );

  if (error !== undefined) {
    return { reason: `no C compiler (${compiler}): ${error.message}` };
  }

  if (status !== 0) {
    throw new Error(`${compiler} failed:\n${stderr}`);
  }

  renameSync(unfinished, output);

  return { file: output };
}

function isCurrent(output: string): boolean {
  const built = statSync(output, { throwIfNoEntry: false })?.mtimeMs;

  return (
    built !== undefined && readdirSync(SOURCES).every((name) => statSync(join(SOURCES, name)).mtimeMs < built)
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { file, reason } = buildNative({ force: process.argv.includes("--force") });

  console.log(file ?? `not built: ${reason}`);

  if (file === undefined && !process.argv.includes("--optional")) {
    process.exitCode = 1;
  }
}
