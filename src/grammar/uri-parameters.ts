/**
 * The parameters of a URI: *( ";" pname [ "=" pvalue ] ), in their order and
 * spelling (RFC 3261 section 19.1.1, RFC 3966 section 3). A name that comes
 * twice counts as it comes first.
 */
import { unescapeText } from "./uri-escape.ts";

interface UriParameter {
  /** Lower case and without escapes, for comparison. */
  readonly name: string;
  /** As it is written. */
  readonly nameText: string;
  /** As it is written, escapes included; `null` for a parameter without a value. */
  readonly value: string | null;
}

/** A parameter list that follows its grammar: whoever adds to it has escaped the text. */
export class UriParameters {
  private entries: UriParameter[];

  /** @param text the list from its first semicolon on, or "". It must be valid. */
  constructor(text: string) {
    this.entries = text === "" ? [] : text.slice(1).split(";").map(parseEntry);
  }

  has(lowerCaseName: string): boolean {
    return this.find(lowerCaseName) !== undefined;
  }

  /** The escaped value, `null` for a parameter without one; undefined when it is absent. */
  get(lowerCaseName: string): string | null | undefined {
    return this.find(lowerCaseName)?.value;
  }

  /**
   * Gives the parameter a value in its place, or adds it: at the end, or
   * before the first one that `comesAfter` names.
   */
  set(
    lowerCaseName: string,
    nameText: string,
    value: string | null,
    comesAfter?: (name: string) => boolean,
  ): void {
    const index = this.entries.findIndex((entry) => entry.name === lowerCaseName);
    const present = this.entries[index];

    if (present !== undefined) {
      this.entries[index] = { ...present, value };
      this.entries = this.entries.filter((entry, i) => i === index || entry.name !== lowerCaseName);

      return;
    }

    const added = { name: lowerCaseName, nameText, value };
    const place = comesAfter === undefined ? -1 : this.entries.findIndex((entry) => comesAfter(entry.name));

    this.entries.splice(place === -1 ? this.entries.length : place, 0, added);
  }

  delete(lowerCaseName: string): void {
    this.entries = this.entries.filter((entry) => entry.name !== lowerCaseName);
  }

  clear(): void {
    this.entries = [];
  }

  get size(): number {
    return this.entries.length;
  }

  /** Escaped values by lower-case name, in order. */
  toMap(): Map<string, string | null> {
    const map = new Map<string, string | null>();

    for (const { name, value } of this.entries) {
      if (!map.has(name)) {
        map.set(name, value);
      }
    }

    return map;
  }

  clone(): UriParameters {
    const copy = new UriParameters("");

    copy.entries = this.entries.slice();

    return copy;
  }

  /** The list as it is written in the URI. */
  toString(): string {
    let text = "";

    for (const { nameText, value } of this.entries) {
      text += value === null ? `;${nameText}` : `;${nameText}=${value}`;
    }

    return text;
  }

  private find(lowerCaseName: string): UriParameter | undefined {
    for (const entry of this.entries) {
      if (entry.name === lowerCaseName) {
        return entry;
      }
    }

    return undefined;
  }
}

function parseEntry(text: string): UriParameter {
  const equals = text.indexOf("=");
  const nameText = equals === -1 ? text : text.slice(0, equals);

  return {
    name: unescapeText(nameText).toLowerCase(),
    nameText,
    value: equals === -1 ? null : text.slice(equals + 1),
  };
}
