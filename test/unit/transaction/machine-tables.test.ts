/** What holds for all four tables; their arrows are tested in test/machines. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inviteClientStep } from "../../../src/transaction/invite-client-machine.ts";
import { inviteServerStep } from "../../../src/transaction/invite-server-machine.ts";
import type { MachineStep } from "../../../src/transaction/machine-step.ts";
import { nonInviteClientStep } from "../../../src/transaction/non-invite-client-machine.ts";
import { nonInviteServerStep } from "../../../src/transaction/non-invite-server-machine.ts";

interface Machine {
  readonly name: string;
  readonly states: readonly string[];
  readonly inputs: readonly string[];
  readonly step: (state: never, input: never) => MachineStep<string, string>;
}

const machines: readonly Machine[] = [
  {
    name: "INVITE server",
    states: ["proceeding", "completed", "confirmed", "accepted", "terminated"],
    inputs: [
      "INVITE",
      "ACK",
      "1xx",
      "2xx",
      "300-699",
      "timer G",
      "timer H",
      "timer I",
      "timer L",
      "transport error",
    ],
    step: inviteServerStep,
  },
  {
    name: "non-INVITE server",
    states: ["trying", "proceeding", "completed", "terminated"],
    inputs: ["request", "100", "101-199", "200-699", "408", "timer J", "no answer", "transport error"],
    step: nonInviteServerStep,
  },
  {
    name: "INVITE client",
    states: ["calling", "proceeding", "completed", "accepted", "terminated"],
    inputs: [
      "1xx",
      "2xx",
      "300-699",
      "cancel",
      "timer A",
      "timer B",
      "timer D",
      "timer M",
      "cancel timeout",
      "transport error",
    ],
    step: inviteClientStep,
  },
  {
    name: "non-INVITE client",
    states: ["trying", "proceeding", "completed", "terminated"],
    inputs: ["1xx", "200-699", "timer E", "timer F", "timer K", "transport error"],
    step: nonInviteClientStep,
  },
];

for (const { name, states, inputs, step } of machines) {
  const stepOf = (state: string, input: string) => step(state as never, input as never);

  describe(`${name} machine`, () => {
    it("knows every input in every state, and leads to a state that it has", () => {
      for (const state of states) {
        for (const input of inputs) {
          assert.ok(states.includes(stepOf(state, input).state), `${state} + ${input}`);
        }
      }
    });

    it("never leaves Terminated and does nothing there", () => {
      for (const input of inputs) {
        assert.deepEqual(stepOf("terminated", input), { state: "terminated", actions: [] });
      }
    });

    it("tells its end exactly when it goes to Terminated", () => {
      for (const state of states.filter((candidate) => candidate !== "terminated")) {
        for (const input of inputs) {
          const { state: next, actions } = stepOf(state, input);

          assert.equal(next === "terminated", actions.at(-1) === "terminate", `${state} + ${input}`);
        }
      }
    });

    it("a transport error alone never brings a final response", () => {
      for (const state of states) {
        assert.ok(!stepOf(state, "transport error").actions.includes("pass response up"));
      }
    });

    it("makes no object for a step: the same one each time, frozen", () => {
      for (const state of states) {
        for (const input of inputs) {
          const result = stepOf(state, input);

          assert.equal(result, stepOf(state, input));
          assert.ok(Object.isFrozen(result) && Object.isFrozen(result.actions));
        }
      }
    });
  });
}
