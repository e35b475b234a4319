/** What sipp counted, read from the file that `-trace_stat` writes. */

export interface SippCounts {
  /** Calls that went as the scenario says. */
  readonly successful: number;
  readonly failed: number;
  /** Messages that sipp sent again. */
  readonly retransmissions: number;
  /** Calls that are up. */
  readonly open: number;
}

/** @param csv a line of titles, then one for each time that sipp wrote; "(C)" marks what is counted since its start. */
export function readSippCounts(csv: string): SippCounts {
  const lines = csv.trim().split("\n");
  const titles = lines[0]?.split(";") ?? [];
  const values = lines.at(-1)?.split(";") ?? [];
  const read = (title: string) => Number(values[titles.indexOf(title)] ?? 0);

  return {
    successful: read("SuccessfulCall(C)"),
    failed: read("FailedCall(C)"),
    retransmissions: read("Retransmissions(C)"),
    open: read("CurrentCall"),
  };
}
