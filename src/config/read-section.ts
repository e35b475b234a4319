/** Reads one mapping by a table of keys: finds every problem, fills in defaults. */
import type { ConfigurationProblem } from "../errors/errors.ts";
import { type ConfigurationKey, camelCase, type KeyTable, type ValuesOf } from "./configuration-key.ts";
import { defaultsOf } from "./default-values.ts";
import { nearestName } from "./nearest-name.ts";
import type { Place, YamlEntry, YamlValue } from "./yaml-file.ts";

export interface SectionReading<Table extends KeyTable> {
  /** Complete whatever the problems: a faulty key has its default. The caller may change it. */
  readonly values: ValuesOf<Table>;
  readonly problems: readonly ConfigurationProblem[];
  /** Where each key of the file stands, by its name in the file; of a list each item too, as `name.0`. */
  readonly places: ReadonlyMap<string, Place>;
}

const MAX_SHOWN_LENGTH = 60;

/** One value as a message shows it: short, and without control characters. */
export function showValue(text: string): string {
  const shown = text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}...` : text;

  return shown.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

/** `unknown key "listen_prot"; did you mean "listen_port"?` */
export function describeUnknownName(kind: string, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);

  return `unknown ${kind}; did you mean "${nearest}"?`;
}

export function readSection<Table extends KeyTable>(
  file: string,
  section: string,
  table: Table,
  value: YamlValue,
): SectionReading<Table> {
  const values: Record<string, unknown> = defaultsOf(table);
  const problems: ConfigurationProblem[] = [];
  const places = new Map<string, Place>();

  const report = (place: Place, name: string | undefined, message: string): void => {
    const key = name === undefined ? section : `${section}.${name}`;

    problems.push({ file, line: place.line, column: place.column, key: showValue(key), message });
  };

  const notePlaces = ({ key, value }: YamlEntry): void => {
    places.set(key, value.place);

    if (value.kind === "list") {
      for (const [index, item] of value.items.entries()) {
        places.set(`${key}.${index}`, item.place);
      }
    }
  };

  const readEntry = (entry: YamlEntry): void => {
    const key = Object.hasOwn(table, entry.key) ? table[entry.key] : undefined;

    if (key === undefined) {
      report(entry.keyPlace, entry.key, describeUnknownName("key", entry.key, Object.keys(table)));

      return;
    }

    notePlaces(entry);
    const read = readValue(key, entry.value);

    if ("faults" in read) {
      for (const fault of read.faults) {
        report(fault.place, entry.key, fault.message);
      }
    } else {
      values[camelCase(entry.key)] = read.value;
    }
  };

  if (value.kind === "map") {
    value.entries.forEach(readEntry);
  } else if (value.kind !== "null") {
    report(value.place, undefined, "a section is a mapping of keys to values; nothing else is allowed");
  }

  return { values: values as ValuesOf<Table>, problems, places };
}

interface Fault {
  readonly place: Place;
  readonly message: string;
}

function readValue(
  key: ConfigurationKey<unknown>,
  value: YamlValue,
): { readonly value: unknown } | { readonly faults: readonly Fault[] } {
  // YAML's null, "~" and an empty value all mean: as if the key were not there.
  if (value.kind === "null") {
    return { value: key.defaultValue };
  }

  if (value.kind === "list" && !key.isList) {
    return { faults: [{ place: value.place, message: `a list is not allowed; expected ${key.allowed}` }] };
  }

  const items = value.kind === "list" ? value.items : [value];
  const shapeFaults = items.flatMap((item) => shapeFault(key, item));

  if (shapeFaults.length > 0) {
    return { faults: shapeFaults };
  }

  const plain = items.map((item) => (item.kind === "scalar" ? item.value : null));
  const result = key.schema.safeParse(key.isList ? plain : plain[0]);

  if (result.success) {
    return { value: result.data };
  }

  // One fault an item, however many rules it breaks.
  const faultyItems = new Set(result.error.issues.map((issue) => Number(issue.path[0] ?? 0)));

  return {
    faults: [...faultyItems].map((index) => ({
      place: items[index]?.place ?? value.place,
      message: describeWrongValue(key, items[index]),
    })),
  };
}

/** What cannot be a value at all, whatever the key: `{...}`, a list in a list, an octal number by mistake. */
function shapeFault(key: ConfigurationKey<unknown>, item: YamlValue): readonly Fault[] {
  if (item.kind !== "scalar") {
    const shape = item.kind === "null" ? "an empty item" : `a ${item.kind === "map" ? "mapping" : "list"}`;

    return [{ place: item.place, message: `${shape} is not allowed here; expected ${key.allowed}` }];
  }

  // SECURITY: "05060" is 2608 in YAML 1.1; nobody who writes it means that.
  if (typeof item.value === "number" && /^[-+]?0[0-9_]+$/.test(item.text)) {
    const message = `${showValue(item.text)} begins with 0, which makes it an octal number; expected ${key.allowed}`;

    return [{ place: item.place, message }];
  }

  return [];
}

function describeWrongValue(key: ConfigurationKey<unknown>, item: YamlValue | undefined): string {
  if (item?.kind !== "scalar") {
    return `an empty list is not allowed; expected ${key.allowed}`;
  }

  // SECURITY: a secret does not reach the terminal or a log, not even a wrong one.
  const shown = key.isSecret ? "this value" : showValue(item.text);

  return `${shown} is not allowed; expected ${key.allowed}`;
}
