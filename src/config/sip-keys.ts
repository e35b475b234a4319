/** Section `sip` of oversip.conf: UDP, TCP and TLS. */
import type { KeyTable } from "./configuration-key.ts";
import { ADDRESS_KEYS, CONNECTION_LIMIT_KEYS, tlsTunnelKeys } from "./listener-keys.ts";
import { domain, domainList, port } from "./network-values.ts";
import { optionalNumber, wholeNumber, yesOrNo } from "./value-kinds.ts";

export const SIP_KEYS = {
  sip_udp: yesOrNo({ default: true, effect: "Listen on UDP." }),
  sip_tcp: yesOrNo({ default: true, effect: "Listen on TCP." }),
  sip_tls: yesOrNo({
    default: false,
    effect:
      "Listen on TLS. Off whatever is set here without `tls.public_cert` and `tls.private_cert`, or a TLS tunnel.",
  }),
  ...ADDRESS_KEYS,
  listen_port: port({
    default: 5060,
    effect: "Port of UDP and TCP. Null in the loaded configuration when both are off.",
  }),
  listen_port_tls: port({
    default: 5061,
    effect: "Port of TLS. Null in the loaded configuration when this server ends no TLS.",
  }),
  ...tlsTunnelKeys(5062),
  callback_on_client_tls_handshake: yesOrNo({
    default: true,
    effect: "Call `sipEvents.onClientTlsHandshake`. It cannot be called for a TLS tunnel.",
  }),
  local_domains: domainList({
    default: null,
    defaultMeaning: "none",
    effect:
      "Domains that this server answers for, with and without its listening ports. Case does not matter.",
  }),
  tcp_keepalive_interval: optionalNumber(
    { min: 180, max: 604_800, unit: "seconds" },
    { default: null, defaultMeaning: "off", effect: "TCP keep-alive of accepted TCP and TLS connections." },
  ),
  record_route_hostname_tls_ipv4: domain({
    default: null,
    defaultMeaning: "the address",
    effect: "Host in Via, Record-Route and Path for TLS and WSS over IPv4; wins over `advertised_ipv4`.",
  }),
  record_route_hostname_tls_ipv6: domain({
    default: null,
    defaultMeaning: "the address",
    effect: "Host in Via, Record-Route and Path for TLS and WSS over IPv6; wins over `advertised_ipv6`.",
  }),
  max_message_size: wholeNumber(
    { min: 1024, max: 16_777_216, unit: "bytes" },
    { default: 65_535, effect: "One SIP message, whole." },
  ),
  max_header_size: wholeNumber(
    { min: 512, max: 1_048_576, unit: "bytes" },
    { default: 16_384, effect: "Start line and headers of one SIP message." },
  ),
  max_headers: wholeNumber(
    { min: 16, max: 10_000 },
    { default: 256, effect: "Header lines of one SIP message." },
  ),
  max_body_size: wholeNumber(
    { min: 0, max: 16_777_216, unit: "bytes" },
    { default: 65_535, effect: "Body of one SIP message." },
  ),
  ...CONNECTION_LIMIT_KEYS,
  max_opened_connections: wholeNumber(
    { min: 1, max: 1_000_000 },
    {
      default: 10_000,
      effect: "Connections that this server opened, at a time; a target that needs one more fails.",
    },
  ),
  tls_handshake_timeout: wholeNumber(
    { min: 1, max: 600, unit: "seconds" },
    { default: 4, effect: "From an accepted or opened TCP connection to the end of its TLS handshake." },
  ),
  connect_timeout: wholeNumber(
    { min: 1, max: 600, unit: "seconds" },
    { default: 2, effect: "For a TCP connection that this server opens." },
  ),
  flow_timer: optionalNumber(
    { min: 30, max: 3600, unit: "seconds" },
    {
      default: null,
      defaultMeaning: "the client decides",
      effect:
        "`Flow-Timer` in a 2xx to a REGISTER that used Outbound (RFC 5626 section 5.4): a client sends a keep-alive at " +
        "least so often.",
    },
  ),
  max_udp_peers: wholeNumber(
    { min: 1, max: 10_000_000 },
    {
      default: 65_536,
      effect: "UDP peers (address and port) whose `cvars` are kept at a time; the oldest are dropped.",
    },
  ),
  udp_peer_timeout: wholeNumber(
    { min: 1, max: 604_800, unit: "seconds" },
    { default: 600, effect: "The `cvars` of a UDP peer that is silent for so long are dropped." },
  ),
  max_keepalive_replies_per_second: wholeNumber(
    { min: 1, max: 1_000_000 },
    {
      default: 500,
      effect:
        "Answers to keep-alives over UDP (STUN, double CRLF) to one IP address each second in the long run; more get " +
        "none. Raise it for many phones behind one address.",
    },
  ),
  max_keepalive_replies_burst: wholeNumber(
    { min: 1, max: 1_000_000 },
    { default: 1000, effect: "The same for an address that was silent before: so many at once." },
  ),
  max_refusals_per_second: wholeNumber(
    { min: 1, max: 1_000_000 },
    {
      default: 10,
      effect:
        "Answers to malformed requests over UDP to one IP address each second in the long run; more get none. The " +
        "address may be forged, and its owner would get them.",
    },
  ),
  max_refusals_burst: wholeNumber(
    { min: 1, max: 1_000_000 },
    { default: 20, effect: "The same for an address that was silent before: so many at once." },
  ),
} satisfies KeyTable;
