/**
 * A YAML 1.1 file as entries with their places, so that every problem found
 * later can name line and column. Knows nothing of what the entries mean.
 */
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { ConfigurationProblem } from "../errors/errors.ts";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What stands after a key. `text` is the value as it is spelled in the file. */
export type YamlValue =
  | { readonly kind: "null"; readonly place: Place }
  | { readonly kind: "scalar"; readonly place: Place; readonly value: unknown; readonly text: string }
  | { readonly kind: "list"; readonly place: Place; readonly items: readonly YamlValue[] }
  | { readonly kind: "map"; readonly place: Place; readonly entries: readonly YamlEntry[] };

export interface YamlEntry {
  /** As it is spelled in the file. */
  readonly key: string;
  /** False for `5: ...` and `yes: ...`, which YAML reads as a number and a boolean. */
  readonly isTextKey: boolean;
  readonly keyPlace: Place;
  readonly value: YamlValue;
}

export interface YamlFile {
  readonly root: YamlValue;
  readonly problems: readonly ConfigurationProblem[];
}

const START: Place = { line: 1, column: 1 };
const MERGE_KEY = "<<";
/** No file of ours is deeper than four; anchors that contain themselves are endless. */
const MAX_DEPTH = 8;
/** Anchors in anchors make a few lines stand for billions of values. */
const MAX_NODES = 100_000;

/**
 * Reads and parses a file.
 *
 * @returns undefined when there is no such file; unreadable files and broken
 * syntax become problems.
 */
export function readYamlFile(file: string): YamlFile | undefined {
  let bytes: Buffer;

  try {
    bytes = readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;

    if (code === "ENOENT") {
      return undefined;
    }

    return {
      root: nullValue(START),
      problems: [{ file, message: `cannot be read (${code ?? "unknown error"})` }],
    };
  }

  // UTF-16 would be read as one long word, and Latin-1 with the wrong letters.
  return isUtf8(bytes)
    ? parseYaml(file, bytes.toString("utf8"))
    : { root: nullValue(START), problems: [{ file, message: "is not UTF-8 text; save it as UTF-8" }] };
}

/** Parses text that was read from `file`. */
export function parseYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: "1.1", lineCounter: lines, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map((error): ConfigurationProblem => {
    const { line, col } = lines.linePos(error.pos[0]);

    return { file, line, column: col, message: describeSyntaxError(error.code, error.message) };
  });
  const reader = new NodeReader(document, lines, file);
  const root = problems.length === 0 ? reader.read(document.contents, START, 0) : nullValue(START);

  return { root, problems: [...problems, ...reader.problems] };
}

function describeSyntaxError(code: string, message: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return "this key was given before; each key is allowed once";
    case "TAB_AS_INDENT":
      return "tabs are not allowed as indentation in YAML; use spaces";
    case "MULTIPLE_DOCS":
      return "one YAML document is allowed, a second begins here";
    default:
      return `not valid YAML: ${message.replaceAll(/\s+/g, " ")}`;
  }
}

function nullValue(place: Place): YamlValue {
  return { kind: "null", place };
}

class NodeReader {
  readonly problems: ConfigurationProblem[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;
  #nodeCount = 0;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  read(node: unknown, fallback: Place, depth: number): YamlValue {
    const place = this.#placeOf(node, fallback);

    this.#nodeCount++;

    if (depth > MAX_DEPTH) {
      return this.#refuse(place, "nested too deeply");
    }

    if (this.#nodeCount > MAX_NODES) {
      return this.#nodeCount === MAX_NODES + 1 ? this.#refuse(place, "too many values") : nullValue(place);
    }

    if (isAlias(node)) {
      const target = node.resolve(this.#document);

      return target === undefined
        ? this.#refuse(place, `there is no anchor &${node.source} before this`)
        : this.#at(place, this.read(target, place, depth + 1));
    }

    if (isScalar(node) && node.value !== null) {
      const isQuoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
      const text = isQuoted ? JSON.stringify(node.value) : (node.source ?? String(node.value));

      return { kind: "scalar", place, value: node.value, text };
    }

    if (isSeq(node)) {
      return { kind: "list", place, items: node.items.map((item) => this.read(item, place, depth + 1)) };
    }

    return isMap(node) ? { kind: "map", place, entries: this.#entriesOf(node, depth) } : nullValue(place);
  }

  #entriesOf(map: YAMLMap, depth: number): YamlEntry[] {
    const own: YamlEntry[] = [];
    const merged: YamlEntry[] = [];

    for (const { key, value } of map.items) {
      const keyPlace = this.#placeOf(key, START);
      const read = this.read(value, keyPlace, depth + 1);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined;

      if (name === MERGE_KEY) {
        const sources = read.kind === "list" ? read.items : [read];

        merged.push(...sources.flatMap((source) => (source.kind === "map" ? source.entries : [])));
      } else if (name === undefined) {
        this.#refuse(keyPlace, "a key is a word; a list or a mapping is not allowed");
      } else {
        own.push({
          key: name,
          isTextKey: typeof (key as { value: unknown }).value === "string",
          keyPlace,
          value: read,
        });
      }
    }

    // YAML merge keys: what the mapping says itself wins, then the first of the merged ones.
    const known = new Map<string, YamlEntry>();

    for (const entry of [...own, ...merged]) {
      if (!known.has(entry.key)) {
        known.set(entry.key, entry);
      }
    }

    return [...known.values()];
  }

  /** Once for each place, however often anchors lead there. */
  #refuse(place: Place, message: string): YamlValue {
    const isKnown = this.problems.some(({ line, column }) => line === place.line && column === place.column);

    if (!isKnown) {
      this.problems.push({ file: this.#file, line: place.line, column: place.column, message });
    }

    return nullValue(place);
  }

  /** A value taken from an anchor is wrong where it is used. */
  #at(place: Place, value: YamlValue): YamlValue {
    return { ...value, place };
  }

  #placeOf(node: unknown, fallback: Place): Place {
    const range = (node as Node | null | undefined)?.range;

    if (range === undefined || range === null) {
      return fallback;
    }

    const { line, col } = this.#lines.linePos(range[0]);

    return { line, column: col };
  }
}
