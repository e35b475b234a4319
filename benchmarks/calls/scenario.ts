/** What is measured: the calls that a round makes, and over what. */
import { resolve } from "node:path";

export interface Scenario {
  /** By which it is chosen. */
  readonly name: string;
  readonly title: string;
  readonly transport: "udp" | "tcp";
  /** Files of sipp. */
  readonly caller: string;
  readonly callee: string;
  /** Whether it is a call, which stays up for a while. */
  readonly isCall: boolean;
  /** What the proxy has to do for REGISTER (RFC 5626 section 5.1). */
  readonly isOutbound: boolean;
}

const TESTS = resolve(import.meta.dirname, "../../test/sipp");
const OWN = resolve(import.meta.dirname, "scenarios");
const CALL = {
  caller: `${TESTS}/caller.xml`,
  callee: `${TESTS}/callee.xml`,
  isCall: true,
  isOutbound: false,
};

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "udp", title: "calls over UDP", transport: "udp", ...CALL },
  { name: "tcp", title: "calls over TCP", transport: "tcp", ...CALL },
  {
    name: "options",
    title: "OPTIONS over UDP",
    transport: "udp",
    caller: `${OWN}/options-caller.xml`,
    callee: `${OWN}/options-callee.xml`,
    isCall: false,
    isOutbound: false,
  },
  {
    name: "register",
    title: "REGISTER over UDP through an Outbound edge",
    transport: "udp",
    caller: `${OWN}/register-caller.xml`,
    callee: `${OWN}/register-callee.xml`,
    isCall: false,
    isOutbound: true,
  },
];

/** By which they are chosen. */
export const SCENARIO_NAMES = SCENARIOS.map(({ name }) => name);
