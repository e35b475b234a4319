/**
 * A program for a process of its own, run with --expose-gc: loads the user's
 * files of a directory again and again, and prints the bytes that each load
 * has left behind.
 *
 *     node --expose-gc test/support/reload-memory.ts DIRECTORY LOADS
 */
import { SystemCallbackRegistry } from "../../src/api/system-callbacks.ts";
import { UserLogic } from "../../src/app/user-logic.ts";

const WARM_UP_LOADS = 20;

const [, , directory = "", loads = ""] = process.argv;
const registry = new SystemCallbackRegistry();
const logic = new UserLogic({
  configDir: directory,
  systemCallbacks: registry,
  makeInterface: (owner) => ({ systemCallbacks: registry.forOwner(owner) }),
});

async function load(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    (await logic.load()).activate();
    // What is called may keep more than what is only loaded: its stack traces have source maps.
    logic.handlers.systemEvents.onUserReload?.();
  }
}

async function usedBytes(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }

  const { heapUsed, external, arrayBuffers } = process.memoryUsage();

  return heapUsed + external + arrayBuffers;
}

process.setSourceMapsEnabled(true);
await load(WARM_UP_LOADS);

const before = await usedBytes();

await load(Number(loads));
console.log((await usedBytes()) - before);
