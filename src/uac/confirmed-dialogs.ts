/**
 * The dialogs that the 2xx of one INVITE have made. The client that sent the
 * INVITE acknowledges each 2xx itself, and again whenever it is repeated (RFC
 * 3261 section 13.2.2.4); of a call that nobody wants any more, it hangs up.
 */
import { ParsingError } from "../errors/errors.ts";
import type { SipRequest } from "../message/sip-request.ts";
import type { SipResponse } from "../message/sip-response.ts";
import { chooseNextHop, type NextHop } from "../proxy/next-hop.ts";
import { adaptToStrictRouter, addVia } from "../proxy/request-forwarding.ts";
import { RoutingError } from "../proxy/routing-error.ts";
import { NOBODY } from "../transaction/base-client-transaction.ts";
import type { Flow } from "../transport/flow.ts";
import { makeDialogRequest } from "./dialog-request.ts";
import { type FlowOfHop, flowOfHop } from "./flow-of-hop.ts";
import type { SendingPlan } from "./sending-plan.ts";

/** SECURITY: how many dialogs a callee can have remembered and acknowledged for one INVITE. */
const MAX_DIALOGS = 16;

interface Dialog {
  readonly invite: SipRequest;
  readonly success: SipResponse;
  /** Undefined until it is known where it goes. */
  ack: { readonly bytes: Buffer; readonly flow: Flow } | undefined;
}

export class ConfirmedDialogs {
  readonly #plan: SendingPlan;
  readonly #byToTag = new Map<string, Dialog>();

  constructor(plan: SendingPlan) {
    this.#plan = plan;
  }

  /**
   * Acknowledges a 2xx.
   *
   * @param invite as it was sent.
   * @param hangUp whether a BYE follows.
   * @returns whether it made a dialog: false for a repeated one.
   */
  confirm(invite: SipRequest, success: SipResponse, hangUp: boolean): boolean {
    const toTag = success.toTag ?? "";
    const known = this.#byToTag.get(toTag);

    if (known !== undefined) {
      // "MUST be passed to the client transport every time a retransmission [...] arrives"
      known.ack?.flow.send(known.ack.bytes);

      return false;
    }

    if (this.#byToTag.size === MAX_DIALOGS) {
      return false;
    }

    const dialog: Dialog = { invite, success, ack: undefined };

    this.#byToTag.set(toTag, dialog);
    this.#acknowledge(dialog, hangUp);

    return true;
  }

  #acknowledge(dialog: Dialog, hangUp: boolean): void {
    const { environment, profile } = this.#plan;
    const ack = makeDialogRequest("ACK", dialog.invite, dialog.success);
    const hop = this.#hopOf(ack);

    if (hop instanceof RoutingError) {
      this.#unreachable(dialog, hop);

      return;
    }

    if (hop.isStrictRouter) {
      adaptToStrictRouter(ack);
    }

    const found = flowOfHop(hop, environment, profile);
    const send = (flow: FlowOfHop): void => this.#send(dialog, ack, hop, flow, hangUp);

    if (found instanceof Promise) {
      found.then(send);
    } else {
      send(found);
    }
  }

  /** By the route set and the Contact, as any request in a dialog. */
  #hopOf(ack: SipRequest): NextHop | RoutingError {
    const { hop, isHopChosen } = this.#plan;

    // The flow is the way to a client whose Contact is none, such as that of a browser (RFC 7118). INTEROP: nor need a
    // Contact from behind a NAT be one, where the user's code knew better.
    if (hop.flow !== undefined || (isHopChosen && !ack.hasHeader("Route"))) {
      return hop;
    }

    try {
      return chooseNextHop(ack, undefined);
    } catch (error) {
      if (error instanceof ParsingError) {
        return new RoutingError(400, error.message, "unsupported_uri_scheme");
      }

      throw error;
    }
  }

  #send(dialog: Dialog, ack: SipRequest, hop: NextHop, flow: FlowOfHop, hangUp: boolean): void {
    if (flow instanceof RoutingError) {
      this.#unreachable(dialog, flow);

      return;
    }

    const { transactions, loopDetection } = this.#plan.environment;

    addVia(ack, flow, loopDetection.newBranch());
    dialog.ack = { bytes: ack.toBytes(), flow };
    flow.send(dialog.ack.bytes);

    if (hangUp) {
      const bye = makeDialogRequest("BYE", dialog.invite, dialog.success);

      if (hop.isStrictRouter) {
        adaptToStrictRouter(bye);
      }

      addVia(bye, flow, loopDetection.newBranch());
      // The call is over whatever becomes of it.
      transactions.sendRequest(bye, flow, NOBODY);
    }
  }

  #unreachable({ invite }: Dialog, { reason }: RoutingError): void {
    this.#plan.environment.logger.notice("a 2xx to an INVITE of this server cannot be acknowledged", {
      reason,
      callId: invite.callId,
    });
  }
}
