/** One JSON object a line, made by pino: `level`, `time`, the facts, `msg`, and `err` for errors. */
import { type Logger as PinoLogger, pino, stdSerializers, stdTimeFunctions } from "pino";
import type { LineWriter } from "./line-writer.ts";
import type { LogSink } from "./log-sink.ts";
import { describeLogged, errorTitle, escapeControlsInJson, inspectSafely, isError } from "./log-text.ts";
import { LOG_LEVELS, type LogFields, type LogLevel } from "./logger.ts";

type JsonLogger = PinoLogger<LogLevel>;

/** Keys that the line has itself. */
const OWN_KEYS: ReadonlySet<string> = new Set(["level", "time", "msg", "err"]);

/** Which level the line has that pino is writing: it calls the destination before its method returns. */
interface CurrentLevel {
  level: LogLevel;
}

class JsonLineWriter implements LineWriter {
  readonly #pino: JsonLogger;
  readonly #current: CurrentLevel;

  constructor(pinoLogger: JsonLogger, current: CurrentLevel) {
    this.#pino = pinoLogger;
    this.#current = current;
  }

  write(level: LogLevel, message: unknown, fields: LogFields | undefined): void {
    const facts = fields === undefined ? {} : jsonFacts(fields);

    this.#current.level = level;

    if (isError(message)) {
      this.#pino[level]({ ...facts, err: message }, errorTitle(message));
    } else {
      this.#pino[level](facts, describeLogged(message).text);
    }
  }

  child(fields: LogFields): LineWriter {
    return new JsonLineWriter(this.#pino.child(jsonFacts(fields)), this.#current);
  }
}

export function makeJsonLineWriter(sink: LogSink): JsonLineWriter {
  const current: CurrentLevel = { level: "info" };
  const levels = Object.fromEntries(LOG_LEVELS.map((level, index) => [level, (index + 1) * 10]));
  const pinoLogger = pino<LogLevel>(
    {
      // What is written is decided before pino is asked.
      level: "debug",
      customLevels: levels as Record<LogLevel, number>,
      useOnlyCustomLevels: true,
      base: null,
      serializers: { err: serializeError },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => sink.write(current.level, escapeControlsInJson(line.trimEnd())) },
  );

  return new JsonLineWriter(pinoLogger, current);
}

function serializeError(error: Error): object {
  try {
    const { type, message, stack } = stdSerializers.err(error);

    return { type, message, stack, ...("code" in error ? { code: jsonFact(error.code) } : {}) };
  } catch {
    return { message: errorTitle(error) };
  }
}

/** Values that JSON cannot hold, or would hold badly, as text. */
function jsonFact(value: unknown): unknown {
  if (typeof value !== "object" || value === null) {
    return typeof value === "bigint" || typeof value === "symbol" || typeof value === "function"
      ? String(value)
      : value;
  }

  if (isError(value)) {
    return serializeError(value);
  }

  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);

  return isPlain ? value : inspectSafely(value);
}

function jsonFacts(fields: LogFields): Record<string, unknown> {
  const facts: Record<string, unknown> = Object.create(null);

  for (const [key, value] of Object.entries(fields)) {
    facts[OWN_KEYS.has(key) ? `${key}_` : key] = jsonFact(value);
  }

  return { ...facts };
}
