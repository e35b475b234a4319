/** One server, as the objects of the programming interface need it. The application provides it. */
import type { Configuration } from "../config/configuration.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { Logger } from "../log/logger.ts";
import type { ServerStatus } from "../proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import type { SystemCallbacks } from "./system-callbacks.ts";
import type { TrustedAuthorities } from "./tls-validation.ts";

export interface ServerContext {
  readonly version: string;
  readonly status: ServerStatus;
  /** @throws {InvalidStateError} before it is loaded. */
  readonly configuration: Configuration;
  /** The profiles in force, by name; empty before they are loaded. */
  readonly profiles: ReadonlyMap<string, ProxyProfile>;
  /** Those that reloads have removed, for requests that began with the code of before. */
  readonly retiredProfiles?: ReadonlyMap<string, ProxyProfile>;
  /** Authorities of `tls.ca_dir`; undefined when certificates are not validated. */
  readonly trustedAuthorities: TrustedAuthorities | undefined;
  /** What the user's code logs through. */
  readonly logger: Logger;
  readonly systemCallbacks: SystemCallbacks;
  /** @throws {InvalidStateError} before the server is started. */
  readonly environment: ProxyEnvironment;
}
