/** Checks what the user's logic exports: a handler with a misspelled name would never be called. */
import type { SipEvents, SystemEvents, WebSocketEvents } from "../api/events.ts";
import { nearestName } from "../config/nearest-name.ts";
import { ConfigurationError, type ConfigurationProblem } from "../errors/errors.ts";

const EVENT_NAMES = {
  systemEvents: ["onInitialize", "onStarted", "onUserReload", "onTerminated"],
  sipEvents: ["onRequest", "onClientTlsHandshake", "onServerTlsHandshake"],
  webSocketEvents: ["onConnection", "onDisconnection", "onClientTlsHandshake"],
} as const;

/** The handlers that the user exports; each may be missing. */
export interface EventHandlers {
  /** See `SystemEvents`. */
  readonly systemEvents: SystemEvents;
  /** See `SipEvents`. */
  readonly sipEvents: SipEvents;
  /** See `WebSocketEvents`. */
  readonly webSocketEvents: WebSocketEvents;
}

/**
 * @param text the entry file, to find the place of a wrong name in.
 * @throws {ConfigurationError} for an unknown name in one of the three groups, and for what is no function.
 */
export function checkExports(exports: unknown, entryFile: string, text: string): EventHandlers {
  const problems: ConfigurationProblem[] = [];

  const group = <Name extends keyof EventHandlers>(name: Name): EventHandlers[Name] => {
    const value = isObject(exports) ? exports[name] : undefined;

    if (value !== undefined && !isObject(value)) {
      problems.push({
        file: entryFile,
        ...placeOf(name, text),
        key: name,
        message: `must be an object of functions, not ${kindOf(value)}`,
      });
    }

    if (!isObject(value)) {
      return {};
    }

    for (const member of memberNames(value)) {
      const message = problemOf(EVENT_NAMES[name], member, value[member]);

      if (message !== undefined) {
        problems.push({ file: entryFile, ...placeOf(member, text), key: `${name}.${member}`, message });
      }
    }

    return value as EventHandlers[Name];
  };

  const checked = {
    systemEvents: group("systemEvents"),
    sipEvents: group("sipEvents"),
    webSocketEvents: group("webSocketEvents"),
  };

  if (problems.length > 0) {
    throw new ConfigurationError(problems);
  }

  return checked;
}

/** Whether none of the three groups is exported: allowed, but hardly meant. */
export function exportsNothing(exports: unknown): boolean {
  return !isObject(exports) || Object.keys(EVENT_NAMES).every((name) => exports[name] === undefined);
}

function problemOf(known: readonly string[], name: string, value: unknown): string | undefined {
  if (!known.includes(name)) {
    return `no such event; did you mean "${nearestName(name, known)}"? (there are ${known.join(", ")})`;
  }

  return value === undefined || typeof value === "function"
    ? undefined
    : `must be a function, not ${kindOf(value)}`;
}

/** The members of an object literal, and the methods of a class that it may be an instance of. */
function memberNames(value: object): string[] {
  const names = new Set<string>();

  for (
    let owner: object | null = value;
    owner !== null && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      names.add(name);
    }
  }

  names.delete("constructor");

  return [...names];
}

function placeOf(name: string, text: string): { line: number; column: number } | undefined {
  const offset = new RegExp(`\\b${name.replace(/[^\w]/g, "\\$&")}\\b`).exec(text)?.index;

  if (offset === undefined) {
    return undefined;
  }

  const lines = text.slice(0, offset).split("\n");

  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}
