/**
 * What `SipProxy` and `Uac` have in common: a profile of proxies.conf, the
 * callbacks, and the target that is tried. RFC 3261 section 6 calls both clients.
 */
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { SipRuntimeError } from "../errors/errors.ts";
import { requireStatusCode } from "../message/sip-response.ts";
import type { RequestRouting } from "../proxy/request-routing.ts";
import { MAX_BLACKLIST_SECONDS, MIN_BLACKLIST_SECONDS } from "../resolver/target-blacklist.ts";
import type { Target } from "../transport/target.ts";
import { RoutingCallbacks } from "./routing-callbacks.ts";
import type { ServerContext } from "./server-context.ts";

export const DEFAULT_PROFILE = "default_proxy";

export abstract class SipClient<Response> extends RoutingCallbacks<Response> {
  /** @internal */
  protected readonly server: ServerContext;
  /** @internal */
  protected readonly profile: ProxyProfile;

  /**
   * @param profileName a section of proxies.conf, whose present values are used from now on.
   * @throws {SipRuntimeError} when there is no such section.
   * @internal
   */
  constructor(server: ServerContext, profileName: string = DEFAULT_PROFILE) {
    super();

    const profile = server.profiles.get(profileName) ?? server.retiredProfiles?.get(profileName);

    if (profile === undefined) {
      throw new SipRuntimeError(`proxy profile '${profileName}' is not defined`);
    }

    this.server = server;
    this.profile = profile;
  }

  /** The last act of routing. @internal */
  protected abstract get routing(): RequestRouting | undefined;

  /** The target that is tried, or was tried last. */
  get currentTarget(): Target | undefined {
    return this.routing?.currentTarget;
  }

  /** No further target is tried. In `onTarget`: nor is the present one, and the request fails with 403. */
  abortRouting(): void {
    this.routing?.abort();
  }

  /**
   * Has the present target skipped for a while by all requests, also where
   * the profile says `use_blacklist: no`. Does nothing without a target.
   *
   * @param seconds 2 to 600. Default: `blacklist_time` of the profile.
   * @param status with which requests fail that have no other target. Default 403.
   * @param reason Default "Destination Blacklisted".
   * @throws {SipRuntimeError} on other seconds, or no status code.
   */
  addTargetToBlacklist(
    seconds: number = this.profile.blacklistTime,
    status = 403,
    reason = "Destination Blacklisted",
  ): void {
    if (!(seconds >= MIN_BLACKLIST_SECONDS && seconds <= MAX_BLACKLIST_SECONDS)) {
      throw new SipRuntimeError(
        `a target is blacklisted for ${MIN_BLACKLIST_SECONDS} to ${MAX_BLACKLIST_SECONDS} seconds, not ${seconds}`,
      );
    }

    requireStatusCode(status);

    if (this.currentTarget !== undefined) {
      this.server.environment.blacklist.add(this.currentTarget, seconds, {
        status,
        reason,
        code: "destination_blacklisted",
      });
    }
  }
}
