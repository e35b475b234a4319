/**
 * The INVITE client transaction as a table: RFC 3261 section 17.1.1 and figure
 * 5, as amended by RFC 6026 section 7.2 (Accepted, Timer M), with CANCEL of
 * section 9.1. Pure; `invite-client-transaction.ts` carries the
 * actions out.
 */
import { type MachineStep, step } from "./machine-step.ts";

export type InviteClientState = "calling" | "proceeding" | "completed" | "accepted" | "terminated";

export type InviteClientInput =
  | "1xx"
  | "2xx"
  | "300-699"
  | "cancel" // The transaction user wants it canceled.
  | "timer A" // Repeat the request.
  | "timer B" // No response came.
  | "timer D" // No more retransmitted final responses are expected.
  | "timer M" // No more 2xx are expected.
  | "cancel timeout" // No final response came after CANCEL.
  | "transport error";

export type InviteClientAction =
  | "resend request"
  | "start timer A" // Doubled each time.
  | "start timer D" // Zero on reliable transports.
  | "start timer M"
  | "stop timers A and B"
  | "stop cancel timer"
  | "send ACK"
  | "resend ACK"
  | "hold CANCEL"
  | "send CANCEL"
  | "send held CANCEL"
  | "pass response up"
  | "report timeout"
  | "report transport error"
  | "terminate";

type Step = MachineStep<InviteClientState, InviteClientAction>;
type Row = Readonly<Record<InviteClientInput, Step>>;

const STAY_CALLING: Step = step("calling");
const STAY_PROCEEDING: Step = step("proceeding");
const STAY_COMPLETED: Step = step("completed");
const STAY_ACCEPTED: Step = step("accepted");
const STAY_TERMINATED: Step = step("terminated");

const TIME_OUT: Step = step("terminated", "report timeout", "terminate");
const FAIL: Step = step("terminated", "report transport error", "terminate");

const TABLE: Readonly<Record<InviteClientState, Row>> = Object.freeze({
  calling: Object.freeze<Row>({
    // RFC 3261 section 9.1: a CANCEL waits for this response.
    "1xx": step("proceeding", "stop timers A and B", "send held CANCEL", "pass response up"),
    "2xx": step("accepted", "stop timers A and B", "pass response up", "start timer M"),
    "300-699": step("completed", "stop timers A and B", "send ACK", "pass response up", "start timer D"),
    cancel: step("calling", "hold CANCEL"),
    "timer A": step("calling", "resend request", "start timer A"),
    "timer B": TIME_OUT,
    "timer D": STAY_CALLING,
    "timer M": STAY_CALLING,
    "cancel timeout": STAY_CALLING,
    "transport error": FAIL,
  }),
  proceeding: Object.freeze<Row>({
    "1xx": step("proceeding", "pass response up"),
    "2xx": step("accepted", "stop cancel timer", "pass response up", "start timer M"),
    "300-699": step("completed", "stop cancel timer", "send ACK", "pass response up", "start timer D"),
    cancel: step("proceeding", "send CANCEL"),
    "timer A": STAY_PROCEEDING,
    "timer B": STAY_PROCEEDING, // From here on Timer C of the proxy bounds the wait (RFC 3261 section 16.8).
    "timer D": STAY_PROCEEDING,
    "timer M": STAY_PROCEEDING,
    "cancel timeout": TIME_OUT, // RFC 3261 section 9.1: 64*T1 after CANCEL the transaction counts as canceled.
    "transport error": FAIL, // The connection that the response should come over is gone.
  }),
  completed: Object.freeze<Row>({
    "1xx": STAY_COMPLETED,
    "2xx": STAY_COMPLETED,
    "300-699": step("completed", "resend ACK"),
    cancel: STAY_COMPLETED, // RFC 3261 section 9.1: no effect on a request that was answered.
    "timer A": STAY_COMPLETED,
    "timer B": STAY_COMPLETED,
    "timer D": step("terminated", "terminate"),
    "timer M": STAY_COMPLETED,
    "cancel timeout": STAY_COMPLETED,
    "transport error": step("terminated", "terminate"), // The user has its final response already.
  }),
  accepted: Object.freeze<Row>({
    "1xx": STAY_ACCEPTED,
    "2xx": step("accepted", "pass response up"), // RFC 6026 section 8.4: from other branches of a fork, and repeated ones.
    "300-699": STAY_ACCEPTED,
    cancel: STAY_ACCEPTED,
    "timer A": STAY_ACCEPTED,
    "timer B": STAY_ACCEPTED,
    "timer D": STAY_ACCEPTED,
    "timer M": step("terminated", "terminate"),
    "cancel timeout": STAY_ACCEPTED,
    "transport error": STAY_ACCEPTED, // Nothing is sent from here; more 2xx may come over another connection.
  }),
  terminated: Object.freeze<Row>({
    "1xx": STAY_TERMINATED,
    "2xx": STAY_TERMINATED,
    "300-699": STAY_TERMINATED,
    cancel: STAY_TERMINATED,
    "timer A": STAY_TERMINATED,
    "timer B": STAY_TERMINATED,
    "timer D": STAY_TERMINATED,
    "timer M": STAY_TERMINATED,
    "cancel timeout": STAY_TERMINATED,
    "transport error": STAY_TERMINATED,
  }),
});

export function inviteClientStep(state: InviteClientState, input: InviteClientInput): Step {
  return TABLE[state][input];
}
