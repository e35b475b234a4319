/** The base timer values of RFC 3261 section 17.1.1.1, from which all others derive (its table 4). */
export interface TimerValues {
  /** Estimate of the round-trip time, in milliseconds. Default 500. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of non-INVITE requests and INVITE responses, in milliseconds. Default 4,000. */
  readonly t2Ms: number;
  /** Longest time that a message stays in the network, in milliseconds. Default 5,000. */
  readonly t4Ms: number;
}

export const DEFAULT_TIMER_VALUES: TimerValues = Object.freeze({ t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 });

/** The time that a transaction is given: Timers B, F, H, J, L and M. */
export function transactionTimeoutMs(timers: TimerValues): number {
  return 64 * timers.t1Ms;
}

/** Timer D: as long as the server may repeat its answer, whatever T1 is here (RFC 3261 section 17.1.1.2: at least 32 s). */
export function timerDMs(timers: TimerValues): number {
  return Math.max(32_000, transactionTimeoutMs(timers));
}

/**
 * When a non-INVITE request without an answer is answered 100: the time at
 * which the client's Timer E has reached T2 and is about to fire again (RFC
 * 4320 section 4.1); 5 s with the default values.
 */
export function aliveDelayMs(timers: TimerValues): number {
  return timers.t2Ms + 2 * timers.t1Ms;
}
