/** In which part of its life the server is. Everything that answers traffic asks it. */

export type ServerStatusName = "loading" | "running" | "terminating";

export class ServerState {
  #status: ServerStatusName = "loading";

  get status(): ServerStatusName {
    return this.#status;
  }

  /** From "loading" only: a server that is being stopped never runs again. */
  enterRunning(): void {
    if (this.#status === "loading") {
      this.#status = "running";
    }
  }

  enterTerminating(): void {
    this.#status = "terminating";
  }
}
