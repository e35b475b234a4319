/**
 * One act of sending a request onward: to its targets (RFC 3263) in turn, each in a client transaction of its own
 * (RFC 3261 section 16.6 steps 7 to 10, sections 16.8, 16.9). It knows not who waits, so `Uac` sends likewise.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { TransportError } from "../errors/errors.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { ResolutionError } from "../resolver/resolver.ts";
import type { ClientTransaction, ClientTransactionUser } from "../transaction/client-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import type { Target } from "../transport/target.ts";
import { logAttempt, planAttempt } from "./attempt.ts";
import type { NextHop } from "./next-hop.ts";
import type { ProxyEnvironment } from "./proxy-environment.ts";
import {
  CLIENT_TIMEOUT,
  CONNECTION_ERROR,
  DESTINATION_ABORTED,
  FLOW_FAILED,
  RoutingError,
  TLS_VALIDATION_FAILED,
  UNFORWARDABLE_REQUEST,
} from "./routing-error.ts";
import type { RequestRoutingOptions, RoutingUser } from "./routing-user.ts";
import { targetOfFlow } from "./target-choice.ts";
import { NO_TARGETS, TargetCursor } from "./target-cursor.ts";
import { TargetReports } from "./target-reports.ts";
import { TimerC, type TimerCOwner } from "./timer-c.ts";

export class RequestRouting implements ClientTransactionUser, TimerCOwner {
  readonly #environment: ProxyEnvironment;
  readonly #profile: ProxyProfile;
  readonly #hop: NextHop;
  readonly #isInvite: boolean;
  readonly #user: RoutingUser;
  /** Undefined unless it is an INVITE that waits for its final response. */
  #timerC: TimerC | undefined;
  readonly #reports: TargetReports;
  #targets = NO_TARGETS;
  /** The target that is tried, or was tried last. */
  currentTarget: Target | undefined = undefined;
  #transaction: ClientTransaction | undefined = undefined;
  #fallback: Target | undefined = undefined;
  #isCanceled = false;
  #isAborted = false;
  #isOver = false;

  constructor(options: RequestRoutingOptions) {
    this.#environment = options.environment;
    this.#profile = options.profile;
    this.#hop = options.hop;
    this.#isInvite = options.isInvite;
    this.#user = options.user;
    this.#reports = new TargetReports(options.environment.blacklist, options.profile);
    this.#timerC = options.isInvite
      ? new TimerC(options.environment.clock, options.profile.timerC * 1000, this)
      : undefined;
  }

  start(): void {
    const { flow, query } = this.#hop;

    if (flow !== undefined || query === undefined) {
      this.#targets = new TargetCursor(flow === undefined ? [] : [targetOfFlow(flow)], undefined);
      this.#tryNextTarget();

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
    this.#timerC?.stop();

    if (this.#transaction === undefined) {
      this.#end();
      this.#user.routingCanceled();
    } else {
      this.#transaction.cancel(extraHeaders);
    }
  }

  receiveResponse(response: SipResponse, flow: Flow): void {
    this.#reports.responded(this.#reportedTarget, response);

    const { statusCode } = response;

    if (statusCode === 100) {
      return;
    }

    if (statusCode < 200) {
      this.#timerC?.restart();
    } else if (!this.#isOver) {
      if (
        statusCode === 503 &&
        this.#profile.dnsFailoverOn503 &&
        !this.#isCanceled &&
        !this.#isAborted &&
        this.#targets.hasNext
      ) {
        this.#transaction = undefined;
        this.#tryNextTarget();

        return;
      }

      this.#end();
    }

    this.#user.receiveResponse(response, flow);
  }

  transactionTimedOut(): void {
    // Who has sent a response is there, whatever became of the final one.
    if (this.#transaction?.lastStatusCode === undefined) {
      this.#reports.timedOut(this.#reportedTarget);
    }

    this.#attemptFailed(CLIENT_TIMEOUT, true);
  }

  transportFailed(error: TransportError): void {
    if (this.#hop.flow !== undefined) {
      this.#attemptFailed(FLOW_FAILED, false);

      return;
    }

    this.#reports.failed(this.#reportedTarget, error);

    // Where it rings already, ringing elsewhere is not what the caller asked for.
    const hasAnswered = (this.#transaction?.lastStatusCode ?? 100) > 100;
    const failure = error.failure === "tls-validation" ? TLS_VALIDATION_FAILED : CONNECTION_ERROR;

    this.#attemptFailed(failure, !hasAnswered);
  }

  readonly ignoresEnd = true;
  get successor(): ClientTransactionUser | undefined {
    return this.#user.successor;
  }

  /** Nothing waits for it: a transaction without a final response has said so before. */
  transactionTerminated(): void {}

  timerCFired(): void {
    if (!this.#isOver && !this.#isCanceled) {
      this.#user.inviteTimedOut();
    }
  }

  #useTargets(found: readonly Target[] | ResolutionError): void {
    if (this.#isOver) {
      return;
    }

    if (found instanceof ResolutionError) {
      this.#fail(new RoutingError(found.status, found.reason, found.code));
    } else {
      this.#targets = new TargetCursor(found, this.#environment.blacklist);
      this.#tryNextTarget();
    }
  }

  #tryNextTarget(): void {
    while (!this.#isOver) {
      const target = this.#targets.next();

      if (target === undefined || this.#isAborted) {
        this.#fail(this.#isAborted ? DESTINATION_ABORTED : (this.#targets.lastError ?? CONNECTION_ERROR));

        return;
      }

      this.currentTarget = target;

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

  /** False when there is no way to the target, and another is to be tried. */
  #attempt(target: Target, mayChangeTransport = true): boolean {
    if (this.#isOver || this.#isAborted) {
      return this.#isOver;
    }

    const attempt = planAttempt(target, {
      environment: this.#environment,
      profile: this.#profile,
      flow: this.#hop.flow,
      user: this.#user,
      mayChangeTransport,
    });

    if (attempt instanceof RoutingError) {
      this.#targets.lastError = attempt;

      if (attempt === UNFORWARDABLE_REQUEST) {
        this.#fail(attempt);
      }

      return this.#isOver;
    }

    this.currentTarget = attempt.target;
    this.#fallback = attempt.fallback;
    logAttempt(attempt, this.#environment.logger);
    this.#timerC?.restart();
    this.#transaction = this.#environment.transactions.sendRequest(attempt.request, attempt.flow, this, {
      origin: this.#user.origin,
      timeoutMs: 1000 * (this.#isInvite ? this.#profile.timerB : this.#profile.timerF),
    });

    return true;
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

    const fallback = this.#fallback;

    this.#fallback = undefined;

    if (fallback !== undefined && mayFailOver && this.#attempt(fallback, false)) {
      return;
    }

    this.#targets.lastError = error;

    if (mayFailOver) {
      this.#tryNextTarget();
    } else {
      this.#fail(error);
    }
  }

  /** The target whose state the blacklist is told of: none for a flow, which says nothing of its address. */
  get #reportedTarget(): Target | undefined {
    return this.#hop.flow === undefined ? this.currentTarget : undefined;
  }

  #fail(error: RoutingError): void {
    this.#end();
    this.#user.routingFailed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#timerC?.stop();
    this.#timerC = undefined;
  }
}
