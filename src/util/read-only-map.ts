/** A map that who gets it cannot change: TypeScript's `ReadonlyMap` is a promise of the compiler alone. */
import { inspect } from "node:util";

export class ReadOnlyMap<Key, Value> implements ReadonlyMap<Key, Value> {
  readonly #map: ReadonlyMap<Key, Value>;

  /** @param map shown as it is, not copied. */
  constructor(map: ReadonlyMap<Key, Value>) {
    this.#map = map;
    Object.freeze(this);
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  keys(): MapIterator<Key> {
    return this.#map.keys();
  }

  values(): MapIterator<Value> {
    return this.#map.values();
  }

  entries(): MapIterator<[Key, Value]> {
    return this.#map.entries();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.#map[Symbol.iterator]();
  }

  forEach(
    callback: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void,
    thisArgument?: unknown,
  ): void {
    this.#map.forEach((value, key) => {
      callback.call(thisArgument, value, key, this);
    });
  }

  /** As a map is shown. */
  [inspect.custom](): unknown {
    return new Map(this.#map);
  }
}
