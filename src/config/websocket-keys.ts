/** Section `websocket` of oversip.conf: WS and WSS. */
import type { KeyTable } from "./configuration-key.ts";
import { ADDRESS_KEYS, CONNECTION_LIMIT_KEYS, tlsTunnelKeys } from "./listener-keys.ts";
import { originList, port } from "./network-values.ts";
import { optionalNumber, wholeNumber, yesOrNo } from "./value-kinds.ts";

export const WEBSOCKET_KEYS = {
  sip_ws: yesOrNo({ default: false, effect: "Listen on WebSocket." }),
  sip_wss: yesOrNo({
    default: false,
    effect:
      "Listen on secure WebSocket. Off whatever is set here without `tls.public_cert` and `tls.private_cert`, or a " +
      "TLS tunnel.",
  }),
  ...ADDRESS_KEYS,
  listen_port: port({
    default: 10_080,
    effect:
      "Port of WebSocket. Browsers refuse to connect to the default, the one of OverSIP 2.0: choose another for them. " +
      "Null in the loaded configuration when it is off.",
  }),
  listen_port_tls: port({
    default: 10_443,
    effect: "Port of secure WebSocket. Null in the loaded configuration when this server ends no TLS.",
  }),
  ...tlsTunnelKeys(10_444),
  callback_on_client_tls_handshake: yesOrNo({
    default: true,
    effect: "Call `webSocketEvents.onClientTlsHandshake`. It cannot be called for a TLS tunnel.",
  }),
  request_client_certificates: yesOrNo({
    default: false,
    effect:
      "Ask WSS clients for a certificate, which `webSocketEvents.onClientTlsHandshake` then is given. Chromium closes " +
      "a WebSocket that asks for one: not for browsers.",
  }),
  max_ws_message_size: wholeNumber(
    { min: 1, max: 1_048_575, unit: "bytes" },
    {
      default: 65_536,
      effect: "One WebSocket message, whole or in fragments; a larger one closes with 1009.",
    },
  ),
  max_ws_frame_size: wholeNumber(
    { min: 1, max: 1_048_575, unit: "bytes" },
    { default: 65_536, effect: "One WebSocket frame; a larger one closes with 1009." },
  ),
  max_ws_message_pieces: wholeNumber(
    { min: 16, max: 1_000_000 },
    {
      default: 1024,
      effect: "Fragments of one WebSocket message, and reads in which a frame arrives; more close with 1008.",
    },
  ),
  ws_keepalive_interval: optionalNumber(
    { min: 180, max: 604_800, unit: "seconds" },
    { default: null, defaultMeaning: "no pings", effect: "Silence after which the server sends a ping." },
  ),
  allowed_origins: originList({
    default: null,
    defaultMeaning: "every origin",
    effect:
      "Pages whose scripts may connect (RFC 6454), as `https://example.com`. A handshake with another `Origin` gets " +
      "403; one without `Origin`, which no browser sends, is not concerned. Set it where cookies are trusted.",
  }),
  max_header_size: wholeNumber(
    { min: 512, max: 1_048_576, unit: "bytes" },
    { default: 16_384, effect: "Request line and headers of a handshake, cookies and tokens included." },
  ),
  handshake_timeout: wholeNumber(
    { min: 1, max: 600, unit: "seconds" },
    { default: 10, effect: "From a connection to its whole handshake request, TLS included." },
  ),
  ...CONNECTION_LIMIT_KEYS,
  pong_timeout: wholeNumber(
    { min: 1, max: 3600, unit: "seconds" },
    {
      default: 20,
      effect: "For the answer to a ping (`ws_keepalive_interval`) before the connection is cut.",
    },
  ),
} satisfies KeyTable;
