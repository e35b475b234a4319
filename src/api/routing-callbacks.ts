/** The callbacks that `SipProxy` and `Uac` have in common. */
import type { RoutingErrorCode } from "../proxy/routing-error.ts";
import type { Target } from "../transport/target.ts";
import { CallbackLists } from "./callback-lists.ts";

export type ResponseCallback<Response> = (response: Response) => void | Promise<void>;
export type CanceledCallback = () => void | Promise<void>;
export type ErrorCallback = (status: number, reason: string, code: RoutingErrorCode) => void | Promise<void>;
export type TargetCallback = (target: Target) => void | Promise<void>;

/** Names one kind of callback, as the method that sets it. */
export type CallbackName =
  | "onProvisionalResponse"
  | "onSuccessResponse"
  | "onFailureResponse"
  | "onCanceled"
  | "onInviteTimeout"
  | "onError"
  | "onTarget";

/**
 * Each `on…` method adds a callback; those of one kind run in the order in
 * which they were set, each awaited. Each throws TypeError unless given a function.
 */
export abstract class RoutingCallbacks<Response> {
  protected readonly callbacks = new CallbackLists<Response>();

  /** For each response from 101 to 199, unless the caller has canceled. */
  onProvisionalResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.provisionalResponse.add(callback);

    return this;
  }

  /** For each 2xx; to an INVITE there may be several, and retransmissions. */
  onSuccessResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.successResponse.add(callback);

    return this;
  }

  /** For the final response from 300 to 699, unless the caller has canceled; for a 503 only when no target is left. */
  onFailureResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.failureResponse.add(callback);

    return this;
  }

  /** The caller has canceled the request. */
  onCanceled(callback: CanceledCallback): this {
    this.callbacks.canceled.add(callback);

    return this;
  }

  /** No final response to the INVITE within `timer_C`. */
  onInviteTimeout(callback: CanceledCallback): this {
    this.callbacks.inviteTimeout.add(callback);

    return this;
  }

  /** No response could be had: told once, when no target is left. */
  onError(callback: ErrorCallback): this {
    this.callbacks.error.add(callback);

    return this;
  }

  /** A target is about to be tried. `abortRouting` prevents it; edits of the request reach it. */
  onTarget(callback: TargetCallback): this {
    this.callbacks.target.add(callback);

    return this;
  }

  clearOnProvisionalResponse(): this {
    this.callbacks.provisionalResponse.clear();

    return this;
  }

  clearOnSuccessResponse(): this {
    this.callbacks.successResponse.clear();

    return this;
  }

  clearOnFailureResponse(): this {
    this.callbacks.failureResponse.clear();

    return this;
  }

  clearOnCanceled(): this {
    this.callbacks.canceled.clear();

    return this;
  }

  clearOnInviteTimeout(): this {
    this.callbacks.inviteTimeout.clear();

    return this;
  }

  clearOnError(): this {
    this.callbacks.error.clear();

    return this;
  }

  clearOnTarget(): this {
    this.callbacks.target.clear();

    return this;
  }

  /**
   * Removes the callbacks of one kind, or all.
   *
   * @throws {TypeError} when `name` is no kind of callback.
   */
  clearCallbacks(name?: CallbackName): this {
    if (name !== undefined) {
      this.callbacks.named(name).clear();

      return this;
    }

    return this.clearOnProvisionalResponse()
      .clearOnSuccessResponse()
      .clearOnFailureResponse()
      .clearOnCanceled()
      .clearOnInviteTimeout()
      .clearOnError()
      .clearOnTarget();
  }
}
