/** The port that is meant where none is written (RFC 3261 section 19.1.2, RFC 7118 section 5.1). */
import type { TransportProtocol } from "./transport-protocol.ts";

export const DEFAULT_PORT: Readonly<Record<TransportProtocol, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};
