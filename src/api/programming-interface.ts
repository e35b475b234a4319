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
import { type UacIdentity, UacRequest, type UacRequestData } from "../uac/uac-request.ts";
import type { ServerContext } from "./server-context.ts";
import { getSipIdentities } from "./sip-identities.ts";
import { SipProxy } from "./sip-proxy.ts";
import type { SystemCallbacks } from "./system-callbacks.ts";
import { type CertificateValidation, validateCertificates } from "./tls-validation.ts";
import { Uac } from "./uac.ts";

const PRODUCT_NAME = "OverSIP";

/** The server that runs. */
export interface ServerInformation {
  /** Version of this package. */
  readonly version: string;
  /** Where the server stands between start and stop. */
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

/** `Uac` with the constructor that the user's code calls. */
export interface UacConstructor {
  /**
   * @param profile a section of proxies.conf. Default "default_proxy".
   * @throws {SipRuntimeError} when there is no such section.
   */
  new (profile?: string): Uac;
  readonly prototype: Uac;
}

/** `UacRequest` with the constructor that the user's code calls. */
export interface UacRequestConstructor {
  /**
   * @param extraHeaders lines `Name: value`.
   * @throws {SipRuntimeError} without method or Request-URI, and on a number out of its range.
   * @throws {ParsingError} on a malformed method or URI.
   * @throws {HeaderValueError} on a tag, Call-ID or header that cannot be written.
   * @throws {InvalidStateError} without `from`, before the server is started.
   */
  new (data: UacRequestData, extraHeaders?: readonly string[], body?: Uint8Array | string): UacRequest;
  readonly prototype: UacRequest;
}

/** `tls`: what a certificate says, and whether it can be believed. */
export interface TlsFunctions {
  /**
   * Builds a path from the peer's certificate to an authority of `tls.ca_dir`
   * (RFC 5280 section 6). Never throws.
   *
   * @param certificates PEM texts as `onClientTlsHandshake` and `onServerTlsHandshake` get them, the peer's own first.
   */
  validate(certificates: readonly string[]): CertificateValidation;
  /** The SIP domains that a certificate is for (RFC 5922 section 7.1), lower-case, each once. */
  getSipIdentities: typeof getSipIdentities;
}

/** What `import ... from "oversip"` gives, but for the modules; each member is described by itself. */
export interface ProgrammingInterface {
  readonly SipProxy: SipProxyConstructor;
  readonly Uac: UacConstructor;
  readonly UacRequest: UacRequestConstructor;
  readonly Uri: typeof Uri;
  readonly NameAddr: typeof NameAddr;
  readonly logger: Logger;
  readonly oversip: ServerInformation;
  readonly systemCallbacks: SystemCallbacks;
  readonly tls: TlsFunctions;
  readonly ParsingError: typeof ParsingError;
  readonly ConfigurationError: typeof ConfigurationError;
  readonly SipRuntimeError: typeof SipRuntimeError;
}

export function createProgrammingInterface(server: ServerContext): ProgrammingInterface {
  return {
    SipProxy: bindSipProxy(server),
    Uac: bindUac(server),
    UacRequest: bindUacRequest(server),
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
    tls: {
      validate: (certificates) => validateCertificates(certificates, server.trustedAuthorities),
      getSipIdentities,
    },
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

function bindUac(server: ServerContext): UacConstructor {
  const BoundUac = class extends Uac {
    constructor(profile?: string) {
      super(server, profile);
    }
  };

  Object.defineProperty(BoundUac, "name", { value: "Uac" });

  return BoundUac;
}

function bindUacRequest(server: ServerContext): UacRequestConstructor {
  const identity: UacIdentity = {
    name: PRODUCT_NAME,
    get version() {
      return server.version;
    },
    host: () => {
      const [point] = server.environment.transports.listeningPoints;

      return Uri.parse(`sip:${point?.sentBy ?? "anonymous.invalid"}`).host ?? "";
    },
  };
  const BoundUacRequest = class extends UacRequest {
    constructor(data: UacRequestData, extraHeaders?: readonly string[], body?: Uint8Array | string) {
      super(identity, data, extraHeaders, body);
    }
  };

  Object.defineProperty(BoundUacRequest, "name", { value: "UacRequest" });

  return BoundUacRequest;
}
