/** One call of `Uac.route`. */
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow } from "../transport/flow.ts";
import type { UacRequest } from "../uac/uac-request.ts";
import type { CallbackHost } from "./callback-list.ts";
import type { CallbackLists } from "./callback-lists.ts";
import { CallbackObserver } from "./callback-observer.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { IncomingResponse } from "./incoming-response.ts";
import type { RouteResult } from "./route-result.ts";

/** A response to what a `Uac` sent. Nothing of it goes upstream, unless `replyFull` is given it. */
export type UacResponse = IncomingResponse<UacRequest | IncomingRequest>;

export class UacObserver extends CallbackObserver<UacResponse> {
  readonly #request: UacRequest | IncomingRequest;

  constructor(
    callbacks: CallbackLists<UacResponse>,
    request: UacRequest | IncomingRequest,
    resolve: (result: RouteResult<UacResponse>) => void,
    host: CallbackHost,
  ) {
    super(callbacks, resolve, host);
    this.#request = request;
  }

  createResponse(received: SipResponse, flow: Flow): UacResponse {
    return new IncomingResponse(received, received, this.#request, flow);
  }
}
