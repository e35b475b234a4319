/**
 * Recognises the names of known header fields, in any case and in compact
 * form, byte by byte: a table says which state follows from a state and a
 * byte, and each state whether a whole name ends there.
 *
 * PERF: one look-up a byte also tells where the name ends, and no string is
 * made of it (benchmarks/message/message-layer.ts).
 */
import { CHAR_CLASS, TOKEN } from "../grammar/char-class.ts";

/** Byte classes: 0 ends a name, 1 is a token character that no known name has, the others are letters and the hyphen. */
const CLASS_OTHER_TOKEN = 1;
const CLASS_HYPHEN = 2;
const CLASS_A = 3;
/** How far a state is shifted to make room for a class. */
export const CLASS_BITS = 5;

const HYPHEN = 0x2d;
const UPPER_A = 0x41;
const LOWER_A = 0x61;
const LETTERS = 26;

/** The state of what is no beginning of a known name. Nothing leads out of it. */
const NOWHERE = 0;
const START = 1;

export class HeaderNameTable {
  /** Class of each byte; 0 for all that no name holds. */
  readonly byteClass: Uint8Array = buildByteClasses();
  /** State by `state << CLASS_BITS | class`. */
  readonly next: Uint16Array;
  readonly #idOfState: Uint8Array;

  /** @param idOfName lower-case names, full and compact, with their numbers from 1 to 255. */
  constructor(idOfName: ReadonlyMap<string, number>) {
    const maxStates = 2 + [...idOfName.keys()].reduce((sum, name) => sum + name.length, 0);

    this.next = new Uint16Array(maxStates << CLASS_BITS);
    this.#idOfState = new Uint8Array(maxStates);

    let states = START + 1;

    for (const [name, id] of idOfName) {
      let state = START;

      for (let i = 0; i < name.length; i++) {
        const slot = (state << CLASS_BITS) | (this.byteClass[name.charCodeAt(i)] as number);

        if (this.next[slot] === NOWHERE) {
          this.next[slot] = states++;
        }

        state = this.next[slot] as number;
      }

      this.#idOfState[state] = id;
    }
  }

  /** State before the first byte of a name. */
  get start(): number {
    return START;
  }

  /** State after a byte of this class, which must not be 0. */
  step(state: number, byteClass: number): number {
    return this.next[(state << CLASS_BITS) | byteClass] as number;
  }

  /** Number of the header field whose name ends in this state; 0 when it is no known one. */
  idOf(state: number): number {
    return this.#idOfState[state] as number;
  }
}

function buildByteClasses(): Uint8Array {
  const classes = new Uint8Array(256);

  for (let byte = 0; byte < 256; byte++) {
    if (((CHAR_CLASS[byte] as number) & TOKEN) !== 0) {
      classes[byte] = CLASS_OTHER_TOKEN;
    }
  }

  classes[HYPHEN] = CLASS_HYPHEN;

  for (let letter = 0; letter < LETTERS; letter++) {
    classes[UPPER_A + letter] = CLASS_A + letter;
    classes[LOWER_A + letter] = CLASS_A + letter;
  }

  return classes;
}
