/**
 * One act of sending a request onward: from the next hop to its targets (RFC
 * 3263), one after the other until one answers, each in a client transaction
 * of its own (RFC 3261 section 16.6 steps 7 to 10, sections 16.8 and 16.9).
 * It knows nothing of who waits for the response, so that a request of this
 * server's own is sent in the same way.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { TransportError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { ResolutionError } from "../resolver/resolver.ts";
import type { ClientTransaction, ClientTransactionUser } from "../transaction/client-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import type { NextHop } from "./next-hop.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import { retryAfterSeconds } from "./retry-after.ts";
import {
  CLIENT_TIMEOUT,
  CONNECTION_ERROR,
  DESTINATION_ABORTED,
  FLOW_FAILED,
  RoutingError,
  type RoutingErrorCode,
  TLS_VALIDATION_FAILED,
} from "./routing-error.ts";
import { fitsDatagram, flowlessError, targetOfFlow } from "./target-choice.ts";
import { TimerC } from "./timer-c.ts";

/** Who routes: told of each step, in order. Nothing more is told after an error, and after the end only further 2xx. */
export interface RoutingUser {
  /** A target is about to be tried. What is returned is waited for. */
  beforeAttempt(target: Target): Promise<void> | undefined;

  /** The request to send over `flow`, which nobody edits afterwards. Its topmost Via is this server's. */
  makeRequest(flow: Flow): SipRequest;

  /** Any response that ends an attempt or is provisional; a 503 only when no other target is left. */
  receiveResponse(response: SipResponse, flow: Flow): void;

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

export class RequestRouting implements ClientTransactionUser {
  readonly #environment: ProxyEnvironment;
  readonly #profile: ProxyProfile;
  readonly #hop: NextHop;
  readonly #isInvite: boolean;
  readonly #user: RoutingUser;
  readonly #timerC: TimerC;
  #targets: readonly Target[] = [];
  #nextIndex = 0;
  #currentTarget: Target | undefined = undefined;
  #transaction: ClientTransaction | undefined = undefined;
  /** The target that is tried over UDP if TCP, which its size asks for, fails (RFC 3261 section 18.1.1). */
  #datagramTarget: Target | undefined = undefined;
  #lastError: RoutingError | undefined = undefined;
  #isCanceled = false;
  #isAborted = false;
  #isOver = false;

  constructor(options: RequestRoutingOptions) {
    this.#environment = options.environment;
    this.#profile = options.profile;
    this.#hop = options.hop;
    this.#isInvite = options.isInvite;
    this.#user = options.user;
    this.#timerC = new TimerC(options.environment.clock, options.profile.timerC * 1000, () => {
      if (!this.#isOver && !this.#isCanceled) {
        this.#user.inviteTimedOut();
      }
    });
  }

  /** The target that is tried, or was tried last. */
  get currentTarget(): Target | undefined {
    return this.#currentTarget;
  }

  start(): void {
    const { flow, query } = this.#hop;

    if (flow !== undefined || query === undefined) {
      this.#useTargets(flow === undefined ? [] : [targetOfFlow(flow)]);

      return;
    }

    const found = this.#environment.resolver.resolve(query, this.#profile);

    if (found instanceof Promise) {
      found.then((result) => this.#useTargets(result));
    } else {
      this.#useTargets(found);
    }
  }

  /** Tries no further target; with none pending, the routing fails with `DESTINATION_ABORTED`. */
  abort(): void {
    this.#isAborted = true;
  }

  /**
   * Cancels what is pending (RFC 3261 section 9.1). Without a request
   * downstream the user is told at once, or when what is waited for returns.
   */
  cancel(extraHeaders?: readonly string[]): void {
    if (this.#isOver || this.#isCanceled) {
      return;
    }

    this.#isCanceled = true;
    this.#timerC.stop();

    if (this.#transaction === undefined) {
      this.#end();
      this.#user.routingCanceled();
    } else {
      this.#transaction.cancel(extraHeaders);
    }
  }

  receiveResponse(response: SipResponse, flow: Flow): void {
    const { statusCode } = response;

    this.#reportResponse(response);

    if (statusCode === 100) {
      return;
    }

    if (statusCode < 200) {
      this.#timerC.restart();
    } else if (!this.#isOver) {
      if (statusCode === 503 && this.#canFailOver()) {
        this.#transaction = undefined;
        this.#tryNextTarget();

        return;
      }

      this.#end();
    }

    this.#user.receiveResponse(response, flow);
  }

  transactionTimedOut(): void {
    if (this.#currentTarget !== undefined && this.#hop.flow === undefined && this.#profile.useBlacklist) {
      this.#environment.blacklist.reportTimeout(this.#currentTarget, this.#profile.blacklistTime);
    }

    this.#attemptFailed(CLIENT_TIMEOUT, true);
  }

  transportFailed(error: TransportError): void {
    const isRefused = error.failure === "tls-validation";
    const target = this.#currentTarget;

    this.#environment.logger.debug("request not sent", { reason: error.message });

    if (this.#hop.flow !== undefined) {
      this.#attemptFailed(FLOW_FAILED, false);

      return;
    }

    if (target !== undefined && this.#profile.useBlacklist && error.failure !== "too-large") {
      if (isRefused) {
        this.#environment.blacklist.reportTlsRefusal(target, this.#profile.blacklistTime);
      } else {
        this.#environment.blacklist.reportConnectionError(target, this.#profile.blacklistTime);
      }
    }

    const hasAnswered = (this.#transaction?.lastStatusCode ?? 100) > 100;

    this.#attemptFailed(isRefused ? TLS_VALIDATION_FAILED : CONNECTION_ERROR, !hasAnswered);
  }

  transactionTerminated(): void {
    // Nothing waits for it: a transaction without a final response has said so before.
  }

  #useTargets(found: readonly Target[] | ResolutionError): void {
    if (this.#isOver) {
      return;
    }

    if (found instanceof ResolutionError) {
      this.#fail(new RoutingError(found.status, found.reason, found.code));

      return;
    }

    this.#targets = found;
    this.#tryNextTarget();
  }

  #tryNextTarget(): void {
    while (!this.#isOver) {
      const target = this.#targets[this.#nextIndex++];

      if (target === undefined || this.#isAborted) {
        this.#fail(this.#isAborted ? DESTINATION_ABORTED : (this.#lastError ?? CONNECTION_ERROR));

        return;
      }

      const listed = this.#hop.flow === undefined ? this.#environment.blacklist.find(target) : undefined;

      if (listed !== undefined) {
        this.#lastError = new RoutingError(listed.status, listed.reason, listed.code as RoutingErrorCode);
        continue;
      }

      this.#currentTarget = target;

      const waiting = this.#user.beforeAttempt(target);

      if (waiting !== undefined) {
        waiting.then(() => {
          if (!this.#attempt(target)) {
            this.#tryNextTarget();
          }
        });

        return;
      }

      if (this.#attempt(target)) {
        return;
      }
    }
  }

  /** False when there is no way to the target. */
  #attempt(target: Target): boolean {
    if (this.#isOver || this.#isAborted) {
      return this.#isOver;
    }

    const { transports, blacklist } = this.#environment;
    const flow = this.#hop.flow ?? transports.flowTo(target);

    if (flow === undefined) {
      this.#lastError = flowlessError(target, transports.listeningPoints);

      return false;
    }

    const request = this.#user.makeRequest(flow);

    if (this.#hop.flow === undefined && target.transport === "udp" && !fitsDatagram(request)) {
      const streamTarget: Target = { ...target, transport: "tcp" };
      const streamFlow =
        blacklist.find(streamTarget) === undefined ? transports.flowTo(streamTarget) : undefined;

      if (streamFlow !== undefined) {
        this.#datagramTarget = target;
        this.#currentTarget = streamTarget;
        this.#send(this.#user.makeRequest(streamFlow), streamFlow);

        return true;
      }
    }

    this.#send(request, flow);

    return true;
  }

  #send(request: SipRequest, flow: Flow): void {
    const seconds = this.#isInvite ? this.#profile.timerB : this.#profile.timerF;

    if (this.#isInvite) {
      this.#timerC.restart();
    }

    this.#transaction = this.#environment.transactions.sendRequest(request, flow, this, {
      timeoutMs: seconds * 1000,
    });
  }

  #attemptFailed(error: RoutingError, mayFailOver: boolean): void {
    if (this.#isOver) {
      return;
    }

    this.#transaction = undefined;

    if (this.#isCanceled) {
      // After CANCEL no other target is tried.
      this.#end();
      this.#user.routingCanceled();

      return;
    }

    if (this.#datagramTarget !== undefined && mayFailOver && this.#sendAsDatagram(this.#datagramTarget)) {
      return;
    }

    this.#lastError = error;

    if (mayFailOver) {
      this.#tryNextTarget();
    } else {
      this.#fail(error);
    }
  }

  /** RFC 3261 section 18.1.1: what could not be sent over TCP for its size is sent over UDP after all. */
  #sendAsDatagram(target: Target): boolean {
    const flow = this.#environment.transports.flowTo(target);

    this.#datagramTarget = undefined;
    this.#currentTarget = target;

    if (flow === undefined) {
      return false;
    }

    this.#send(this.#user.makeRequest(flow), flow);

    return true;
  }

  /** Whether a 503 is followed by another target. */
  #canFailOver(): boolean {
    return (
      this.#profile.dnsFailoverOn503 &&
      !this.#isCanceled &&
      !this.#isAborted &&
      this.#targets
        .slice(this.#nextIndex)
        .some((target) => this.#environment.blacklist.find(target) === undefined)
    );
  }

  #reportResponse(response: SipResponse): void {
    const target = this.#currentTarget;

    if (target === undefined || this.#hop.flow !== undefined) {
      return;
    }

    if (response.statusCode !== 503) {
      this.#environment.blacklist.reportResponse(target);
    } else if (this.#profile.useBlacklist) {
      const seconds = retryAfterSeconds(response);

      // RFC 3261 section 21.5.4: without Retry-After a 503 is about this request alone.
      if (seconds !== undefined) {
        this.#environment.blacklist.report503(target, seconds, this.#profile.blacklistTime);
      }
    }
  }

  #fail(error: RoutingError): void {
    this.#end();
    this.#user.routingFailed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#timerC.stop();
  }
}
