/** The transports of SIP that this server speaks, as its interface and configuration spell them. */
export const TRANSPORT_PROTOCOLS = ["udp", "tcp", "tls", "ws", "wss"] as const;
/** A transport of SIP. */
export type TransportProtocol = (typeof TRANSPORT_PROTOCOLS)[number];

/** The transport of a Via header field (RFC 3261 section 20.42, RFC 7118 section 8.1). */
export const VIA_TRANSPORT: Readonly<Record<TransportProtocol, string>> = {
  udp: "UDP",
  tcp: "TCP",
  tls: "TLS",
  ws: "WS",
  wss: "WSS",
};

/** The `transport` parameter of a URI: WebSocket has only "ws" (RFC 7118 section 5.2.3), TLS of a `sip` URI is "tls". */
export const URI_TRANSPORT: Readonly<Record<TransportProtocol, string>> = {
  udp: "udp",
  tcp: "tcp",
  tls: "tls",
  ws: "ws",
  wss: "ws",
};
