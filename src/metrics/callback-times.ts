/** How long the user's code takes when it is called, until the promise that it returns is settled, and how often it fails. */
import type { SipEvents, WebSocketEvents } from "../api/events.ts";
import type { CallTimer } from "../util/call-timer.ts";
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

/** Of `SipProxy` and `Uac`. */
const ROUTING_CALLBACKS = [
  "onProvisionalResponse",
  "onSuccessResponse",
  "onFailureResponse",
  "onCanceled",
  "onInviteTimeout",
  "onError",
  "onTarget",
] as const;

export class CallbackTimes implements CallTimer {
  /** By the name of what is called, such as "sipEvents.onRequest" or "onSuccessResponse". */
  readonly times: ReadonlyMap<string, CallbackTime> = new Map(
    [
      ...SIP_EVENTS.map((name) => `sipEvents.${name}`),
      ...WEB_SOCKET_EVENTS.map((name) => `webSocketEvents.${name}`),
      ...ROUTING_CALLBACKS,
    ].map((name) => [name, { durations: new DurationHistogram(), failures: 0 }]),
  );

  time<Result>(name: string, call: () => Result): Result {
    const time = this.times.get(name);

    return time === undefined ? call() : timed(time, call);
  }

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
      const fullName = `${groupName}.${name}`;
      const call = (...values: unknown[]): unknown => {
        // Looked up at each call: user code may set it anew.
        const handler = group[name] as Handler | undefined;

        return handler === undefined
          ? undefined
          : this.time(fullName, () => handler.apply(group, values as never[]));
      };

      return [name, call];
    });

    // Each has the parameters and the result of the one that it calls.
    return Object.fromEntries(wrapped) as Group;
  }
}

function timed<Result>(time: CallbackTime, call: () => Result): Result {
  const startedAtMs = performance.now();
  const ended = (): void => time.durations.observe((performance.now() - startedAtMs) / 1000);

  try {
    const result = call();

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
