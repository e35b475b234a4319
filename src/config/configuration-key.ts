/**
 * What one key of a configuration file is. The tables of keys (`*-keys.ts`)
 * are the only source of types, checks, defaults, messages, and of the
 * generated reference in `docs/reference/config.md`.
 */
import type * as z from "zod";

export interface ConfigurationKey<Value> {
  /** Accepts the values that the key may have, and brings them to their final form. */
  readonly schema: z.ZodType<Value>;
  readonly defaultValue: Value;
  /** What is allowed, such as "a whole number from 1 to 65535": stands in messages and in the reference. */
  readonly allowed: string;
  /** Whether a list is allowed; one value is then a list of one. */
  readonly isList: boolean;
  /** Whether the value must not be shown in messages. */
  readonly isSecret?: boolean;
  /** Markdown: what the key does, with its unit. */
  readonly effect: string;
  /** What the default means where its value alone does not say it, such as "the system's name servers". */
  readonly defaultMeaning?: string | undefined;
}

/** A section of a configuration file: its keys as they are spelled in the file. */
export type KeyTable = Readonly<Record<string, ConfigurationKey<unknown>>>;

/** `listen_port_tls` to `listenPortTls`, as a type. */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The values of a section, with its keys in camelCase. */
export type ValuesOf<Table extends KeyTable> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: Table[Name] extends ConfigurationKey<
    infer Value
  >
    ? Value
    : never;
};

/** `listen_port_tls` to `listenPortTls`. */
export function camelCase(name: string): string {
  return name.replaceAll(/_(.)/g, (_match, character: string) => character.toUpperCase());
}
