/** One entry of the ABNF table: some bytes, the rule that they are about, and the verdict. */
import { type MessageChanges, request } from "./message-bytes.ts";
import type { Verdict } from "./message-facts.ts";

export interface AbnfCase {
  readonly name: string;
  /** The ABNF rule or the clause that decides. */
  readonly rule: string;
  readonly bytes: Buffer;
  readonly expect: Verdict;
}

/** A case from bytes. */
export function bytesCase(name: string, rule: string, bytes: Buffer, expect: Verdict): AbnfCase {
  return { name, rule, bytes, expect };
}

/** A case that changes something of the base INVITE. */
export function requestCase(name: string, rule: string, changes: MessageChanges, expect: Verdict): AbnfCase {
  return { name, rule, bytes: request(changes), expect };
}

/** A case that puts one line in the place of the base INVITE's line of that name. */
export function lineCase(header: string, line: string, rule: string, expect: Verdict): AbnfCase {
  return {
    name: `${header} line ${JSON.stringify(line)}`,
    rule,
    bytes: request({ replace: { [header]: line } }),
    expect,
  };
}
