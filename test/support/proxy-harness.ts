/**
 * One server in memory: the real transaction layer and proxy core between
 * flows that keep what is sent, and a clock that stands still.
 */

import type { SipEvents } from "../../src/api/events.ts";
import {
  createProgrammingInterface,
  type ProgrammingInterface,
} from "../../src/api/programming-interface.ts";
import type { ServerContext } from "../../src/api/server-context.ts";
import { SystemCallbackRegistry } from "../../src/api/system-callbacks.ts";
import { UserRequestHandler } from "../../src/api/user-request-handler.ts";
import type { Configuration } from "../../src/config/configuration.ts";
import type { ProxyProfile } from "../../src/config/proxy-profile.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { LoopDetection } from "../../src/proxy/loop-detection.ts";
import { OwnRoutes } from "../../src/proxy/own-routes.ts";
import { ProxyCore, type ServerStatus } from "../../src/proxy/proxy-core.ts";
import type { ProxyEnvironment } from "../../src/proxy/proxy-environment.ts";
import { parseIpAddress, resolveAddress } from "../../src/resolver/address-destination.ts";
import { NO_DNS_RESOLUTION, UNSUPPORTED_TRANSPORT } from "../../src/resolver/resolution-errors.ts";
import type { ResolutionError, Resolver, ResolverQuery } from "../../src/resolver/resolver.ts";
import { TargetBlacklist } from "../../src/resolver/target-blacklist.ts";
import { SipTransactionLayer } from "../../src/transaction/sip-transaction-layer.ts";
import type { Target } from "../../src/transport/target.ts";
import { FakeClock } from "./fake-clock.ts";
import type { MemoryFlow, MemoryFlowOptions } from "./memory-flow.ts";
import { MemoryTransportLayer, type MemoryTransportLayerOptions } from "./memory-transport-layer.ts";
import { RecordingLogger } from "./recording-logger.ts";

/** The coded defaults of proxies.conf. */
export const DEFAULT_PROFILE: ProxyProfile = {
  name: "default_proxy",
  doRecordRouting: true,
  recordRouteAll: false,
  useDns: true,
  useDnsCache: true,
  dnsCacheTime: 300,
  useBlacklist: true,
  blacklistTime: 10,
  useNaptr: true,
  useSrv: true,
  transportPreference: ["tls", "tcp", "udp"],
  forceTransportPreference: false,
  ipTypePreference: ["ipv6", "ipv4"],
  dnsFailoverOn503: true,
  timerB: 32,
  timerC: 120,
  timerF: 32,
  callbackOnServerTlsHandshake: true,
};

export interface ProxyHarnessOptions extends MemoryTransportLayerOptions {
  /** Given the programming interface, as `import "oversip"` would. */
  readonly onRequest?: (oversip: ProgrammingInterface) => NonNullable<SipEvents["onRequest"]>;
  readonly profile?: Partial<ProxyProfile>;
  readonly flowTimerSeconds?: number;
  /** Targets of names; every other name cannot be resolved. */
  readonly names?: Readonly<Record<string, readonly Target[] | Promise<readonly Target[]>>>;
  readonly secret?: string;
}

export class ProxyHarness {
  readonly clock = new FakeClock();
  readonly logger = new RecordingLogger();
  readonly transports: MemoryTransportLayer;
  readonly transactions: SipTransactionLayer;
  readonly environment: ProxyEnvironment;
  readonly oversip: ProgrammingInterface;
  status: ServerStatus = "running";
  readonly #parser = new MessageParser();

  constructor(options: ProxyHarnessOptions = {}) {
    this.transports = new MemoryTransportLayer(options);
    this.transactions = new SipTransactionLayer({
      transport: this.transports as never,
      clock: this.clock,
      secret: Buffer.from("secret of the test"),
      logger: this.logger,
    });
    this.environment = {
      clock: this.clock,
      logger: this.logger,
      transports: this.transports,
      transactions: this.transactions,
      resolver: this.#makeResolver(options.names ?? {}),
      blacklist: new TargetBlacklist({ clock: this.clock }),
      loopDetection: new LoopDetection(),
      ownRoutes: new OwnRoutes(options.secret ?? "secret of the test", this.transports),
      flowTimerSeconds: options.flowTimerSeconds,
    };

    const profile = { ...DEFAULT_PROFILE, ...options.profile };
    const server: ServerContext = {
      version: "0.0.0",
      status: "running",
      configuration: {} as Configuration,
      profiles: new Map([[profile.name, profile]]),
      logger: this.logger,
      trustedAuthorities: undefined,
      systemCallbacks: new SystemCallbackRegistry().forPackages(),
      environment: this.environment,
    };

    this.oversip = createProgrammingInterface(server);

    const { SipProxy } = this.oversip;
    const onRequest =
      options.onRequest?.(this.oversip) ??
      ((request): void => {
        new SipProxy().route(request);
      });

    this.transactions.setUser(
      new ProxyCore({
        environment: this.environment,
        handler: new UserRequestHandler(() => ({ onRequest })),
        status: () => this.status,
      }),
    );
  }

  /** A peer that sends to this server. */
  peer(options: MemoryFlowOptions): MemoryFlow {
    return this.transports.addFlow(options);
  }

  /** The flow to a target, which is made when it does not exist yet. */
  flowTo(ip: string, port: number, transport: Target["transport"] = "udp"): MemoryFlow {
    const flow = this.transports.flowTo({ transport, ip, ipType: ip.includes(":") ? "ipv6" : "ipv4", port });

    if (flow === undefined) {
      throw new Error(`no flow to ${transport} ${ip}:${port}`);
    }

    return flow;
  }

  /** Delivers a message; lines end in LF or CRLF. */
  receive(flow: MemoryFlow, text: string): void {
    const message = this.parse(text);

    if (message instanceof SipRequest) {
      this.transactions.receiveRequest(message, flow);
    } else {
      this.transactions.receiveResponse(message, flow);
    }
  }

  /** Parses what was sent, or is to be delivered. */
  parse(text: string): SipRequest | SipResponse {
    const message = this.#parser.parseDatagram(Buffer.from(text.replace(/\r?\n/g, "\r\n"), "latin1"));

    if (message instanceof ParseFailure) {
      throw message.error;
    }

    return message;
  }

  /** The last message sent through a flow, which must be a request. */
  lastRequest(flow: MemoryFlow): SipRequest {
    const message = this.parse(flow.sent.at(-1) ?? "");

    if (!(message instanceof SipRequest)) {
      throw new Error(`not a request: ${message}`);
    }

    return message;
  }

  /** The last message sent through a flow, which must be a response. */
  lastResponse(flow: MemoryFlow): SipResponse {
    const message = this.parse(flow.sent.at(-1) ?? "");

    if (message instanceof SipRequest) {
      throw new Error(`not a response: ${message}`);
    }

    return message;
  }

  /**
   * Answers the last request sent through a flow, as a user agent does.
   *
   * @param status such as "180 Ringing".
   * @param extra header lines, Contact and the like.
   */
  answer(flow: MemoryFlow, status: string, extra: readonly string[] = [], toTag = "callee"): void {
    this.receive(flow, responseTo(lastRequestText(flow), status, extra, toTag));
  }

  #makeResolver(names: NonNullable<ProxyHarnessOptions["names"]>): Resolver {
    return {
      resolve: (query: ResolverQuery, profile) => {
        const address = parseIpAddress(query.host);

        if (address === undefined) {
          return names[query.host] ?? NO_DNS_RESOLUTION;
        }

        const transport = query.isSecure ? "tls" : (query.transport ?? "udp");

        if (transport !== "udp" && transport !== "tcp" && transport !== "tls") {
          return UNSUPPORTED_TRANSPORT;
        }

        return resolveAddress(address, query.port, transport, profile, (wanted, ipType) =>
          this.transports.listeningPoints.some(
            (point) => point.transport === wanted && point.ipType === ipType,
          ),
        ) as readonly Target[] | ResolutionError;
      },
    };
  }
}

function lastRequestText(flow: MemoryFlow): string {
  const text = flow.sent.findLast(
    (candidate) => !candidate.startsWith("SIP/2.0") && !candidate.startsWith("ACK"),
  );

  if (text === undefined) {
    throw new Error("no request was sent there");
  }

  return text;
}

/** A response with the lines that RFC 3261 section 8.2.6.2 has copied from the request. */
export function responseTo(
  request: string,
  status: string,
  extra: readonly string[] = [],
  toTag: string | undefined = undefined,
): string {
  const lines = request
    .slice(0, request.indexOf("\r\n\r\n"))
    .split("\r\n")
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route):/i.test(line))
    .map((line) =>
      toTag !== undefined && /^To:/i.test(line) && !line.includes(";tag=") ? `${line};tag=${toTag}` : line,
    );

  return [`SIP/2.0 ${status}`, ...lines, ...extra, "Content-Length: 0", "", ""].join("\r\n");
}
