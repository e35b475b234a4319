/** Lines for people: time, level, component, message, then the facts as `key=value`. */
import type { LineWriter } from "./line-writer.ts";
import type { LogSink } from "./log-sink.ts";
import {
  describeLogged,
  errorDetails,
  errorTitle,
  escapeControls,
  inspectSafely,
  isError,
} from "./log-text.ts";
import type { LogFields, LogLevel } from "./logger.ts";

export interface PrettyLineOptions {
  /** Whether lines begin with the time; syslog and the journal add their own. */
  readonly hasTime: boolean;
  readonly hasColor: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const RESET = "\u001b[0m";
const DIM = "\u001b[2m";
const LEVEL_COLORS: Readonly<Record<LogLevel, string>> = {
  debug: "\u001b[90m",
  info: "\u001b[32m",
  notice: "\u001b[36m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
  crit: "\u001b[1;31m",
};
/** Of the longest level name. */
const LEVEL_WIDTH = 6;
const DETAIL_INDENT = "    ";

/** A value that can stand unquoted after `key=`. */
const PLAIN_VALUE = /^[^\s"=\\]+$/;

export class PrettyLineWriter implements LineWriter {
  readonly #sink: LogSink;
  readonly #options: PrettyLineOptions;
  readonly #fields: LogFields;

  constructor(sink: LogSink, options: PrettyLineOptions, fields: LogFields = {}) {
    this.#sink = sink;
    this.#options = options;
    this.#fields = fields;
  }

  write(level: LogLevel, message: unknown, fields: LogFields | undefined): void {
    const facts = fields === undefined ? this.#fields : { ...this.#fields, ...fields };
    const logged = describeLogged(message);
    const details = [...logged.details];
    let line = this.#head(level);

    if (facts["component"] !== undefined) {
      line += `${formatWord(facts["component"])}: `;
    }

    line += escapeControls(logged.text);

    for (const [key, value] of Object.entries(facts)) {
      if (key !== "component" && value !== undefined) {
        line += ` ${this.#paint(DIM, `${escapeControls(key)}=`)}${formatValue(value)}`;
      }

      // A cause given as a fact shows where it comes from, as the message itself would.
      if (isError(value)) {
        details.push(...errorDetails(value));
      }
    }

    for (const detail of details) {
      line += `\n${DETAIL_INDENT}${escapeControls(detail.trim())}`;
    }

    this.#sink.write(level, line);
  }

  child(fields: LogFields): LineWriter {
    return new PrettyLineWriter(this.#sink, this.#options, { ...this.#fields, ...fields });
  }

  #head(level: LogLevel): string {
    const time = this.#options.hasTime ? `${this.#paint(DIM, formatTime(this.#options.now()))} ` : "";

    return `${time}${this.#paint(LEVEL_COLORS[level], level.toUpperCase().padEnd(LEVEL_WIDTH))} `;
  }

  #paint(color: string, text: string): string {
    return this.#options.hasColor ? `${color}${text}${RESET}` : text;
  }
}

function formatWord(value: unknown): string {
  return escapeControls(typeof value === "string" ? value : inspectSafely(value));
}

function formatValue(value: unknown): string {
  const text = isError(value) ? errorTitle(value) : value;

  if (typeof text !== "string") {
    return escapeControls(inspectSafely(text));
  }

  const escaped = escapeControls(text);

  return PLAIN_VALUE.test(escaped) ? escaped : `"${escapeControls(text.replaceAll(/["\\]/g, "\\$&"))}"`;
}

/** Local time, `2026-01-31 23:59:59.999`. */
function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

  return `${day} ${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
