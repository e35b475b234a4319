/** Puts the layers of one server together, from the sockets up. */
import { randomBytes } from "node:crypto";
import { UserRequestHandler } from "../api/user-request-handler.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Logger } from "../log/logger.ts";
import { LoopDetection } from "../proxy/loop-detection.ts";
import { OwnRoutes } from "../proxy/own-routes.ts";
import { ProxyCore } from "../proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../proxy/proxy-environment.ts";
import { DnsCache } from "../resolver/dns-cache.ts";
import { DnsClient } from "../resolver/dns-client.ts";
import { SipResolver } from "../resolver/sip-resolver.ts";
import { TargetBlacklist } from "../resolver/target-blacklist.ts";
import { SipTransactionLayer } from "../transaction/sip-transaction-layer.ts";
import type { LocalNames } from "../transport/local-identity.ts";
import { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import { type ListenAddresses, listenAddresses } from "./listen-addresses.ts";
import { Observation } from "./observation.ts";
import type { ServerParts, ServerPartsContext } from "./server-parts.ts";
import { createTransports, type Transports } from "./transports.ts";

const RANDOM_SECRET_BYTES = 32;
const SERVER_HEADER = "OverSIP";

export async function createServerParts(context: ServerPartsContext): Promise<ServerParts> {
  const { clock, configuration, logger, state } = context;
  const { core, sip } = configuration;
  const addresses = await listenAddresses(configuration);
  const secret = core.secret ?? randomBytes(RANDOM_SECRET_BYTES).toString("hex");

  for (const ipType of addresses.missing) {
    logger.notice(`no ${ipType} address to listen on was found: ${ipType} is off`);
  }

  const observation = new Observation(context);
  const { handlers } = observation;
  const { transportLayer, transports } = buildTransportLayer(context, observation, addresses, secret);
  const transactionLayer = new SipTransactionLayer({
    transport: transportLayer,
    clock,
    timers: { t1Ms: core.timerT1, t2Ms: core.timerT2, t4Ms: core.timerT4 },
    secret: Buffer.from(secret),
    maxTransactions: core.maxTransactions,
    maxTransactionsPerAddress: core.maxTransactionsPerAddress,
    maxFinishedTransactions: core.maxFinishedTransactions,
    logger: logger.child({ component: "transaction" }),
  });
  const dns = new DnsClient({
    clock,
    logger: logger.child({ component: "dns" }),
    nameservers: core.nameservers ?? undefined,
  });
  const cache = new DnsCache({ clock });
  const blacklist = new TargetBlacklist({ clock });
  await observation.layersBuilt({
    transports: transportLayer,
    transactions: transactionLayer,
    dns,
    dnsCache: cache,
    blacklist,
  });

  const environment: ProxyEnvironment = {
    clock,
    logger: logger.child({ component: "proxy" }),
    transports: transportLayer,
    transactions: transactionLayer,
    resolver: buildResolver(logger, dns, cache, transportLayer),
    blacklist,
    loopDetection: new LoopDetection(),
    ownRoutes: new OwnRoutes(secret, transportLayer),
    serverHeader: SERVER_HEADER,
    callTimer: observation.callTimer,
    flowTimerSeconds: sip.flowTimer ?? undefined,
  };
  const handler = new UserRequestHandler(() => handlers().sipEvents);

  transportLayer.setSink(transactionLayer);
  transactionLayer.setUser(new ProxyCore({ environment, handler, status: () => state.status }));

  return {
    environment,
    get listeningPoints() {
      return transportLayer.listeningPoints;
    },
    get activeTransactionCount() {
      return transactionLayer.activeTransactionCount;
    },
    bind: async () => {
      await observation.bind();
      await transportLayer.bind();
    },
    whenIdle: () => transactionLayer.whenIdle(),
    stopListening: () => transportLayer.stopListening(),
    applyFiles: (files) => {
      transports.applyFiles(files);
      // What was found out about the network may be why somebody reloads.
      dns.reload();
      cache.clear();
      blacklist.clear();
      observation.reload();
    },
    reloadEnded: (outcome) => observation.reloadEnded(outcome),
    close: async () => {
      transactionLayer.close();
      dns.close();
      await transportLayer.close();
      await observation.close();
    },
  };
}

function buildTransportLayer(
  context: ServerPartsContext,
  { handlers, observer }: Observation,
  addresses: ListenAddresses,
  secret: string,
): { transportLayer: SipTransportLayer; transports: Transports } {
  let transports: Transports = { all: [], applyFiles: () => undefined };
  const transportLayer = new SipTransportLayer({
    createTransports: (receiver) => {
      transports = createTransports({ ...context, handlers, addresses, receiver });

      return transports.all;
    },
    secret: Buffer.from(secret),
    names: localNames(context.configuration),
    logger: context.logger,
    clock: context.clock,
    observer,
  });

  return { transportLayer, transports };
}

function localNames({ sip, websocket }: Configuration): LocalNames {
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

function buildResolver(
  logger: Logger,
  dns: DnsClient,
  cache: DnsCache,
  transportLayer: SipTransportLayer,
): SipResolver {
  return new SipResolver({
    dns,
    cache,
    logger: logger.child({ component: "resolver" }),
    isAvailable: (transport, ipType) =>
      transportLayer.listeningPoints.some(
        (point) => point.transport === transport && point.ipType === ipType,
      ),
  });
}
