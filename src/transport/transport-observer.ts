/**
 * Who is told of every SIP message that passes the transport layer: counters,
 * capture. PERF: without one, each message costs one look at `undefined`.
 */
import type { ParseFailure } from "../message/parse-failure.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "./flow.ts";

/** Nothing here may throw. */
export interface TransportObserver {
  /** A well-formed message, before this server has changed anything in it. */
  messageReceived(message: SipRequest | SipResponse, flow: Flow): void;

  /** Bytes that are no well-formed message. */
  failureReceived(failure: ParseFailure, flow: Flow): void;

  /**
   * The bytes of a message are handed to the system. On a connection that is
   * being opened that is later than the call of `send`, or never.
   */
  messageSent(bytes: Uint8Array, flow: Flow): void;

  /** A response is about to be sent; `messageSent` follows, with its bytes. */
  responseSent(response: SipResponse, flow: Flow): void;
}

const CR = 0x0d;

/** Tells of bytes that are sent. A keep-alive is no message (RFC 5626 section 4.4.1). */
export function observeSent(observer: TransportObserver | undefined, bytes: Uint8Array, flow: Flow): void {
  if (observer !== undefined && bytes[0] !== CR) {
    observer.messageSent(bytes, flow);
  }
}

/** Tells several observers; undefined when there is none. */
export function allObservers(observers: readonly TransportObserver[]): TransportObserver | undefined {
  return observers.length < 2 ? observers[0] : new ObserverList(observers);
}

class ObserverList implements TransportObserver {
  readonly #observers: readonly TransportObserver[];

  constructor(observers: readonly TransportObserver[]) {
    this.#observers = observers;
  }

  messageReceived(message: SipRequest | SipResponse, flow: Flow): void {
    for (const observer of this.#observers) {
      observer.messageReceived(message, flow);
    }
  }

  failureReceived(failure: ParseFailure, flow: Flow): void {
    for (const observer of this.#observers) {
      observer.failureReceived(failure, flow);
    }
  }

  messageSent(bytes: Uint8Array, flow: Flow): void {
    for (const observer of this.#observers) {
      observer.messageSent(bytes, flow);
    }
  }

  responseSent(response: SipResponse, flow: Flow): void {
    for (const observer of this.#observers) {
      observer.responseSent(response, flow);
    }
  }
}
