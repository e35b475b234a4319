/** A transport layer without a network: its flows keep what is sent through them. */
import type { SipResponse } from "../../src/message/sip-response.ts";
import type { ListeningPoint } from "../../src/transport/listening-point.ts";
import type { Target } from "../../src/transport/target.ts";
import type { FlowOfToken, TransportLayer } from "../../src/transport/transport-layer.ts";
import type { TransportProtocol } from "../../src/transport/transport-protocol.ts";
import { MemoryFlow, type MemoryFlowOptions } from "./memory-flow.ts";

const LOCAL_IPS = { ipv4: "192.0.2.100", ipv6: "2001:db8::100" } as const;
export const LOCAL_PORTS: Readonly<Record<TransportProtocol, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 10080,
  wss: 10443,
};

export interface MemoryTransportLayerOptions {
  /** Default: all of them, over IPv4. */
  readonly transports?: readonly TransportProtocol[];
  /** Domains of this server. Default "edge.example.net". */
  readonly domains?: readonly string[];
  readonly withIpv6?: boolean;
}

export class MemoryTransportLayer implements TransportLayer {
  readonly listeningPoints: readonly ListeningPoint[];
  readonly flows: MemoryFlow[] = [];
  readonly #domains: readonly string[];

  constructor(options: MemoryTransportLayerOptions = {}) {
    const ipTypes = options.withIpv6 === true ? (["ipv4", "ipv6"] as const) : (["ipv4"] as const);

    this.#domains = options.domains ?? ["edge.example.net"];
    this.listeningPoints = ipTypes.flatMap((ipType) =>
      (options.transports ?? (["udp", "tcp", "tls", "ws", "wss"] as const)).map((transport) => {
        const ip = LOCAL_IPS[ipType];
        const port = LOCAL_PORTS[transport];

        return { transport, ipType, ip, port, sentBy: `${ipType === "ipv6" ? `[${ip}]` : ip}:${port}` };
      }),
    );
  }

  /** A flow of a peer that connected, or sent a datagram, to this server. */
  addFlow(options: MemoryFlowOptions): MemoryFlow {
    const transport = options.transport ?? "udp";
    const isIpv6 = options.remoteIp?.includes(":") === true;
    const flow = new MemoryFlow({
      localIp: isIpv6 ? LOCAL_IPS.ipv6 : LOCAL_IPS.ipv4,
      localPort: LOCAL_PORTS[transport],
      ...options,
    });

    this.flows.push(flow);

    return flow;
  }

  flowTo(target: Target): MemoryFlow | undefined {
    const hasPoint = this.listeningPoints.some(
      (point) => point.transport === target.transport && point.ipType === target.ipType,
    );

    if (!hasPoint || target.transport === "ws" || target.transport === "wss") {
      return undefined;
    }

    return (
      this.flows.find(
        (flow) =>
          flow.isOpen &&
          flow.transport === target.transport &&
          flow.remoteIp === target.ip &&
          flow.remotePort === target.port,
      ) ??
      this.addFlow({
        transport: target.transport,
        remoteIp: target.ip,
        remotePort: target.port,
        isOpenedByServer: target.transport !== "udp",
      })
    );
  }

  flowOfToken(token: string): FlowOfToken {
    const flow = this.flows.find((candidate) => candidate.flowToken === token);

    if (flow === undefined) {
      return "foreign";
    }

    return flow.isOpen ? flow : "closed";
  }

  sendResponse(response: SipResponse, requestFlow: MemoryFlow): string {
    const text = response.toRawText();

    requestFlow.sendText(text);

    return text;
  }

  isLocal(host: string, port: number | undefined): boolean {
    const ip = host.startsWith("[") ? host.slice(1, -1) : host;

    return (
      this.#domains.includes(host) ||
      this.listeningPoints.some((point) => point.ip === ip && point.port === (port ?? 5060))
    );
  }
}
