/**
 * How long calls took to set up, at the caller: from its first request to the
 * 200, read from the line that sipp writes for each message
 * (-trace_shortmsg). Its own response times are whole milliseconds.
 */
import { readFileSync } from "node:fs";

/** Milliseconds of the calls that got a 200, the lowest first. */
export function readSetupTimesMs(file: string): number[] {
  const startedAt = new Map<string, number>();
  const times: number[] = [];

  // Fields: date, seconds since 1970, S(ent) or R(eceived), Call-ID, CSeq, first line.
  for (const line of readFileSync(file, "latin1").split("\n")) {
    const [, , seconds, direction, callId = "", cseq = "", firstLine = ""] = line.split("\t");

    // What follows in the call, ACK and BYE, is no longer its setup.
    if (!cseq.startsWith("CSeq:1 ") || cseq.endsWith(" ACK")) {
      continue;
    }

    const sentAt = startedAt.get(callId);

    if (direction === "S" && sentAt === undefined) {
      startedAt.set(callId, Number(seconds) * 1000);
    } else if (direction === "R" && sentAt !== undefined && firstLine.startsWith("SIP/2.0 200")) {
      times.push(Number(seconds) * 1000 - sentAt);
      // A 200 that comes again is no further call.
      startedAt.set(callId, Number.NaN);
    }
  }

  return times.filter((time) => !Number.isNaN(time)).sort((a, b) => a - b);
}
