/** Hands requests to `sipEvents.onRequest` of the load of the user's files that is in force. */
import type { RequestHandler } from "../proxy/proxy-core.ts";
import type { RequestContext } from "../proxy/request-context.ts";
import type { SipEvents } from "./events.ts";
import { IncomingRequest } from "./incoming-request.ts";

export class UserRequestHandler implements RequestHandler {
  readonly #sipEvents: () => SipEvents;

  /** @param sipEvents asked for at each request, so that a reload takes effect with the next one. */
  constructor(sipEvents: () => SipEvents) {
    this.#sipEvents = sipEvents;
  }

  handleRequest(context: RequestContext): unknown {
    return this.#sipEvents().onRequest?.(new IncomingRequest(context));
  }
}
