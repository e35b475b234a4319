/** A logger that keeps its lines for a test: the one of `oversip/testing`. */
export { type LogLine, RecordingLogger } from "../../src/testing/recording-logger.ts";
