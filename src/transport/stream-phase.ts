/** The life of a stream connection, and what is too long for each part of it. */
import type { StreamActivity } from "./stream-activity.ts";
import type { StreamLimits } from "./stream-limits.ts";
import type { StreamWatch } from "./stream-watch.ts";

/**
 * "connecting": TCP is being connected. "handshake": TLS is. "callback": the
 * user's code looks at the certificates. "answering": nothing more is read, and
 * only answers to what was read are sent. "closing": nothing more is read or
 * sent but what was to be sent before.
 */
export type StreamPhase =
  | "connecting"
  | "handshake"
  | "callback"
  | "open"
  | "answering"
  | "closing"
  | "closed";

/** Whether messages of any kind may be sent, or wait until they can be. */
export function isOpenPhase(phase: StreamPhase): boolean {
  return phase !== "answering" && phase !== "closing" && phase !== "closed";
}

/** Why a connection that has been in this phase since then is to be cut; undefined when it is not. */
export function overdueReason(
  phase: StreamPhase,
  since: number,
  activity: StreamActivity | undefined,
  watch: Pick<StreamWatch, "isOver">,
  limits: StreamLimits,
): string | undefined {
  switch (phase) {
    case "connecting":
      return watch.isOver(since, limits.connectTimeoutMs) ? "not connected in time" : undefined;
    case "handshake":
      return watch.isOver(since, limits.handshakeTimeoutMs) ? "TLS handshake not done in time" : undefined;
    case "callback":
      return watch.isOver(since, limits.callbackTimeoutMs) ? "TLS callback not done in time" : undefined;
    case "answering":
      return watch.isOver(since, limits.closeTimeoutMs) ? "requests not answered in time" : undefined;
    case "closing":
      return watch.isOver(since, limits.closeTimeoutMs) ? "not closed by the peer in time" : undefined;
    case "closed":
      return undefined;
    default:
  }

  switch (activity?.judge(watch, limits)) {
    case "idle":
      return "idle for too long";
    case "message-unfinished":
      return "message not finished in time";
    case "first-message-missing":
      return "no SIP received in time";
    default:
      return undefined;
  }
}
