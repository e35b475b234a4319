/// <reference types="node" preserve="true" />
/**
 * The package `oversip`: what modules, and tests of server logic, import. The
 * user's own files get the same names from the server that loads them
 * (`createProgrammingInterface`).
 */
import { processServer } from "./api/process-server.ts";
import { createProgrammingInterface } from "./api/programming-interface.ts";
import type { SipProxy as SipProxyType } from "./api/sip-proxy.ts";
import type { Uac as UacType } from "./api/uac.ts";
import type { UacRequest as UacRequestType } from "./uac/uac-request.ts";

const programmingInterface = createProgrammingInterface(processServer);

export { outboundMangling } from "./modules/outbound-mangling.ts";
export { userAssertion } from "./modules/user-assertion.ts";
export const { SipProxy, Uac, UacRequest, Uri, NameAddr, logger, oversip, systemCallbacks, tls } =
  programmingInterface;
export const { ParsingError, ConfigurationError, SipRuntimeError } = programmingInterface;

/** Sends received requests on, by one profile of proxies.conf, and tells by callbacks how that goes. */
export type SipProxy = SipProxyType;
/**
 * Sends requests of the server's own, by one profile of proxies.conf. Responses reach its callbacks
 * and the result of `route` alone.
 */
export type Uac = UacType;
export type UacRequest = UacRequestType;
export type Uri = import("./grammar/uri.ts").Uri;
export type NameAddr = import("./grammar/name-addr.ts").NameAddr;
export type ParsingError = import("./errors/errors.ts").ParsingError;
export type ConfigurationError = import("./errors/errors.ts").ConfigurationError;
export type SipRuntimeError = import("./errors/errors.ts").SipRuntimeError;

export type { SipEvents, SystemEvents, WebSocketEvents } from "./api/events.ts";
export type { IncomingRequest as SipRequest } from "./api/incoming-request.ts";
export type { IncomingResponse as SipResponse } from "./api/incoming-response.ts";
export type { ProgrammingInterface, ServerInformation, TlsFunctions } from "./api/programming-interface.ts";
export type { RouteResult } from "./api/route-result.ts";
export type {
  CallbackName,
  CanceledCallback,
  ErrorCallback,
  ResponseCallback,
  TargetCallback,
} from "./api/routing-callbacks.ts";
export type { SystemCallbacks } from "./api/system-callbacks.ts";
export type { CertificateValidation } from "./api/tls-validation.ts";
export type { UacResponse } from "./api/uac-observer.ts";
export type { Configuration } from "./config/configuration.ts";
export type { ProxyProfile } from "./config/proxy-profile.ts";
export type { LogFields, Logger, LogLevel } from "./log/logger.ts";
export type { Destination } from "./proxy/next-hop.ts";
export type { ServerStatus } from "./proxy/proxy-core.ts";
export type { RoutingErrorCode } from "./proxy/routing-error.ts";
export type { HttpRequest } from "./transport/http-request.ts";
export type { SipConnection } from "./transport/sip-connection.ts";
export type { Target } from "./transport/target.ts";
export type { TransportProtocol as Transport } from "./transport/transport-protocol.ts";
export type { WebSocketConnection } from "./transport/web-socket-connection.ts";
export type { UacRequestData } from "./uac/uac-request.ts";
