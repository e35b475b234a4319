/**
 * What the programming interface may ask of the server: known piece by piece
 * while the server is being started.
 */
import type { ServerContext } from "../api/server-context.ts";
import type { SystemCallbackRegistry, SystemCallbacks } from "../api/system-callbacks.ts";
import { TrustedAuthorities } from "../api/tls-validation.ts";
import type { Configuration } from "../config/configuration.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { InvalidStateError } from "../errors/errors.ts";
import type { Logger } from "../log/logger.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { ReadOnlyMap } from "../util/read-only-map.ts";
import type { ReloadableFiles } from "./server-parts.ts";
import type { ServerState, ServerStatusName } from "./server-state.ts";

/** More than anybody removes between two starts. */
const MAX_RETIRED_PROFILES = 1000;

export class ServerFacts implements ServerContext {
  readonly version: string;
  readonly systemCallbacks: SystemCallbacks;
  readonly #state: ServerState;
  #configuration: Configuration | undefined;
  #logger: Logger | undefined;
  #environment: ProxyEnvironment | undefined;
  #profiles: ReadonlyMap<string, ProxyProfile> = new ReadOnlyMap(new Map());
  readonly #retiredProfiles = new Map<string, ProxyProfile>();
  #trustedAuthorities: TrustedAuthorities | undefined;

  constructor(version: string, state: ServerState, registry: SystemCallbackRegistry) {
    this.version = version;
    this.systemCallbacks = registry.forPackages();
    this.#state = state;
  }

  get status(): ServerStatusName {
    return this.#state.status;
  }

  get configuration(): Configuration {
    return known(this.#configuration, "the configuration is not loaded yet");
  }

  /** Of the user's code; its lines are told apart from the server's own. */
  get logger(): Logger {
    return known(this.#logger, "the log is not open yet");
  }

  get environment(): ProxyEnvironment {
    return known(this.#environment, "the server is not started");
  }

  get profiles(): ReadonlyMap<string, ProxyProfile> {
    return this.#profiles;
  }

  get retiredProfiles(): ReadonlyMap<string, ProxyProfile> {
    return this.#retiredProfiles;
  }

  get trustedAuthorities(): TrustedAuthorities | undefined {
    return this.#trustedAuthorities;
  }

  configurationLoaded(configuration: Configuration, files: ReloadableFiles, logger: Logger): void {
    this.#configuration = configuration;
    this.applyFiles(files);
    this.#logger = logger.child({ component: "user" });
  }

  /** At start, and at each reload. */
  applyFiles({ profiles, authorities }: ReloadableFiles): void {
    this.#retire(profiles);
    // User code sees it.
    this.#profiles = new ReadOnlyMap(profiles);
    this.#trustedAuthorities = authorities === undefined ? undefined : new TrustedAuthorities(authorities);
  }

  /** Requests under way finish with the code that they began with, and that names profiles of its time. */
  #retire(next: ReadonlyMap<string, ProxyProfile>): void {
    for (const [name, profile] of this.#profiles) {
      if (!next.has(name) && this.#retiredProfiles.size < MAX_RETIRED_PROFILES) {
        this.#retiredProfiles.set(name, profile);
      }
    }

    for (const name of next.keys()) {
      this.#retiredProfiles.delete(name);
    }
  }

  layersBuilt(environment: ProxyEnvironment): void {
    this.#environment = environment;
  }
}

function known<Value>(value: Value | undefined, otherwise: string): Value {
  if (value === undefined) {
    throw new InvalidStateError(otherwise);
  }

  return value;
}
