/** Connections by their flow token, from the first time that somebody asks for it until they close. */
import type { Flow } from "./flow.ts";

export class FlowTable {
  readonly #flows = new Map<string, Flow>();
  readonly #tokens = new Map<Flow, string>();

  /** Connections whose token somebody asked for. */
  get size(): number {
    return this.#flows.size;
  }

  /**
   * The token of an open connection.
   *
   * PERF: idle connections, of which nobody asks it, cost nothing here.
   */
  tokenOf(flow: Flow, makeToken: () => string): string {
    let token = this.#tokens.get(flow);

    if (token === undefined) {
      token = makeToken();

      // What closed already would never be removed.
      if (flow.isOpen) {
        this.#tokens.set(flow, token);
        this.#flows.set(token, flow);
      }
    }

    return token;
  }

  flowOf(token: string): Flow | undefined {
    return this.#flows.get(token);
  }

  remove(flow: Flow): void {
    const token = this.#tokens.get(flow);

    if (token !== undefined) {
      this.#tokens.delete(flow);
      this.#flows.delete(token);
    }
  }
}
