/** The callbacks of one `SipProxy` or `Uac`, by kind; a kind without any has no list. */
import type { RoutingErrorCode } from "../proxy/routing-error.ts";
import type { Target } from "../transport/target.ts";
import type { CallbackList } from "./callback-list.ts";

export class CallbackLists<Response> {
  provisionalResponse: CallbackList<[response: Response]> | undefined = undefined;
  successResponse: CallbackList<[response: Response]> | undefined = undefined;
  failureResponse: CallbackList<[response: Response]> | undefined = undefined;
  canceled: CallbackList<[]> | undefined = undefined;
  inviteTimeout: CallbackList<[]> | undefined = undefined;
  error: CallbackList<[status: number, reason: string, code: RoutingErrorCode]> | undefined = undefined;
  target: CallbackList<[target: Target]> | undefined = undefined;
}
