/**
 * What `import ... from "oversip"` gives: the classes and objects of one
 * server, so that two servers can run in one process.
 */

import type { Configuration } from "../config/configuration.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { ConfigurationError, ParsingError, SipRuntimeError } from "../errors/errors.ts";
import { NameAddr } from "../grammar/name-addr.ts";
import { Uri } from "../grammar/uri.ts";
import type { Logger } from "../log/logger.ts";
import type { ServerStatus } from "../proxy/proxy-core.ts";
import type { ServerContext } from "./server-context.ts";
import { SipProxy } from "./sip-proxy.ts";
import type { SystemCallbacks } from "./system-callbacks.ts";

/** The server that runs. */
export interface ServerInformation {
  readonly version: string;
  readonly status: ServerStatus;
  /** Keys of oversip.conf in camelCase. @throws {InvalidStateError} before it is loaded. */
  readonly configuration: Configuration;
  /** The sections of proxies.conf by name. */
  readonly proxies: ReadonlyMap<string, ProxyProfile>;
}

/** `SipProxy` with the constructor that the user's code calls. */
export interface SipProxyConstructor {
  /**
   * @param profile a section of proxies.conf. Default "default_proxy".
   * @throws {SipRuntimeError} when there is no such section.
   */
  new (profile?: string): SipProxy;
  readonly prototype: SipProxy;
}

export interface ProgrammingInterface {
  readonly SipProxy: SipProxyConstructor;
  readonly Uri: typeof Uri;
  readonly NameAddr: typeof NameAddr;
  readonly logger: Logger;
  readonly oversip: ServerInformation;
  readonly systemCallbacks: SystemCallbacks;
  readonly ParsingError: typeof ParsingError;
  readonly ConfigurationError: typeof ConfigurationError;
  readonly SipRuntimeError: typeof SipRuntimeError;
}

export function createProgrammingInterface(server: ServerContext): ProgrammingInterface {
  return {
    SipProxy: bindSipProxy(server),
    Uri,
    NameAddr,
    logger: server.logger,
    oversip: {
      get version() {
        return server.version;
      },
      get status() {
        return server.status;
      },
      get configuration() {
        return server.configuration;
      },
      get proxies() {
        return server.profiles;
      },
    },
    systemCallbacks: server.systemCallbacks,
    ParsingError,
    ConfigurationError,
    SipRuntimeError,
  };
}

function bindSipProxy(server: ServerContext): SipProxyConstructor {
  const BoundSipProxy = class extends SipProxy {
    constructor(profile?: string) {
      super(server, profile);
    }
  };

  Object.defineProperty(BoundSipProxy, "name", { value: "SipProxy" });

  return BoundSipProxy;
}
