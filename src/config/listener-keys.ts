/** Keys that the sections `sip` and `websocket` have in common: addresses, TLS in front, limits on peers. */
import type { KeyTable } from "./configuration-key.ts";
import {
  addressOrPrefixList,
  ipv4Address,
  ipv4AddressList,
  ipv6Address,
  ipv6AddressList,
  port,
} from "./network-values.ts";
import { optionalNumber, wholeNumber, yesOrNo } from "./value-kinds.ts";

const MAX_SECONDS = 604_800;

/** Families and addresses of a section's listeners. */
export const ADDRESS_KEYS = {
  enable_ipv4: yesOrNo({
    default: true,
    effect: "Listen on IPv4. When off, the IPv4 addresses of this section are ignored.",
  }),
  enable_ipv6: yesOrNo({
    default: true,
    effect: "Listen on IPv6. When off, the IPv6 addresses of this section are ignored.",
  }),
  listen_ipv4: ipv4AddressList({
    default: null,
    defaultMeaning: "found at start; without one the family is off",
    effect:
      "IPv4 addresses to listen on, by each transport of this section. Requests to others leave from the first.",
  }),
  listen_ipv6: ipv6AddressList({
    default: null,
    defaultMeaning: "found at start; without one the family is off",
    effect:
      "IPv6 addresses to listen on, by each transport of this section. Requests to others leave from the first.",
  }),
  advertised_ipv4: ipv4Address({
    default: null,
    defaultMeaning: "the listening address",
    effect:
      "Address in Via, Record-Route and Path instead of the listening one, behind a static NAT. Only with one listening " +
      "address.",
  }),
  advertised_ipv6: ipv6Address({
    default: null,
    defaultMeaning: "the listening address",
    effect:
      "Address in Via, Record-Route and Path instead of the listening one. Only with one listening address.",
  }),
} satisfies KeyTable;

/** TLS that ends in a program before this server. */
export function tlsTunnelKeys(tunnelPort: number) {
  return {
    use_tls_tunnel: yesOrNo({
      default: false,
      effect:
        "Listen for connections of a program on this host that ends TLS and sends the PROXY protocol (version 1 " +
        "or 2) first. Needs no certificates here.",
    }),
    listen_port_tls_tunnel: port({
      default: tunnelPort,
      effect:
        "Port for that program, on 127.0.0.1 and ::1. Null in the loaded configuration without a tunnel.",
    }),
    tls_tunnel_public_port: optionalNumber(
      { min: 1, max: 65_535 },
      {
        default: null,
        defaultMeaning: "`listen_port_tls`",
        effect: "Port that clients of that program connect to: stands in Record-Route and Path.",
      },
    ),
    tls_tunnel_trusted_addresses: addressOrPrefixList({
      default: ["127.0.0.1", "::1"],
      effect: "Who may connect to the tunnel's port: what its PROXY header says is believed.",
    }),
  } satisfies KeyTable;
}

/** Limits on connections, the same for each section but counted apart. */
export const CONNECTION_LIMIT_KEYS = {
  max_connections: wholeNumber(
    { min: 1, max: 1_000_000 },
    { default: 65_536, effect: "Connections of this section at a time; more are closed at once." },
  ),
  max_connections_per_address: wholeNumber(
    { min: 1, max: 1_000_000 },
    { default: 1024, effect: "Connections from one IP address at a time; more are closed at once." },
  ),
  max_pending_handshakes: wholeNumber(
    { min: 1, max: 1_000_000 },
    {
      default: 2048,
      effect:
        "Connections in a handshake (TLS, HTTP, PROXY protocol) at a time; more are closed at once. SIP over TCP has none.",
    },
  ),
  max_proxy_header_size: wholeNumber(
    { min: 232, max: 65_535, unit: "bytes" },
    { default: 2048, effect: "PROXY protocol header of a TLS tunnel." },
  ),
  max_send_buffer: wholeNumber(
    { min: 65_536, max: 1_073_741_824, unit: "bytes" },
    { default: 1_048_576, effect: "Bytes that may wait for one peer to read them before it is cut off." },
  ),
  callback_timeout: wholeNumber(
    { min: 1, max: 3600, unit: "seconds" },
    {
      default: 30,
      effect: "For the callbacks of TLS and WebSocket handshakes, which a connection waits for.",
    },
  ),
  close_timeout: wholeNumber(
    { min: 1, max: 600, unit: "seconds" },
    {
      default: 5,
      effect: "For the peer to read what is left and to close its side before the connection is cut.",
    },
  ),
  first_message_timeout: wholeNumber(
    { min: 1, max: MAX_SECONDS, unit: "seconds" },
    {
      default: 120,
      effect:
        "From the connection to its first whole SIP message. Keep-alives are none: until a client has sent SIP, they do " +
        "not keep its connection open. Does not hold for a connection whose `flowToken` your code has read: it is going " +
        "to send requests there.",
    },
  ),
  message_timeout: wholeNumber(
    { min: 1, max: MAX_SECONDS, unit: "seconds" },
    { default: 30, effect: "From the first byte of a message to its last." },
  ),
  idle_timeout: wholeNumber(
    { min: 1, max: MAX_SECONDS, unit: "seconds" },
    { default: 7200, effect: "A connection on which nothing arrives for so long is closed." },
  ),
} satisfies KeyTable;
