/** The least that a proxy can cost: floor.c, compiled when it is started. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import type { Contender } from "./contender.ts";

export const floor: Contender = {
  name: "floor",
  isFloor: true,
  start: ({ transport, port, calleePort, directory }) => {
    const program = join(directory, "floor");

    execFileSync("gcc", ["-O2", "-Wall", "-o", program, join(import.meta.dirname, "floor.c")]);

    return spawn(program, [transport, String(port), String(calleePort)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  },
};
