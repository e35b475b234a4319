/** The kinds of values that configuration keys have, without network names (see network-values.ts). */
import * as z from "zod";
import type { ConfigurationKey } from "./configuration-key.ts";

/** What every kind is given beside its limits. */
export interface KeyText<Value> {
  readonly default: Value;
  readonly effect: string;
  readonly defaultMeaning?: string;
}

export function makeKey<Value>(
  schema: z.ZodType<Value>,
  allowed: string,
  text: KeyText<Value>,
  isList = false,
): ConfigurationKey<Value> {
  return {
    schema,
    allowed,
    isList,
    defaultValue: text.default,
    effect: text.effect,
    defaultMeaning: text.defaultMeaning,
  };
}

export function yesOrNo(text: KeyText<boolean>): ConfigurationKey<boolean> {
  return makeKey(z.boolean(), "yes or no", text);
}

export interface NumberLimits {
  readonly min: number;
  readonly max: number;
  /** Such as "seconds". */
  readonly unit?: string;
}

function describeNumber(limits: NumberLimits): string {
  const unit = limits.unit === undefined ? "" : ` (${limits.unit})`;

  return `a whole number from ${limits.min} to ${limits.max}${unit}`;
}

export function wholeNumber(limits: NumberLimits, text: KeyText<number>): ConfigurationKey<number> {
  return makeKey(z.int().min(limits.min).max(limits.max), describeNumber(limits), text);
}

/** A number that may be left unset. */
export function optionalNumber(
  limits: NumberLimits,
  text: KeyText<number | null>,
): ConfigurationKey<number | null> {
  return makeKey(z.int().min(limits.min).max(limits.max), describeNumber(limits), text);
}

/** One of a few words; null as default means that something else decides. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  text: KeyText<NoInfer<Word>>,
): ConfigurationKey<Word>;
export function oneOf<const Word extends string>(
  words: readonly Word[],
  text: KeyText<NoInfer<Word> | null>,
): ConfigurationKey<Word | null>;
export function oneOf<const Word extends string>(
  words: readonly Word[],
  text: KeyText<Word | null>,
): ConfigurationKey<Word | null> {
  return makeKey<Word | null>(
    z.enum(words as readonly [Word, ...Word[]]),
    `one of ${words.join(", ")}`,
    text,
  );
}

/** A list of words of which repeated ones are dropped; it may not be empty. */
export function wordList<const Word extends string>(
  words: readonly Word[],
  text: KeyText<readonly Word[]>,
): ConfigurationKey<readonly Word[]> {
  const word = z.enum(words as readonly [Word, ...Word[]]);
  const schema = z
    .array(word)
    .min(1)
    .transform((list): readonly Word[] => [...new Set(list)]);

  return makeKey<readonly Word[]>(schema, `one or several of ${words.join(", ")}`, text, true);
}

/** A short text without control characters that may be left unset. */
export function optionalText(
  limits: { readonly maxLength: number },
  text: KeyText<string | null>,
): ConfigurationKey<string | null> {
  const schema = z
    .string()
    .min(1)
    .max(limits.maxLength)
    .regex(/^[^\u0000-\u001f\u007f]*$/);

  return makeKey<string | null>(
    schema,
    `a text of 1 to ${limits.maxLength} characters (in quotes if it looks like a number)`,
    text,
  );
}

/** A text that must not be shown, and that may be left unset. */
export function optionalSecret(
  limits: { readonly minLength: number; readonly maxLength: number },
  text: KeyText<string | null>,
): ConfigurationKey<string | null> {
  const schema = z.string().min(limits.minLength).max(limits.maxLength);
  const allowed = `a text of ${limits.minLength} to ${limits.maxLength} characters (in quotes if it looks like a number)`;

  return { ...makeKey<string | null>(schema, allowed, text), isSecret: true };
}
