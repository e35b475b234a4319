/** The layers of a server in memory: those of the server, put together as `app/wiring.ts` does. */
import { UserRequestHandler } from "../api/user-request-handler.ts";
import type { CurrentHandlers } from "../app/handlers.ts";
import type { ServerState } from "../app/server-state.ts";
import type { Configuration } from "../config/configuration.ts";
import { LoopDetection } from "../proxy/loop-detection.ts";
import { OwnRoutes } from "../proxy/own-routes.ts";
import { ProxyCore } from "../proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { DnsCache } from "../resolver/dns-cache.ts";
import { SipResolver } from "../resolver/sip-resolver.ts";
import { TargetBlacklist } from "../resolver/target-blacklist.ts";
import { SipTransactionLayer } from "../transaction/sip-transaction-layer.ts";
import { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import type { TableDns } from "./table-dns.ts";
import type { TestContext } from "./test-context.ts";
import type { TestNetwork } from "./test-network.ts";
import { listeningPointsOf } from "./test-server-options.ts";

export interface TestLayersOptions {
  readonly configuration: Configuration;
  readonly context: TestContext;
  readonly network: TestNetwork;
  readonly dns: TableDns;
  readonly state: ServerState;
  readonly handlers: CurrentHandlers;
}

export interface TestLayers {
  readonly environment: ProxyEnvironment;
  readonly transports: SipTransportLayer;
  readonly transactions: SipTransactionLayer;
}

/** The same in each run of a test, unless the configuration names one. */
const SECRET = "secret of a server in memory";

export async function createTestLayers(options: TestLayersOptions): Promise<TestLayers> {
  const { configuration, context, handlers, network, state } = options;
  const { clock, logger } = context;
  const { core, sip } = configuration;
  const secret = core.secret ?? SECRET;
  const transports = new SipTransportLayer({
    createTransports: (receiver) => network.createTransports(receiver, listeningPointsOf(configuration)),
    secret: Buffer.from(secret),
    names: { domains: sip.localDomains ?? [], aliases: [] },
    logger,
    clock,
  });
  const transactions = new SipTransactionLayer({
    transport: transports,
    clock,
    timers: { t1Ms: core.timerT1, t2Ms: core.timerT2, t4Ms: core.timerT4 },
    secret: Buffer.from(secret),
    maxTransactions: core.maxTransactions,
    maxTransactionsPerAddress: core.maxTransactionsPerAddress,
    maxFinishedTransactions: core.maxFinishedTransactions,
    logger,
  });
  const environment: ProxyEnvironment = {
    clock,
    logger,
    transports,
    transactions,
    resolver: new SipResolver({
      dns: options.dns,
      cache: new DnsCache({ clock }),
      logger,
      isAvailable: (transport, ipType) =>
        transports.listeningPoints.some((point) => point.transport === transport && point.ipType === ipType),
      // Of SRV records that are equal, the first: a test wants the same each time.
      randomInteger: () => 0,
    }),
    blacklist: new TargetBlacklist({ clock }),
    loopDetection: new LoopDetection(),
    ownRoutes: new OwnRoutes(secret, transports),
    serverHeader: "OverSIP",
    flowTimerSeconds: sip.flowTimer ?? undefined,
  };
  const handler = new UserRequestHandler(() => handlers().sipEvents);

  transports.setSink(transactions);
  transactions.setUser(new ProxyCore({ environment, handler, status: () => state.status }));
  await transports.bind();

  return { environment, transports, transactions };
}
