/** What is told to the blacklist of targets (RFC 3263 section 4.3, RFC 3261 section 21.5.4). Flows, which are no targets, are never reported. */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import type { TransportError } from "../errors/errors.ts";
import type { SipResponse } from "../message/sip-response.ts";
import type { TargetBlacklist } from "../resolver/target-blacklist.ts";
import type { Target } from "../transport/target.ts";
import { retryAfterSeconds } from "./retry-after.ts";

export class TargetReports {
  readonly #blacklist: TargetBlacklist;
  readonly #profile: ProxyProfile;

  constructor(blacklist: TargetBlacklist, profile: ProxyProfile) {
    this.#blacklist = blacklist;
    this.#profile = profile;
  }

  responded(target: Target | undefined, response: SipResponse): void {
    if (target === undefined) {
      return;
    }

    if (response.statusCode !== 503) {
      this.#blacklist.reportResponse(target);
    } else if (this.#profile.useBlacklist) {
      const seconds = retryAfterSeconds(response);

      // Without Retry-After a 503 is about this request alone.
      if (seconds !== undefined) {
        this.#blacklist.report503(target, seconds, this.#profile.blacklistTime);
      }
    }
  }

  timedOut(target: Target | undefined): void {
    if (target !== undefined && this.#profile.useBlacklist) {
      this.#blacklist.reportTimeout(target, this.#profile.blacklistTime);
    }
  }

  failed(target: Target | undefined, error: TransportError): void {
    // What is too large, or more than the peer reads, says nothing of other requests.
    const isAboutRequest = error.failure === "too-large" || error.failure === "overflow";

    if (target === undefined || isAboutRequest || !this.#profile.useBlacklist) {
      return;
    }

    if (error.failure === "tls-validation") {
      this.#blacklist.reportTlsRefusal(target, this.#profile.blacklistTime);
    } else {
      this.#blacklist.reportConnectionError(target, this.#profile.blacklistTime);
    }
  }
}
