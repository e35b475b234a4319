/**
 * The Via values that this server puts together at one of its listening
 * points, which differ in nothing but the branch.
 *
 * PERF: the first is scanned, and says of the others of its length where their
 * parts lie. What a transaction asks for is at hand, so that the text of a Via
 * is first made flat along with the message (benchmarks/calls/calls.ts).
 */
import { ParsingError } from "../errors/errors.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { scanViaValue, ViaValue } from "./via-value.ts";

export class OwnVia {
  readonly #core: string;
  #first: ViaValue | undefined = undefined;
  #host = "";

  /** @param core such as "SIP/2.0/UDP 192.0.2.1:5060". */
  constructor(core: string) {
    this.#core = core;
  }

  /**
   * @param branch a token.
   * @throws {ParsingError} when the core is not well-formed.
   */
  withBranch(branch: string): ViaValue {
    const text = `${this.#core};branch=${branch}`;

    if (this.#first?.end !== text.length) {
      const scanned = scanViaValue(text, 0, text.length);

      if (scanned instanceof GrammarFault) {
        throw new ParsingError(`malformed Via: ${scanned.rule} at offset ${scanned.offset}`, scanned);
      }

      this.#first = scanned;
      this.#host = scanned.host;
    }

    return new BranchedVia(text, this.#first, this.#host, branch);
  }
}

class BranchedVia extends ViaValue {
  readonly #text: string;
  readonly #host: string;
  readonly #branch: string;

  constructor(text: string, { layout }: ViaValue, host: string, branch: string) {
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
