/**
 * The one entry to and exit from the network (RFC 3261 section 18), as the
 * layers above see it.
 */
import type { SipResponse } from "../message/sip-response.ts";
import type { Flow, SendErrorCallback } from "./flow.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { Target } from "./target.ts";

/** What a flow token leads to: "foreign" when this server did not make it, "closed" when its connection is gone. */
export type FlowOfToken = Flow | "foreign" | "closed";

export interface TransportLayer {
  readonly listeningPoints: readonly ListeningPoint[];

  /**
   * The way to a target: an open connection to it, or a new one that is being
   * opened, which `send` waits for. Undefined when this server has no
   * listening point of that transport and IP version.
   */
  flowTo(target: Target): Flow | undefined;

  /** Checks and follows a flow token (RFC 5626 section 5.3). Takes constant time over its signature. */
  flowOfToken(token: string): FlowOfToken;

  /**
   * Sends a response to where its topmost Via says: back on `requestFlow`, or,
   * when that is closed, to `received` and the port of the sent-by (RFC 3261
   * section 18.2.2, RFC 3581 section 4).
   *
   * @param toSourcePort whether UDP goes to the source port of the request even without `rport` (`fixNat`).
   * @returns what was sent, one character a byte; undefined when there is no way.
   */
  sendResponse(
    response: SipResponse,
    requestFlow: Flow,
    toSourcePort: boolean,
    onError?: SendErrorCallback,
  ): string | undefined;

  /** Whether `host` (name, address, or IPv6 reference) and the port, if one is named, are this server. */
  isLocal(host: string, port: number | undefined): boolean;
}
