#!/usr/bin/env node
// Starts the command. In words that every Node.js since version 12 reads, so that an old one can be told apart.
"use strict";

const OLDEST_MAJOR_VERSION = 24;
const found = process.versions.node;

if (Number(found.split(".")[0]) < OLDEST_MAJOR_VERSION) {
  process.stderr.write(
    `oversip: this is Node.js ${found}, but version ${OLDEST_MAJOR_VERSION} or later is needed: ` +
      "see https://nodejs.org/en/download, or run `npx node@24` in its place\n",
  );
  process.exitCode = 1;
} else {
  start();
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
