/**
 * The INVITE server transaction as a table: RFC 3261 section 17.2.1 and figure
 * 7, as amended by RFC 6026 section 7.1 (Accepted, Timer L, a transport error
 * changes no state). Pure; `invite-server-transaction.ts`
 * carries the actions out.
 */
import { type MachineStep, step } from "./machine-step.ts";

export type InviteServerState = "proceeding" | "completed" | "confirmed" | "accepted" | "terminated";

export type InviteServerInput =
  | "INVITE" // A retransmission of the request.
  | "ACK"
  | "1xx" // Responses from the transaction user.
  | "2xx"
  | "300-699"
  | "timer G" // Repeat the response.
  | "timer H" // No ACK came.
  | "timer I" // No more retransmitted ACKs are expected.
  | "timer L" // No more retransmitted INVITEs are expected.
  | "transport error";

export type InviteServerAction =
  | "send response"
  | "resend response"
  | "start timer G" // Unreliable transports only; doubled each time, up to T2.
  | "start timer H"
  | "start timer I" // Zero on reliable transports.
  | "start timer L"
  | "stop timers G and H"
  | "pass ACK up"
  | "report transport error"
  | "report missing ACK"
  | "terminate";

type Step = MachineStep<InviteServerState, InviteServerAction>;
type Row = Readonly<Record<InviteServerInput, Step>>;

/** Nothing to do: a retransmission to absorb, or a timer that does not run in this state. */
const STAY_PROCEEDING: Step = step("proceeding");
const STAY_COMPLETED: Step = step("completed");
const STAY_CONFIRMED: Step = step("confirmed");
const STAY_ACCEPTED: Step = step("accepted");
const STAY_TERMINATED: Step = step("terminated");

const TABLE: Readonly<Record<InviteServerState, Row>> = Object.freeze({
  proceeding: Object.freeze<Row>({
    INVITE: step("proceeding", "resend response"),
    ACK: STAY_PROCEEDING, // Acknowledges nothing that was sent.
    "1xx": step("proceeding", "send response"),
    "2xx": step("accepted", "send response", "start timer L"), // RFC 6026 section 8.5.
    "300-699": step("completed", "send response", "start timer G", "start timer H"),
    "timer G": STAY_PROCEEDING,
    "timer H": STAY_PROCEEDING,
    "timer I": STAY_PROCEEDING,
    "timer L": STAY_PROCEEDING,
    "transport error": step("proceeding", "report transport error"),
  }),
  completed: Object.freeze<Row>({
    INVITE: step("completed", "resend response"),
    ACK: step("confirmed", "stop timers G and H", "start timer I"),
    // A response after the final one is refused: it has no action.
    "1xx": STAY_COMPLETED,
    "2xx": STAY_COMPLETED,
    "300-699": STAY_COMPLETED,
    "timer G": step("completed", "resend response", "start timer G"),
    "timer H": step("terminated", "report missing ACK", "terminate"),
    "timer I": STAY_COMPLETED,
    "timer L": STAY_COMPLETED,
    "transport error": step("completed", "report transport error"),
  }),
  confirmed: Object.freeze<Row>({
    INVITE: STAY_CONFIRMED,
    ACK: STAY_CONFIRMED, // What Timer I waits for: absorbed.
    "1xx": STAY_CONFIRMED,
    "2xx": STAY_CONFIRMED,
    "300-699": STAY_CONFIRMED,
    "timer G": STAY_CONFIRMED,
    "timer H": STAY_CONFIRMED,
    "timer I": step("terminated", "terminate"),
    "timer L": STAY_CONFIRMED,
    "transport error": STAY_CONFIRMED,
  }),
  accepted: Object.freeze<Row>({
    INVITE: STAY_ACCEPTED, // The 2xx is repeated by the user agent server, not here.
    ACK: step("accepted", "pass ACK up"),
    "1xx": STAY_ACCEPTED,
    "2xx": step("accepted", "send response"),
    "300-699": STAY_ACCEPTED,
    "timer G": STAY_ACCEPTED,
    "timer H": STAY_ACCEPTED,
    "timer I": STAY_ACCEPTED,
    "timer L": step("terminated", "terminate"),
    "transport error": step("accepted", "report transport error"),
  }),
  terminated: Object.freeze<Row>({
    INVITE: STAY_TERMINATED,
    ACK: STAY_TERMINATED,
    "1xx": STAY_TERMINATED,
    "2xx": STAY_TERMINATED,
    "300-699": STAY_TERMINATED,
    "timer G": STAY_TERMINATED,
    "timer H": STAY_TERMINATED,
    "timer I": STAY_TERMINATED,
    "timer L": STAY_TERMINATED,
    "transport error": STAY_TERMINATED,
  }),
});

export function inviteServerStep(state: InviteServerState, input: InviteServerInput): Step {
  return TABLE[state][input];
}
