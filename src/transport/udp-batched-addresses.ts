/**
 * Addresses as numbers and as text, for the batched UDP socket. Peers are
 * few compared with their datagrams, so what was made of an address is kept;
 * never for more than a fixed number of them.
 */
import type { BatchedAddon } from "./udp-batched-addon.ts";

/** A power of two. */
const MAX_SOURCES = 4096;
const MAX_TARGETS = 4096;
const WORDS = 5;

interface Source {
  readonly scope: number;
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  readonly ip: string;
}

export class BatchedAddresses {
  readonly #addon: BatchedAddon;
  readonly #isIpv6: boolean;
  readonly #sources: (Source | undefined)[] = new Array(MAX_SOURCES).fill(undefined);
  readonly #targets = new Map<string, Uint32Array>();

  constructor(addon: BatchedAddon, isIpv6: boolean) {
    this.#addon = addon;
    this.#isIpv6 = isIpv6;
  }

  /**
   * The text of a source address: scope and four words at `index`. Two that
   * share a place in the table only cost each other time.
   */
  textOf(words: Uint32Array, index: number): string {
    const scope = words[index] as number;
    const word0 = words[index + 1] as number;
    const word1 = words[index + 2] as number;
    const word2 = words[index + 3] as number;
    const word3 = words[index + 4] as number;
    const mixed = Math.imul(word0 ^ word1 ^ word2 ^ Math.imul(word3, 31) ^ scope, 0x9e3779b1);
    const place = (mixed >>> 20) & (MAX_SOURCES - 1);
    const known = this.#sources[place];

    if (
      known !== undefined &&
      known.word0 === word0 &&
      known.word3 === word3 &&
      known.word2 === word2 &&
      known.word1 === word1 &&
      known.scope === scope
    ) {
      return known.ip;
    }

    const ip = this.#addon.formatAddress(this.#isIpv6, scope, word0, word1, word2, word3) ?? "";

    this.#sources[place] = { scope, word0, word1, word2, word3, ip };

    return ip;
  }

  /** Scope and four words of a target address; undefined when `ip` is none of this family. */
  wordsOf(ip: string): Uint32Array | undefined {
    const known = this.#targets.get(ip);

    if (known !== undefined) {
      return known;
    }

    const words = new Uint32Array(WORDS);

    if (!this.#addon.parseAddress(ip, this.#isIpv6, words)) {
      return undefined;
    }

    if (this.#targets.size >= MAX_TARGETS) {
      this.#targets.clear();
    }

    this.#targets.set(ip, words);

    return words;
  }
}
