/** Whether every sipp had each of its calls go as its scenario says. */
import assert from "node:assert/strict";
import type { Sipp } from "../support/sipp.ts";

/** Waits for them to end. @throws {AssertionError} with all logs. */
export async function assertSippsSucceed(
  server: { log(): string },
  ...sipps: readonly Sipp[]
): Promise<void> {
  const results = await Promise.all(sipps.map((sipp) => sipp.result()));
  const isGood = results.every(
    ({ code, failed, successful }) => code === 0 && failed === 0 && successful > 0,
  );

  if (!isGood) {
    const reports = results.map(
      ({ code, failed, successful, report }, index) =>
        `--- sipp ${sipps[index]?.scenario}: exit code ${code}, ${successful} successful, ${failed} failed\n${report}`,
    );

    assert.fail([...reports, server.log()].join("\n"));
  }
}
