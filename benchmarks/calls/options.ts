/** Options of these benchmarks: what is wrong with one is told in a line, with what is allowed. */
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** The options as given. Prints `usage` and ends the process where it is asked for, and on an option that there is not. */
export function readOptions<Options extends ParseArgsOptionsConfig>(usage: string, options: Options) {
  const { help, values } = parse(options);

  if (help) {
    console.log(usage);
    process.exit(0);
  }

  return values;
}

function parse<Options extends ParseArgsOptionsConfig>(options: Options) {
  const words = process.argv.slice(2);

  try {
    const help = words.includes("--help");

    return { help, values: parseArgs({ args: words.filter((word) => word !== "--help"), options }).values };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

/** A number of `least` or more. */
export function readNumber(option: string, text: string, least = 0): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);

  return Number.isFinite(number) && number >= least
    ? number
    : refuse(`--${option}: "${text}" is no number of ${least} or more`);
}

/** Names with commas between them. */
export function readNames(option: string, text: string, allowed: readonly string[]): string[] {
  return text.split(",").map((name) => readName(option, name, allowed));
}

/** One name. */
export function readName(option: string, text: string, allowed: readonly string[]): string {
  return allowed.includes(text) ? text : refuse(`--${option}: "${text}" is none of ${allowed.join(", ")}`);
}

/** Two words with "=" between them. */
export function readPair(option: string, text: string): readonly [string, string] {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];

  return name === undefined || value === undefined
    ? refuse(`--${option}: "${text}" is not NAME=VALUE`)
    : [name, value];
}

function refuse(message: string): never {
  console.error(`${message} (--help lists the options)`);
  process.exit(2);
}
