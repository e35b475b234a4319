/** A small pseudo-random generator (mulberry32): the same numbers for the same seed, on every machine. */

export interface SeededRandom {
  /** From 0 up to, and without, the bound. */
  integer(bound: number): number;
}

/** A generator that starts at the seed, of which 32 bits count. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  return {
    integer(bound) {
      state = (state + 0x6d2b79f5) >>> 0;
      let value = Math.imul(state ^ (state >>> 15), state | 1);

      value ^= value + Math.imul(value ^ (value >>> 7), value | 61);

      return (((value ^ (value >>> 14)) >>> 0) % bound) >>> 0;
    },
  };
}
