/**
 * The server of this process, as npm packages see it that `import "oversip"`.
 * The module exists before the server does: until `attach`, there are no
 * profiles, and what needs the network throws.
 */
import type { Configuration } from "../config/configuration.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { InvalidStateError } from "../errors/errors.ts";
import type { LogFields, Logger, LogLevel } from "../log/logger.ts";
import type { ServerStatus } from "../proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { ReadOnlyMap } from "../util/read-only-map.ts";
import type { ServerContext } from "./server-context.ts";
import type { SystemCallbacks } from "./system-callbacks.ts";
import type { TrustedAuthorities } from "./tls-validation.ts";

const NO_PROFILES: ReadonlyMap<string, ProxyProfile> = new ReadOnlyMap(new Map());

export class ProcessServer implements ServerContext {
  readonly logger: Logger = new LateLogger(() => this.#server?.logger);
  readonly systemCallbacks: SystemCallbacks = {
    onStarted: (callback) => this.#required.systemCallbacks.onStarted(callback),
    onReload: (callback) => this.#required.systemCallbacks.onReload(callback),
    onTerminated: (callback) => this.#required.systemCallbacks.onTerminated(callback),
  };
  #server: ServerContext | undefined = undefined;

  /** Names the server that this process runs; a second call replaces it. To be called before user code is loaded. */
  attach(server: ServerContext): void {
    this.#server = server;
  }

  /** That server has ended: there is none again. Without effect when another one is named. */
  detach(server: ServerContext): void {
    if (this.#server === server) {
      this.#server = undefined;
    }
  }

  /** Whether a server is named. */
  get isAttached(): boolean {
    return this.#server !== undefined;
  }

  /** Whether it is that server. */
  is(server: ServerContext): boolean {
    return this.#server === server;
  }

  get version(): string {
    return this.#required.version;
  }

  get status(): ServerStatus {
    return this.#server?.status ?? "loading";
  }

  get configuration(): Configuration {
    return this.#required.configuration;
  }

  get profiles(): ReadonlyMap<string, ProxyProfile> {
    return this.#server?.profiles ?? NO_PROFILES;
  }

  get retiredProfiles(): ReadonlyMap<string, ProxyProfile> {
    return this.#server?.retiredProfiles ?? NO_PROFILES;
  }

  get trustedAuthorities(): TrustedAuthorities | undefined {
    return this.#server?.trustedAuthorities;
  }

  get environment(): ProxyEnvironment {
    return this.#required.environment;
  }

  get #required(): ServerContext {
    if (this.#server === undefined) {
      throw new InvalidStateError(
        "no OverSIP server runs in this process: start one with the command oversip",
      );
    }

    return this.#server;
  }
}

/** Logs through the server's logger, and drops what is logged before there is one. */
class LateLogger implements Logger {
  readonly #logger: () => Logger | undefined;

  constructor(logger: () => Logger | undefined) {
    this.#logger = logger;
  }

  debug(message: unknown, fields?: LogFields): void {
    this.#logger()?.debug(message, fields);
  }

  info(message: unknown, fields?: LogFields): void {
    this.#logger()?.info(message, fields);
  }

  notice(message: unknown, fields?: LogFields): void {
    this.#logger()?.notice(message, fields);
  }

  warn(message: unknown, fields?: LogFields): void {
    this.#logger()?.warn(message, fields);
  }

  error(message: unknown, fields?: LogFields): void {
    this.#logger()?.error(message, fields);
  }

  crit(message: unknown, fields?: LogFields): void {
    this.#logger()?.crit(message, fields);
  }

  isEnabled(level: LogLevel): boolean {
    return this.#logger()?.isEnabled(level) ?? false;
  }

  child(fields: LogFields): Logger {
    return new LateLogger(() => this.#logger()?.child(fields));
  }
}

/**
 * The one exception to "no module-level state": `import "oversip"` in an npm
 * package names no server, so a process has one that it means.
 */
export const processServer = new ProcessServer();
