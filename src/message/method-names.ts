/**
 * The methods that the server knows, each as one text.
 *
 * PERF: a method that is cut out of a message is a new text each time, and is
 * compared character by character wherever its name decides; these compare by
 * their address (benchmarks/proxy/forward-call.ts).
 */
import { ownText } from "../util/own-text.ts";

const NAMES = [
  "INVITE",
  "ACK",
  "CANCEL",
  "PRACK",
  "BYE",
  "REFER",
  "INFO",
  "UPDATE",
  "OPTIONS",
  "REGISTER",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "PUBLISH",
] as const;

export const KNOWN_METHODS: ReadonlySet<string> = new Set(NAMES);

const UPPER_A = 0x41;
/** By their first letter. */
const BY_LETTER: readonly (readonly string[])[] = Array.from({ length: 26 }, (_, i) =>
  NAMES.filter((name) => name.charCodeAt(0) === UPPER_A + i),
);
const NONE: readonly string[] = [];

/** The method from `start` to `end` of a text. Methods are compared with case (RFC 3261 section 7.1). */
export function methodIn(text: string, start: number, end: number): string {
  const names = BY_LETTER[text.charCodeAt(start) - UPPER_A] ?? NONE;

  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;

    if (name.length === end - start && text.startsWith(name, start)) {
      return name;
    }
  }

  // Finished transactions keep it, and are not to keep the message with it.
  return ownText(text.slice(start, end));
}
