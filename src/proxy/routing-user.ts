/** Who has a request routed, as `RequestRouting` sees it. */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { ClientTransactionUser } from "../transaction/client-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { NextHop } from "./next-hop.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import type { RoutingError } from "./routing-error.ts";

/** Who routes: told of each step, in order. Nothing more is told after an error, and after the end only further 2xx. */
export interface RoutingUser {
  /** A target is about to be tried. What is returned is waited for. */
  beforeAttempt(target: Target): Promise<void> | undefined;

  /** The request to send over `flow`, which nobody edits afterwards. Its topmost Via is this server's. */
  makeRequest(flow: Flow): SipRequest;

  /** The received request that is passed on; undefined for one of the server's own. */
  readonly origin: SipRequest | undefined;

  /** Any response that ends an attempt or is provisional; a 503 only when no other target is left. */
  receiveResponse(response: SipResponse, flow: Flow): void;

  /** Who deals with further 2xx to an INVITE in its place, when it is done and nothing of it is needed for them. */
  readonly successor?: ClientTransactionUser | undefined;

  /** Timer C fired (RFC 3261 section 16.8). The request is still pending; `cancel` ends it. */
  inviteTimedOut(): void;

  /** No target is left, or there was none. */
  routingFailed(error: RoutingError): void;

  /** The request was canceled, and nobody downstream is going to answer it. */
  routingCanceled(): void;
}

export interface RequestRoutingOptions {
  readonly environment: ProxyEnvironment;
  readonly profile: ProxyProfile;
  readonly hop: NextHop;
  readonly isInvite: boolean;
  readonly user: RoutingUser;
}
