/** The targets of one request, one after the other (RFC 3263 section 4.3), without those that lately failed. */
import type { TargetBlacklist } from "../resolver/target-blacklist.ts";
import type { Target } from "../transport/target.ts";
import { RoutingError, type RoutingErrorCode } from "./routing-error.ts";

export class TargetCursor {
  readonly #targets: readonly Target[];
  readonly #blacklist: TargetBlacklist | undefined;
  #nextIndex = 0;
  /** With what the request fails when no target is left. */
  lastError: RoutingError | undefined = undefined;

  /** @param blacklist undefined when the only target is a flow, which is never listed. */
  constructor(targets: readonly Target[], blacklist: TargetBlacklist | undefined) {
    this.#targets = targets;
    this.#blacklist = blacklist;
  }

  /** The next target to try; undefined when none is left. Those that are listed leave their error behind. */
  next(): Target | undefined {
    for (;;) {
      const target = this.#targets[this.#nextIndex++];
      const listed = target === undefined ? undefined : this.#blacklist?.find(target);

      if (listed === undefined) {
        return target;
      }

      this.lastError = new RoutingError(listed.status, listed.reason, listed.code as RoutingErrorCode);
    }
  }

  /** Whether `next` would find a target. */
  get hasNext(): boolean {
    return this.#targets.slice(this.#nextIndex).some((target) => this.#blacklist?.find(target) === undefined);
  }
}

/** Of a request whose targets are not known yet. */
export const NO_TARGETS: TargetCursor = new TargetCursor([], undefined);
