/** How long the user's event handlers take, until the promise that they return is settled, and how many fail. */
import type { SipEvents, WebSocketEvents } from "../api/events.ts";
import { DurationHistogram } from "./duration-histogram.ts";

/** The handlers that traffic calls. */
interface TrafficHandlers {
  readonly sipEvents: SipEvents;
  readonly webSocketEvents: WebSocketEvents;
}

export interface CallbackTime {
  readonly durations: DurationHistogram;
  /** How many threw or rejected. */
  failures: number;
}

type Handler = (...values: never[]) => unknown;

const SIP_EVENTS = ["onRequest", "onClientTlsHandshake", "onServerTlsHandshake"] as const;
const WEB_SOCKET_EVENTS = ["onConnection", "onDisconnection", "onClientTlsHandshake"] as const;

export class CallbackTimes {
  /** By the handler's name, such as "sipEvents.onRequest". */
  readonly times: ReadonlyMap<string, CallbackTime> = new Map(
    [
      ...SIP_EVENTS.map((name) => `sipEvents.${name}`),
      ...WEB_SOCKET_EVENTS.map((name) => `webSocketEvents.${name}`),
    ].map((name) => [name, { durations: new DurationHistogram(), failures: 0 }]),
  );

  /** The same handlers, measured. What they return or throw stays the same. */
  measured<Handlers extends TrafficHandlers>(current: () => Handlers): () => Handlers {
    let handlers: Handlers | undefined;
    let wrapped: Handlers | undefined;

    // A reload replaces the handlers, which is seldom.
    return () => {
      const now = current();

      if (wrapped === undefined || handlers !== now) {
        handlers = now;
        wrapped = {
          ...now,
          sipEvents: this.#wrap("sipEvents", now.sipEvents, SIP_EVENTS),
          webSocketEvents: this.#wrap("webSocketEvents", now.webSocketEvents, WEB_SOCKET_EVENTS),
        };
      }

      return wrapped;
    };
  }

  #wrap<Group extends SipEvents | WebSocketEvents>(
    groupName: string,
    group: Group,
    names: readonly (keyof Group & string)[],
  ): Group {
    const wrapped = names.map((name) => {
      const time = this.times.get(`${groupName}.${name}`);

      return [name, (...values: unknown[]): unknown => callMeasured(group, name, values, time)];
    });

    // Each has the parameters and the result of the one that it calls.
    return Object.fromEntries(wrapped) as Group;
  }
}

function callMeasured<Group extends object>(
  group: Group,
  name: keyof Group,
  values: readonly unknown[],
  time: CallbackTime | undefined,
): unknown {
  // Looked up at each call: user code may set it anew.
  const handler = group[name] as Handler | undefined;

  if (handler === undefined || time === undefined) {
    return undefined;
  }

  const startedAtMs = performance.now();
  const ended = (): void => time.durations.observe((performance.now() - startedAtMs) / 1000);

  try {
    const result = handler.apply(group, values as never[]);

    if (isPromise(result)) {
      // On a branch of its own, so that whoever awaits the result does not wait longer.
      result.then(ended, () => {
        time.failures++;
        ended();
      });
    } else {
      ended();
    }

    return result;
  } catch (error) {
    time.failures++;
    ended();

    throw error;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
