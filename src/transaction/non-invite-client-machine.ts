/**
 * The non-INVITE client transaction as a table: RFC 3261 section 17.1.2 and
 * figure 6. Pure; `non-invite-client-transaction.ts` carries the actions out.
 */
import { type MachineStep, step } from "./machine-step.ts";

export type NonInviteClientState = "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteClientInput =
  | "1xx"
  | "200-699"
  | "timer E" // Repeat the request.
  | "timer F" // No final response came.
  | "timer K" // No more retransmitted responses are expected.
  | "transport error";

export type NonInviteClientAction =
  | "resend request"
  | "start doubled timer E" // Up to T2.
  | "start timer E at T2"
  | "start timer K" // Zero on reliable transports.
  | "stop timers E and F"
  | "pass response up"
  | "report timeout"
  | "report transport error"
  | "terminate";

type Step = MachineStep<NonInviteClientState, NonInviteClientAction>;
type Row = Readonly<Record<NonInviteClientInput, Step>>;

const STAY_TRYING: Step = step("trying");
const STAY_PROCEEDING: Step = step("proceeding");
const STAY_COMPLETED: Step = step("completed");
const STAY_TERMINATED: Step = step("terminated");

const COMPLETE: Step = step("completed", "stop timers E and F", "pass response up", "start timer K");
const TIME_OUT: Step = step("terminated", "report timeout", "terminate");
const FAIL: Step = step("terminated", "report transport error", "terminate");

const TABLE: Readonly<Record<NonInviteClientState, Row>> = Object.freeze({
  trying: Object.freeze<Row>({
    "1xx": step("proceeding", "pass response up"),
    "200-699": COMPLETE,
    "timer E": step("trying", "resend request", "start doubled timer E"),
    "timer F": TIME_OUT,
    "timer K": STAY_TRYING,
    "transport error": FAIL,
  }),
  proceeding: Object.freeze<Row>({
    "1xx": step("proceeding", "pass response up"),
    "200-699": COMPLETE,
    // Section 17.1.2.1: requests are repeated on, since only they make the server repeat its response.
    "timer E": step("proceeding", "resend request", "start timer E at T2"),
    "timer F": TIME_OUT,
    "timer K": STAY_PROCEEDING,
    "transport error": FAIL,
  }),
  completed: Object.freeze<Row>({
    "1xx": STAY_COMPLETED,
    "200-699": STAY_COMPLETED, // What Timer K waits for: absorbed.
    "timer E": STAY_COMPLETED,
    "timer F": STAY_COMPLETED,
    "timer K": step("terminated", "terminate"),
    "transport error": STAY_COMPLETED,
  }),
  terminated: Object.freeze<Row>({
    "1xx": STAY_TERMINATED,
    "200-699": STAY_TERMINATED,
    "timer E": STAY_TERMINATED,
    "timer F": STAY_TERMINATED,
    "timer K": STAY_TERMINATED,
    "transport error": STAY_TERMINATED,
  }),
});

export function nonInviteClientStep(state: NonInviteClientState, input: NonInviteClientInput): Step {
  return TABLE[state][input];
}
