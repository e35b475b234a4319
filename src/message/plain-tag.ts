/**
 * The tag of a From or To value that a parser has accepted, when nothing
 * follows it.
 *
 * PERF: a proxy asks for tags with each message and for the addresses before
 * them nearly never; reading those costs ten times as much (benchmarks/calls/calls.ts).
 */
import { TOKEN } from "../grammar/char-class.ts";
import { skipRun } from "../grammar/character-run.ts";
import type { HeaderLine } from "./header-line.ts";

const TAG = ";tag=";

/** The tag; "" when there is none; undefined for a value of another form, which has to be read whole. */
export function plainTagOf(line: HeaderLine): string | undefined {
  const { source, valueStart, valueEnd } = line;
  // What could be taken for the end of an address, in a display name or a parameter, stands in quotes, and these are no token.
  const tagStart = source.lastIndexOf(">", valueEnd - 1) + 1;

  if (tagStart <= valueStart || line.isFolded) {
    return undefined;
  }

  if (tagStart === valueEnd) {
    return "";
  }

  const textStart = tagStart + TAG.length;

  return textStart < valueEnd &&
    source.startsWith(TAG, tagStart) &&
    skipRun(source, textStart, valueEnd, TOKEN) === valueEnd
    ? source.slice(textStart, valueEnd)
    : undefined;
}
