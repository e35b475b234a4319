/** One section of `proxies.conf`: how requests are routed that are sent with this profile. */
import type { KeyTable, ValuesOf } from "./configuration-key.ts";
import { wholeNumber, wordList, yesOrNo } from "./value-kinds.ts";

export const PROXY_PROFILE_KEYS = {
  do_record_routing: yesOrNo({
    default: true,
    effect: "Record-Route on initial INVITE, SUBSCRIBE and REFER and on every NOTIFY, Path on REGISTER.",
  }),
  record_route_all: yesOrNo({
    default: false,
    effect: "Record-Route on every request. Nothing without `do_record_routing`.",
  }),
  use_dns: yesOrNo({
    default: true,
    effect: "When off, a request for a domain fails with 478 instead of a look-up.",
  }),
  use_dns_cache: yesOrNo({ default: true, effect: "Keep results of look-ups, failures too." }),
  dns_cache_time: wholeNumber(
    { min: 300, max: 604_800, unit: "seconds" },
    { default: 300, effect: "Longest time that a result is kept; a shorter TTL wins." },
  ),
  use_blacklist: yesOrNo({ default: true, effect: "Skip targets that failed for a while." }),
  blacklist_time: wholeNumber(
    { min: 2, max: 600, unit: "seconds" },
    {
      default: 10,
      effect: "How long a target that a request of this profile found failed is skipped, by all profiles.",
    },
  ),
  use_naptr: yesOrNo({ default: true, effect: "Ask for NAPTR records. Off when `use_srv` is off." }),
  use_srv: yesOrNo({ default: true, effect: "Ask for SRV records." }),
  transport_preference: wordList(["tls", "tcp", "udp"], {
    default: ["tls", "tcp", "udp"],
    effect: "Order of SRV look-ups. Transports that are off in `sip` are left out.",
  }),
  force_transport_preference: yesOrNo({
    default: false,
    effect: "Let `transport_preference` order the results of NAPTR look-ups too.",
  }),
  ip_type_preference: wordList(["ipv4", "ipv6"], {
    default: ["ipv6", "ipv4"],
    effect: "Which families may be used, and their order. Families that are off in `sip` are left out.",
  }),
  dns_failover_on_503: yesOrNo({ default: true, effect: "Try the next target when one answers 503." }),
  timer_B: wholeNumber(
    { min: 2, max: 64, unit: "seconds" },
    { default: 32, effect: "INVITE: wait for the first response of a target." },
  ),
  timer_C: wholeNumber(
    { min: 8, max: 180, unit: "seconds" },
    {
      default: 120,
      effect: "INVITE: wait for the final response; each provisional response starts it again.",
    },
  ),
  timer_F: wholeNumber(
    { min: 2, max: 64, unit: "seconds" },
    { default: 32, effect: "Other requests: wait for the final response." },
  ),
  callback_on_server_tls_handshake: yesOrNo({
    default: true,
    effect: "Call `sipEvents.onServerTlsHandshake` when this server opens a TLS connection.",
  }),
} satisfies KeyTable;

/** Deeply frozen. Times are in seconds; `docs/reference/config.md` says what each key means. */
export type ProxyProfile = { readonly name: string } & ValuesOf<typeof PROXY_PROFILE_KEYS>;
