/** Puts the layers of one server together, from the sockets up. */
import { randomBytes } from "node:crypto";
import { SipTransactionLayer } from "../transaction/sip-transaction-layer.ts";
import { SipTransportLayer } from "../transport/sip-transport-layer.ts";
import { listenAddresses } from "./listen-addresses.ts";
import type { ReloadableFiles, ServerParts, ServerPartsContext } from "./server-parts.ts";
import { createTransports, type Transports } from "./transports.ts";

const RANDOM_SECRET_BYTES = 32;

export async function createServerParts(context: ServerPartsContext): Promise<ServerParts> {
  const { clock, configuration, logger } = context;
  const { core, sip, websocket } = configuration;
  const addresses = await listenAddresses(configuration);
  const secret = core.secret === null ? randomBytes(RANDOM_SECRET_BYTES) : Buffer.from(core.secret, "utf8");
  let transports: Transports | undefined;

  for (const ipType of addresses.missing) {
    logger.notice(`no ${ipType} address to listen on was found: ${ipType} is off`);
  }

  const transportLayer = new SipTransportLayer({
    createTransports: (receiver) => {
      transports = createTransports({ ...context, addresses }, receiver);

      return transports.all;
    },
    secret,
    names: {
      domains: sip.localDomains ?? [],
      aliases: [
        sip.advertisedIpv4,
        sip.advertisedIpv6,
        sip.recordRouteHostnameTlsIpv4,
        sip.recordRouteHostnameTlsIpv6,
        websocket.advertisedIpv4,
        websocket.advertisedIpv6,
      ].filter((name) => name !== null),
    },
    logger,
    clock,
  });
  const transactionLayer = new SipTransactionLayer({
    transport: transportLayer,
    clock,
    timers: { t1Ms: core.timerT1, t2Ms: core.timerT2, t4Ms: core.timerT4 },
    secret,
    maxTransactions: core.maxTransactions,
    logger,
  });

  transportLayer.setSink(transactionLayer);

  return {
    get listeningPoints() {
      return transportLayer.listeningPoints;
    },
    get activeTransactionCount() {
      return transactionLayer.activeTransactionCount;
    },
    bind: () => transportLayer.bind(),
    whenIdle: () => transactionLayer.whenIdle(),
    stopListening: () => transportLayer.stopListening(),
    applyFiles: (files: ReloadableFiles) => transports?.applyFiles(files),
    close: async () => {
      transactionLayer.close();
      await transportLayer.close();
    },
  };
}
