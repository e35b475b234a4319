/** The layers of one server, as the application starts, reloads and stops them. */
import type { Configuration } from "../config/configuration.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { TlsMaterial } from "../config/tls-material.ts";
import type { Logger } from "../log/logger.ts";
import type { ReloadOutcome } from "../metrics/server-metrics.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import type { ListeningPoint } from "../transport/listening-point.ts";
import type { Clock } from "../util/clock.ts";
import type { CurrentHandlers } from "./handlers.ts";
import type { Traffic } from "./lifecycle.ts";
import type { ServerState } from "./server-state.ts";

/** What a reload reads again. */
export interface ReloadableFiles {
  readonly profiles: ReadonlyMap<string, ProxyProfile>;
  /** Undefined without a certificate and key. */
  readonly tls: TlsMaterial | undefined;
  /** Authorities that the certificates of others are validated by; undefined: not validated. */
  readonly authorities: string[] | undefined;
}

export interface ServerPartsContext {
  readonly configuration: Configuration;
  readonly files: ReloadableFiles;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly handlers: CurrentHandlers;
  /** Of this server. */
  readonly version: string;
}

export interface ServerParts extends Traffic {
  /** What requests are routed with. */
  readonly environment: ProxyEnvironment;
  /** Filled once bound. */
  readonly listeningPoints: readonly ListeningPoint[];
  /** @throws {TransportError} naming what cannot be bound; nothing is left open then. */
  bind(): Promise<void>;
  /** Puts files that were read again into force, for what begins from now on. */
  applyFiles(files: ReloadableFiles): void;
  /** Counts a reload. */
  reloadEnded(outcome: ReloadOutcome): void;
  /** Closes every socket. */
  close(): Promise<void>;
}
