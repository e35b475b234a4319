#!/usr/bin/env node
// Starts the command. In words that every Node.js since version 12 reads, so that an old one can be told apart.
"use strict";

const OLDEST_MAJOR_VERSION = 24;
/** Of those that know the options below. */
const NEWEST_KNOWN_MAJOR_VERSION = 26;
const found = process.versions.node;
const majorVersion = Number(found.split(".")[0]);

/** How V8 collects garbage in a server: docs/performance.md says what each does. */
const MEMORY_OPTIONS = [
  "--single-threaded-gc",
  "--min-semi-space-size=32",
  "--max-semi-space-size=32",
  "--heap-growing-percent=100",
  "--no-memory-reducer",
];

/** Who gives one of these has a plan of their own; a small `--max-heap-size` would not even hold the young generation. */
const OWN_MEMORY_OPTIONS =
  /semi[-_]space|single[-_]threaded|heap[-_]growing|memory[-_]reducer|max[-_]heap[-_]size|optimize[-_]for[-_]size|lite[-_]mode/;

if (majorVersion < OLDEST_MAJOR_VERSION) {
  process.stderr.write(
    `oversip: this is Node.js ${found}, but version ${OLDEST_MAJOR_VERSION} or later is needed: ` +
      "see https://nodejs.org/en/download, or run `npx node@24` in its place\n",
  );
  process.exitCode = 1;
} else {
  useMemoryOptions();
  start();
}

// V8 takes them at its start only, so the process begins anew, as itself. Who has set such options is left alone.
function useMemoryOptions() {
  const { accessSync, constants } = require("node:fs");
  const words = process.argv.slice(2);
  const given = `${process.execArgv.join(" ")} ${process.env.NODE_OPTIONS || ""}`;

  if (
    !runsServer(words) ||
    typeof process.execve !== "function" ||
    OWN_MEMORY_OPTIONS.test(given) ||
    // A parent that speaks to this process, as process managers do, would lose it.
    process.send !== undefined
  ) {
    return;
  }

  silenceExperimentalWarnings();

  try {
    // Node.js before 26 aborts when the program is not there, as after an update under way.
    accessSync(process.execPath, constants.X_OK);

    if (!areKnown(MEMORY_OPTIONS)) {
      return;
    }

    process.execve(process.execPath, [
      process.execPath,
      ...MEMORY_OPTIONS,
      ...process.execArgv,
      __filename,
      ...words,
    ]);
  } catch (_error) {
    // Not everywhere can a process do that; the server only costs more.
  }
}

// Node.js ends at once when V8 no longer has an option.
function areKnown(options) {
  if (majorVersion <= NEWEST_KNOWN_MAJOR_VERSION) {
    return true;
  }

  const { spawnSync } = require("node:child_process");

  // What the user has preloaded runs in the server alone.
  const env = { ...process.env, NODE_OPTIONS: "" };

  return spawnSync(process.execPath, [...options, "-e", ""], { env }).status === 0;
}

function runsServer(words) {
  return words.every(
    (word, i) =>
      (i > 0 || word === "run" || word.startsWith("-")) && !/^(-h|--help|-v|--version)$/.test(word),
  );
}

function start() {
  holdSignals();

  const { existsSync } = require("node:fs");
  const { join } = require("node:path");
  const { pathToFileURL } = require("node:url");
  // A checkout has sources, which Node reads as they are; the package has only what was built from them.
  const source = join(__dirname, "../src/cli/main.ts");
  const entry = existsSync(source) ? source : join(__dirname, "../dist/cli/main.js");

  silenceExperimentalWarnings();

  import(pathToFileURL(entry).href)
    .then((cli) => cli.main(process.argv.slice(2)))
    .then(
      (status) => process.exit(status),
      (error) => {
        process.stderr.write(`oversip: ${error instanceof Error ? error.stack : error}\n`);
        process.exit(1);
      },
    );
}

// Until the server takes its signals, one that only asks for something must not end it. No file has been read yet,
// so a HUP has nothing left to ask for. SECURITY: for USR1 Node.js would open its debugger.
function holdSignals() {
  const { constants } = require("node:os");

  for (const signal of [
    "SIGHUP",
    "SIGUSR1",
    "SIGUSR2",
    "SIGALRM",
    "SIGIO",
    "SIGPWR",
    "SIGSTKFLT",
    "SIGVTALRM",
  ]) {
    if (signal in constants.signals) {
      process.on(signal, () => undefined);
    }
  }
}

// Node.js 24 calls experimental what later versions do not: reading TypeScript, module hooks.
function silenceExperimentalWarnings() {
  const emitWarning = process.emitWarning;

  process.emitWarning = (warning, ...details) => {
    const type = typeof details[0] === "object" && details[0] !== null ? details[0].type : details[0];

    if (type !== "ExperimentalWarning") {
      emitWarning.call(process, warning, ...details);
    }
  };
}
