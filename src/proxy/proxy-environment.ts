/** What the proxy core works with. The application puts it together; tests put in doubles. */
import type { Logger } from "../log/logger.ts";
import type { Resolver } from "../resolver/resolver.ts";
import type { TargetBlacklist } from "../resolver/target-blacklist.ts";
import type { TransactionLayer } from "../transaction/transaction-layer.ts";
import type { TransportLayer } from "../transport/transport-layer.ts";
import type { CallTimer } from "../util/call-timer.ts";
import type { Clock } from "../util/clock.ts";
import type { LoopDetection } from "./loop-detection.ts";
import type { OwnRoutes } from "./own-routes.ts";

export interface ProxyEnvironment {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transports: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly resolver: Resolver;
  readonly blacklist: TargetBlacklist;
  readonly loopDetection: LoopDetection;
  readonly ownRoutes: OwnRoutes;
  /** Measures the callbacks of `SipProxy` and `Uac`; undefined when nobody asks. */
  readonly callTimer?: CallTimer | undefined;
  /** Value of the Server header field of this server's own answers; undefined for none. */
  readonly serverHeader?: string | undefined;
  /** Seconds for Flow-Timer in the answer to a REGISTER over an Outbound flow (RFC 5626 section 5.4); undefined for none. */
  readonly flowTimerSeconds?: number | undefined;
}
