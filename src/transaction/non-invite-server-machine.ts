/**
 * The non-INVITE server transaction as a table: RFC 3261 section 17.2.2 and
 * figure 8, as amended by RFC 4320 section 4 (no 408, no provisional response
 * but 100) and RFC 6026 section 7.1 (a transport error changes no state).
 * Pure; `non-invite-server-transaction.ts` carries the actions out.
 */
import { type MachineStep, step } from "./machine-step.ts";

export type NonInviteServerState = "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteServerInput =
  | "request" // A retransmission.
  | "100" // Responses from the transaction user.
  | "101-199"
  | "200-699"
  | "408"
  | "timer J" // No more retransmissions are expected.
  | "no answer" // The client has given up.
  | "transport error";

export type NonInviteServerAction =
  | "send response"
  | "resend response"
  | "discard response" // It counts as the final one, but nothing is sent, now or later.
  | "start timer J" // Zero on reliable transports.
  | "report transport error"
  | "terminate";

type Step = MachineStep<NonInviteServerState, NonInviteServerAction>;
type Row = Readonly<Record<NonInviteServerInput, Step>>;

const STAY_TRYING: Step = step("trying");
const STAY_PROCEEDING: Step = step("proceeding");
const STAY_COMPLETED: Step = step("completed");
const STAY_TERMINATED: Step = step("terminated");

const COMPLETE: Step = step("completed", "send response", "start timer J");
/** RFC 4320 section 4.2: the client has timed out by itself; one more message would only lose the race. */
const COMPLETE_SILENTLY: Step = step("completed", "discard response", "start timer J");
const GIVE_UP: Step = step("terminated", "terminate");

const TABLE: Readonly<Record<NonInviteServerState, Row>> = Object.freeze({
  trying: Object.freeze<Row>({
    request: STAY_TRYING, // "any further request retransmissions are discarded"
    "100": step("proceeding", "send response"),
    "101-199": STAY_TRYING, // RFC 4320 section 4.1: refused.
    "200-699": COMPLETE,
    "408": COMPLETE_SILENTLY,
    "timer J": STAY_TRYING,
    "no answer": GIVE_UP,
    "transport error": step("trying", "report transport error"),
  }),
  proceeding: Object.freeze<Row>({
    request: step("proceeding", "resend response"),
    "100": step("proceeding", "send response"),
    "101-199": STAY_PROCEEDING,
    "200-699": COMPLETE,
    "408": COMPLETE_SILENTLY,
    "timer J": STAY_PROCEEDING,
    "no answer": GIVE_UP,
    "transport error": step("proceeding", "report transport error"),
  }),
  completed: Object.freeze<Row>({
    request: step("completed", "resend response"),
    // "Any other final responses passed by the TU [...] MUST be discarded."
    "100": STAY_COMPLETED,
    "101-199": STAY_COMPLETED,
    "200-699": STAY_COMPLETED,
    "408": STAY_COMPLETED,
    "timer J": step("terminated", "terminate"),
    "no answer": STAY_COMPLETED,
    "transport error": step("completed", "report transport error"),
  }),
  terminated: Object.freeze<Row>({
    request: STAY_TERMINATED,
    "100": STAY_TERMINATED,
    "101-199": STAY_TERMINATED,
    "200-699": STAY_TERMINATED,
    "408": STAY_TERMINATED,
    "timer J": STAY_TERMINATED,
    "no answer": STAY_TERMINATED,
    "transport error": STAY_TERMINATED,
  }),
});

export function nonInviteServerStep(state: NonInviteServerState, input: NonInviteServerInput): Step {
  return TABLE[state][input];
}
