/**
 * The layers above the transport layer: transactions, resolver, proxy core,
 * user's code. The server puts them on sockets and on the DNS, `oversip/testing`
 * on a network and a DNS of the test.
 */
import { UserRequestHandler } from "../api/user-request-handler.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Logger } from "../log/logger.ts";
import { LoopDetection } from "../proxy/loop-detection.ts";
import { OwnRoutes } from "../proxy/own-routes.ts";
import { ProxyCore } from "../proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { DnsCache } from "../resolver/dns-cache.ts";
import type { RecordSource } from "../resolver/dns-record.ts";
import type { RandomInteger } from "../resolver/server-selection.ts";
import { SipResolver } from "../resolver/sip-resolver.ts";
import { TargetBlacklist } from "../resolver/target-blacklist.ts";
import { SipTransactionLayer } from "../transaction/sip-transaction-layer.ts";
import type { LocalNames } from "../transport/local-identity.ts";
import type { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import type { Clock } from "../util/clock.ts";
import type { CurrentHandlers } from "./handlers.ts";
import type { ServerState } from "./server-state.ts";

const SERVER_HEADER = "OverSIP";

export interface RoutingLayersOptions {
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly state: ServerState;
  readonly handlers: CurrentHandlers;
  /** Not bound yet: what it receives is delivered to the transactions from here on. */
  readonly transports: SipTransportLayer;
  readonly dns: RecordSource;
  readonly secret: string;
  readonly callTimer?: ProxyEnvironment["callTimer"];
  /** For the weights of SRV records. Default `Math.random`. */
  readonly randomInteger?: RandomInteger | undefined;
}

export interface RoutingLayers {
  readonly environment: ProxyEnvironment;
  readonly transactions: SipTransactionLayer;
  readonly dnsCache: DnsCache;
  readonly blacklist: TargetBlacklist;
}

export function createRoutingLayers(options: RoutingLayersOptions): RoutingLayers {
  const { clock, configuration, handlers, logger, secret, state, transports } = options;
  const { core, sip } = configuration;
  const transactions = new SipTransactionLayer({
    transport: transports,
    clock,
    timers: { t1Ms: core.timerT1, t2Ms: core.timerT2, t4Ms: core.timerT4 },
    secret: Buffer.from(secret),
    maxTransactions: core.maxTransactions,
    maxTransactionsPerAddress: core.maxTransactionsPerAddress,
    maxFinishedTransactions: core.maxFinishedTransactions,
    logger: logger.child({ component: "transaction" }),
  });
  const dnsCache = new DnsCache({ clock });
  const blacklist = new TargetBlacklist({ clock });
  const environment: ProxyEnvironment = {
    clock,
    logger: logger.child({ component: "proxy" }),
    transports,
    transactions,
    resolver: new SipResolver({
      dns: options.dns,
      cache: dnsCache,
      logger: logger.child({ component: "resolver" }),
      isAvailable: (transport, ipType) =>
        transports.listeningPoints.some((point) => point.transport === transport && point.ipType === ipType),
      randomInteger: options.randomInteger,
    }),
    blacklist,
    loopDetection: new LoopDetection(),
    ownRoutes: new OwnRoutes(secret, transports),
    serverHeader: SERVER_HEADER,
    callTimer: options.callTimer,
    flowTimerSeconds: sip.flowTimer ?? undefined,
  };
  const handler = new UserRequestHandler(() => handlers().sipEvents);

  transports.setSink(transactions);
  transactions.setUser(new ProxyCore({ environment, handler, status: () => state.status }));

  return { environment, transactions, dnsCache, blacklist };
}

/** By which names the server is known besides its addresses. */
export function localNames({ sip, websocket }: Configuration): LocalNames {
  return {
    domains: sip.localDomains ?? [],
    aliases: [
      sip.advertisedIpv4,
      sip.advertisedIpv6,
      sip.recordRouteHostnameTlsIpv4,
      sip.recordRouteHostnameTlsIpv6,
      websocket.advertisedIpv4,
      websocket.advertisedIpv6,
    ].filter((name) => name !== null),
  };
}
