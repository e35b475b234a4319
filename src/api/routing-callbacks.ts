/** The callbacks that `SipProxy` and `Uac` have in common. */
import type { RoutingErrorCode } from "../proxy/routing-error.ts";
import type { Target } from "../transport/target.ts";
import { CallbackList } from "./callback-list.ts";
import { CallbackLists } from "./callback-lists.ts";

/** Called with a response; waited for before the response goes upstream. */
export type ResponseCallback<Response> = (response: Response) => void | Promise<void>;
/** Called when the caller cancels, or `timer_C` runs out. */
export type CanceledCallback = () => void | Promise<void>;
/**
 * Called when no response could be had, with the answer that the caller gets. `code` never changes
 * its meaning.
 */
export type ErrorCallback = (status: number, reason: string, code: RoutingErrorCode) => void | Promise<void>;
/** Called with each target before it is tried; waited for. */
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
  /** @internal */
  protected readonly callbacks = new CallbackLists<Response>();

  /** For each response from 101 to 199, unless the caller has canceled. */
  onProvisionalResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.provisionalResponse ??= new CallbackList("onProvisionalResponse");
    this.callbacks.provisionalResponse.add(callback);

    return this;
  }

  /**
   * For each 2xx; to an INVITE there may be several, and retransmissions. The
   * first one set after a 2xx has gone upstream may miss those that follow it.
   */
  onSuccessResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.successResponse ??= new CallbackList("onSuccessResponse");
    this.callbacks.successResponse.add(callback);

    return this;
  }

  /** For the final response from 300 to 699, unless the caller has canceled; for a 503 only when no target is left. */
  onFailureResponse(callback: ResponseCallback<Response>): this {
    this.callbacks.failureResponse ??= new CallbackList("onFailureResponse");
    this.callbacks.failureResponse.add(callback);

    return this;
  }

  /** The caller has canceled the request. */
  onCanceled(callback: CanceledCallback): this {
    this.callbacks.canceled ??= new CallbackList("onCanceled");
    this.callbacks.canceled.add(callback);

    return this;
  }

  /** No final response to the INVITE within `timer_C`. */
  onInviteTimeout(callback: CanceledCallback): this {
    this.callbacks.inviteTimeout ??= new CallbackList("onInviteTimeout");
    this.callbacks.inviteTimeout.add(callback);

    return this;
  }

  /** No response could be had: told once, when no target is left. */
  onError(callback: ErrorCallback): this {
    this.callbacks.error ??= new CallbackList("onError");
    this.callbacks.error.add(callback);

    return this;
  }

  /** A target is about to be tried. `abortRouting` prevents it; edits of the request reach it. */
  onTarget(callback: TargetCallback): this {
    this.callbacks.target ??= new CallbackList("onTarget");
    this.callbacks.target.add(callback);

    return this;
  }

  /** Removes the callbacks that `onProvisionalResponse` added. */
  clearOnProvisionalResponse(): this {
    this.callbacks.provisionalResponse = undefined;

    return this;
  }

  /** Removes the callbacks that `onSuccessResponse` added. */
  clearOnSuccessResponse(): this {
    this.callbacks.successResponse = undefined;

    return this;
  }

  /** Removes the callbacks that `onFailureResponse` added. */
  clearOnFailureResponse(): this {
    this.callbacks.failureResponse = undefined;

    return this;
  }

  /** Removes the callbacks that `onCanceled` added. */
  clearOnCanceled(): this {
    this.callbacks.canceled = undefined;

    return this;
  }

  /** Removes the callbacks that `onInviteTimeout` added. */
  clearOnInviteTimeout(): this {
    this.callbacks.inviteTimeout = undefined;

    return this;
  }

  /** Removes the callbacks that `onError` added. */
  clearOnError(): this {
    this.callbacks.error = undefined;

    return this;
  }

  /** Removes the callbacks that `onTarget` added. */
  clearOnTarget(): this {
    this.callbacks.target = undefined;

    return this;
  }

  /**
   * Removes the callbacks of one kind, or all.
   *
   * @throws {TypeError} when `name` is no kind of callback.
   */
  clearCallbacks(name?: CallbackName): this {
    if (name !== undefined) {
      return this.#clear(name);
    }

    return this.clearOnProvisionalResponse()
      .clearOnSuccessResponse()
      .clearOnFailureResponse()
      .clearOnCanceled()
      .clearOnInviteTimeout()
      .clearOnError()
      .clearOnTarget();
  }

  #clear(name: CallbackName): this {
    switch (name) {
      case "onProvisionalResponse":
        return this.clearOnProvisionalResponse();
      case "onSuccessResponse":
        return this.clearOnSuccessResponse();
      case "onFailureResponse":
        return this.clearOnFailureResponse();
      case "onCanceled":
        return this.clearOnCanceled();
      case "onInviteTimeout":
        return this.clearOnInviteTimeout();
      case "onError":
        return this.clearOnError();
      case "onTarget":
        return this.clearOnTarget();
      default:
        throw new TypeError(`${JSON.stringify(name satisfies never)} is no kind of callback`);
    }
  }
}
