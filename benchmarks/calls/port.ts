/** Ports that nobody is given unasked: below those that Linux chooses from (32,768 on). */
import { isPortBound } from "../../test/support/sipp-port.ts";

const LOWEST = 20_000;
const COUNT = 12_000;

/** A port that is not bound now, neither for UDP nor for TCP. */
export function choosePort(): number {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);

    if (!isPortBound("udp", "127.0.0.1", port) && !isPortBound("tcp", "127.0.0.1", port)) {
      return port;
    }
  }
}
