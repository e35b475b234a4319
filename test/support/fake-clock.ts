/** A clock that stands still until a test advances it: the one of `oversip/testing`. */
export { FakeClock } from "../../src/testing/fake-clock.ts";
