/** Puts the layers of one server together, from the sockets up. */
import { randomBytes } from "node:crypto";
import { DnsClient } from "../resolver/dns-client.ts";
import { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import { countOpenFiles, readFileLimit } from "./file-limit.ts";
import { type ListenAddresses, listenAddresses } from "./listen-addresses.ts";
import { Observation } from "./observation.ts";
import { OpenFilesWatch } from "./open-files-watch.ts";
import { createRoutingLayers, localNames } from "./routing-layers.ts";
import type { ServerParts, ServerPartsContext } from "./server-parts.ts";
import { refusalLimits } from "./sip-transports.ts";
import { createTransports, type Transports } from "./transports.ts";

const RANDOM_SECRET_BYTES = 32;

export async function createServerParts(context: ServerPartsContext): Promise<ServerParts> {
  const { clock, configuration, logger, state } = context;
  const { core } = configuration;
  const addresses = await listenAddresses(configuration);
  const secret = core.secret ?? randomBytes(RANDOM_SECRET_BYTES).toString("hex");

  for (const ipType of addresses.missing) {
    logger.notice(`no ${ipType} address to listen on was found: ${ipType} is off`);
  }

  const observation = new Observation(context);
  const { handlers } = observation;
  const { transportLayer, transports } = buildTransportLayer(context, observation, addresses, secret);
  const dns = new DnsClient({
    clock,
    logger: logger.child({ component: "dns" }),
    nameservers: core.nameservers ?? undefined,
  });
  const { blacklist, dnsCache, environment, transactions } = createRoutingLayers({
    ...{ configuration, clock, logger, state, handlers, dns, secret },
    transports: transportLayer,
    callTimer: observation.callTimer,
  });

  await observation.layersBuilt({ transports: transportLayer, transactions, dns, dnsCache, blacklist });

  let openFiles: OpenFilesWatch | undefined;

  return {
    environment,
    get listeningPoints() {
      return transportLayer.listeningPoints;
    },
    get activeTransactionCount() {
      return transactions.activeTransactionCount;
    },
    bind: async () => {
      await observation.bind();
      await transportLayer.bind();
      openFiles = new OpenFilesWatch({
        clock,
        logger: logger.child({ component: "transport" }),
        limit: readFileLimit(),
        otherFiles: countOpenFiles(),
        connectionCount: () => sumOf(transports.all.map(({ connectionCount = 0 }) => connectionCount)),
      });
      openFiles.start();
    },
    whenIdle: () => transactions.whenIdle(),
    stopListening: () => transportLayer.stopListening(),
    applyFiles: (files) => {
      transports.applyFiles(files);
      // What was found out about the network may be why somebody reloads.
      dns.reload();
      dnsCache.clear();
      blacklist.clear();
      observation.reload();
    },
    reloadEnded: (outcome) => observation.reloadEnded(outcome),
    close: async () => {
      openFiles?.stop();
      transactions.close();
      dns.close();
      await transportLayer.close();
      await observation.close();
    },
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
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
    refusalLimits: refusalLimits(context.configuration.sip),
    observer,
  });

  return { transportLayer, transports };
}
