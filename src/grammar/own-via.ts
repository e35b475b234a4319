/**
 * The Via values that this server puts together at one of its listening
 * points, which differ in nothing but the branch.
 *
 * PERF: the first of each length is scanned, and says of the others where their
 * parts lie. What a transaction asks for is at hand, so that the text of a Via
 * is first made flat along with the message (benchmarks/calls/calls.ts).
 */
import { ParsingError } from "../errors/errors.ts";
import { GrammarFault } from "./grammar-fault.ts";
import type { ViaLayout } from "./via-layout.ts";
import { scanViaValue, ViaValue } from "./via-value.ts";

export class OwnVia {
  readonly #core: string;
  /** By the length of their branches, of which this server makes two (loop-detection.ts). */
  readonly #scanned = new Map<number, ScannedVia>();

  /** @param core such as "SIP/2.0/UDP 192.0.2.1:5060". */
  constructor(core: string) {
    this.#core = core;
  }

  /**
   * @param branch a token, of one of a few lengths.
   * @throws {ParsingError} when the core is not well-formed.
   */
  withBranch(branch: string): ViaValue {
    const text = `${this.#core};branch=${branch}`;
    let scanned = this.#scanned.get(branch.length);

    if (scanned === undefined) {
      scanned = scan(text);
      this.#scanned.set(branch.length, scanned);
    }

    return new BranchedVia(text, scanned, branch);
  }
}

interface ScannedVia {
  readonly layout: ViaLayout;
  readonly host: string;
}

function scan(text: string): ScannedVia {
  const via = scanViaValue(text, 0, text.length);

  if (via instanceof GrammarFault) {
    throw new ParsingError(`malformed Via: ${via.rule} at offset ${via.offset}`, via);
  }

  const { layout, host } = via;

  return { layout, host };
}

class BranchedVia extends ViaValue {
  readonly #text: string;
  readonly #host: string;
  readonly #branch: string;

  constructor(text: string, { layout, host }: ScannedVia, branch: string) {
    super(text, layout);
    this.#text = text;
    this.#host = host;
    this.#branch = branch;
  }

  override get text(): string {
    return this.#text;
  }

  override get host(): string {
    return this.#host;
  }

  override get branch(): string {
    return this.#branch;
  }
}
