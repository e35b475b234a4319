/** The layers of a server in memory: those of the server, on the network and the DNS of the test. */
import type { CurrentHandlers } from "../app/handlers.ts";
import { createRoutingLayers, localNames, type RoutingLayers } from "../app/routing-layers.ts";
import type { ServerState } from "../app/server-state.ts";
import type { Configuration } from "../config/configuration.ts";
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

export interface TestLayers extends RoutingLayers {
  readonly transports: SipTransportLayer;
}

/** The same in each run of a test, unless the configuration names one. */
const SECRET = "secret of a server in memory";

export async function createTestLayers(options: TestLayersOptions): Promise<TestLayers> {
  const { configuration, context, dns, handlers, network, state } = options;
  const { clock, logger } = context;
  const secret = configuration.core.secret ?? SECRET;
  const transports = new SipTransportLayer({
    createTransports: (receiver) => network.createTransports(receiver, listeningPointsOf(configuration)),
    secret: Buffer.from(secret),
    names: localNames(configuration),
    logger,
    clock,
  });
  const routing = createRoutingLayers({
    ...{ configuration, clock, logger, state, handlers, transports, dns, secret },
    // Of SRV records that are equal, the first: a test wants the same each time.
    randomInteger: () => 0,
  });

  await transports.bind();

  return { ...routing, transports };
}
