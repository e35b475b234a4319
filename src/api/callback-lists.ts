/** The callbacks of one `SipProxy` or `Uac`, by kind. */
import type { RoutingErrorCode } from "../proxy/routing-error.ts";
import type { Target } from "../transport/target.ts";
import { CallbackList } from "./callback-list.ts";

export class CallbackLists<Response> {
  readonly provisionalResponse = new CallbackList<[response: Response]>("onProvisionalResponse");
  readonly successResponse = new CallbackList<[response: Response]>("onSuccessResponse");
  readonly failureResponse = new CallbackList<[response: Response]>("onFailureResponse");
  readonly canceled = new CallbackList<[]>("onCanceled");
  readonly inviteTimeout = new CallbackList<[]>("onInviteTimeout");
  readonly error = new CallbackList<[status: number, reason: string, code: RoutingErrorCode]>("onError");
  readonly target = new CallbackList<[target: Target]>("onTarget");

  /** @throws {TypeError} when no kind of callback has that name. */
  named(name: string): { clear(): void } {
    for (const list of [
      this.provisionalResponse,
      this.successResponse,
      this.failureResponse,
      this.canceled,
      this.inviteTimeout,
      this.error,
      this.target,
    ]) {
      if (list.name === name) {
        return list;
      }
    }

    throw new TypeError(`${JSON.stringify(name)} is no kind of callback`);
  }
}
