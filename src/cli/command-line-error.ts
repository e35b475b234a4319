/** The command line cannot be understood; the message names what is wrong with it. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
}
