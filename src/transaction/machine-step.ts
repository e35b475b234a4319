/** What the tables of the four state machines are made of. */

/** The outcome of one input in one state. PERF: shared and frozen, so that a step allocates nothing. */
export interface MachineStep<State extends string, Action extends string> {
  readonly state: State;
  /** To be carried out in order, after the state was set. */
  readonly actions: readonly Action[];
}

export function step<State extends string, Action extends string>(
  state: State,
  ...actions: Action[]
): MachineStep<State, Action> {
  return Object.freeze({ state, actions: Object.freeze(actions) });
}
