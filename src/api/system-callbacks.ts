/**
 * The registry behind `systemCallbacks`: what modules and the user's files
 * want called when the server has started, was reloaded, is terminated. Each
 * entry has an owner, so that a reload replaces those of the user's files and
 * leaves those of npm packages alone. Calling them is the application's job.
 */

/** May return a promise, which is awaited. */
export type StartedCallback = () => unknown;
/** May return a promise, which is awaited. */
export type ReloadCallback = () => unknown;
/** May return a promise, which is awaited. `error` is true when the server dies of an unexpected error. */
export type TerminatedCallback = (error: boolean) => unknown;

/** The `systemCallbacks` of the programming interface. Each method throws TypeError unless given a function. */
export interface SystemCallbacks {
  /** Called once, between `systemEvents.onInitialize` and `systemEvents.onStarted`, in order of registration; awaited. */
  onStarted(callback: StartedCallback): void;
  /** Called after each successful reload, in order of registration; awaited. */
  onReload(callback: ReloadCallback): void;
  /** Called after `systemEvents.onTerminated`, in reverse order of registration; awaited. */
  onTerminated(callback: TerminatedCallback): void;
}

interface Registration {
  readonly owner: object;
  readonly kind: keyof SystemCallbacks;
  readonly callback: (error: boolean) => unknown;
}

export class SystemCallbackRegistry {
  /** Owner of what npm packages register: in force from the first moment, never replaced. */
  readonly #packages: object = {};
  /** The load of the user's files that is in force; undefined before the first. */
  #userFiles: object | undefined;
  #registrations: Registration[] = [];
  /** Given up loads, and those that a later one replaced: what they still register is dropped. */
  readonly #retired = new WeakSet<object>();

  /** What npm packages see. */
  forPackages(): SystemCallbacks {
    return this.forOwner(this.#packages);
  }

  /** What one load of the user's files sees. `owner` is any object that stands for that load. */
  forOwner(owner: object): SystemCallbacks {
    return {
      onStarted: (callback) => this.#register(owner, "onStarted", callback),
      onReload: (callback) => this.#register(owner, "onReload", callback),
      onTerminated: (callback) => this.#register(owner, "onTerminated", callback as TerminatedCallback),
    };
  }

  /** A load succeeded: what it registered replaces what the load before it had registered. */
  activate(owner: object): void {
    if (this.#userFiles !== undefined && this.#userFiles !== owner) {
      this.discard(this.#userFiles);
    }

    this.#userFiles = owner;
  }

  /** A load failed or is replaced: forgets what it registered, and what it registers from now on. */
  discard(owner: object): void {
    this.#retired.add(owner);
    this.#registrations = this.#registrations.filter((registration) => registration.owner !== owner);
  }

  /**
   * The callbacks in force, in order of registration. A callback that is
   * registered while this is iterated over is met too.
   */
  *callbacks(kind: keyof SystemCallbacks): Generator<(error: boolean) => unknown, void, undefined> {
    const called = new Set<Registration>();
    let next = this.#nextOf(kind, called);

    while (next !== undefined) {
      called.add(next);
      yield next.callback;
      next = this.#nextOf(kind, called);
    }
  }

  #nextOf(kind: keyof SystemCallbacks, called: ReadonlySet<Registration>): Registration | undefined {
    return this.#registrations.find(
      (registration) =>
        registration.kind === kind &&
        !called.has(registration) &&
        (registration.owner === this.#packages || registration.owner === this.#userFiles),
    );
  }

  #register(owner: object, kind: keyof SystemCallbacks, callback: unknown): void {
    if (typeof callback !== "function") {
      throw new TypeError(`systemCallbacks.${kind} takes a function, not ${describe(callback)}`);
    }

    if (!this.#retired.has(owner)) {
      this.#registrations.push({ owner, kind, callback: callback as Registration["callback"] });
    }
  }
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value === "object" ? "an object" : typeof value;
}
