/** Section `core` of oversip.conf. */
import { LOG_LEVELS } from "../log/logger.ts";
import { SYSLOG_FACILITIES } from "../log/syslog-priority.ts";
import type { KeyTable } from "./configuration-key.ts";
import { nameServerList } from "./network-values.ts";
import { oneOf, optionalSecret, wholeNumber, yesOrNo } from "./value-kinds.ts";

export const CORE_KEYS = {
  nameservers: nameServerList({
    default: null,
    defaultMeaning: "the system's name servers",
    effect: "DNS servers to ask.",
  }),
  syslog_facility: oneOf(SYSLOG_FACILITIES, {
    default: "user",
    effect: "Facility of the lines that go to syslog.",
  }),
  syslog_level: oneOf(LOG_LEVELS, {
    default: "info",
    effect: "Lowest level that is logged, whatever the target, by the server and by `server.ts`.",
  }),
  log_target: oneOf(["stdout", "syslog"], {
    default: "stdout",
    effect: "Where log lines go. See [logging](logging.md).",
  }),
  log_format: oneOf(["pretty", "json"], {
    default: null,
    defaultMeaning: "`pretty` on a terminal and in syslog, `json` otherwise",
    effect: "Form of log lines: for people, or one JSON object a line.",
  }),
  secret: optionalSecret(
    { minLength: 16, maxLength: 1024 },
    {
      default: null,
      defaultMeaning: "random at every start",
      effect:
        "Key of the codes that protect flow tokens, `ovid` and branches against forgery. Set it, to the same text on " +
        "each, where several servers share one address or dialogs must outlive a restart.",
    },
  ),
  shutdown_timeout: wholeNumber(
    { min: 0, max: 3600, unit: "seconds" },
    { default: 5, effect: "Time that transactions under way are given to end when the server stops." },
  ),
  timer_t1: wholeNumber(
    { min: 10, max: 10_000, unit: "milliseconds" },
    {
      default: 500,
      effect: "T1 of RFC 3261 section 17.1.1.1: estimated round-trip time, first retransmission interval.",
    },
  ),
  timer_t2: wholeNumber(
    { min: 10, max: 60_000, unit: "milliseconds" },
    {
      default: 4000,
      effect:
        "T2: longest retransmission interval of non-INVITE requests and INVITE responses. Not below `timer_t1`.",
    },
  ),
  timer_t4: wholeNumber(
    { min: 10, max: 60_000, unit: "milliseconds" },
    { default: 5000, effect: "T4: longest time that a message stays in the network." },
  ),
  max_transactions: wholeNumber(
    { min: 1, max: 10_000_000 },
    {
      default: 100_000,
      effect:
        "Transactions, server and client together, that wait for their final response at a time; requests beyond are " +
        "answered 503 with `Retry-After`.",
    },
  ),
  max_transactions_per_address: wholeNumber(
    { min: 0, max: 10_000_000 },
    {
      default: 20_000,
      effect:
        "Server transactions of one source address (IPv6: of one /64) that wait for their final response at a time; " +
        "requests beyond are answered 503 with `Retry-After`. 0 is no limit: another proxy brings many callers by one " +
        "address.",
    },
  ),
  max_finished_transactions: wholeNumber(
    { min: 1000, max: 10_000_000 },
    {
      default: 250_000,
      effect:
        "Transactions with their final response, which are kept up to 32 seconds for retransmissions. Beyond, nothing is " +
        "refused: the oldest are ended early; so they are when the texts of those that wait for no ACK take more than a KiB " +
        "for each of so many.",
    },
  ),
  udp_batching: yesOrNo({
    default: true,
    effect:
      "Read and write many UDP datagrams in one system call, where the native part of the server is built for the " +
      "platform (Linux). Without it, or where it is not, Node.js reads and writes each by itself. See " +
      "[performance](../performance.md).",
  }),
  batching_delay: wholeNumber(
    { min: 0, max: 50, unit: "milliseconds" },
    {
      default: 10,
      effect:
        "How long a message may wait under load for others that are handled with it, which saves CPU: a datagram " +
        "while more than 750 a second arrive at a socket, and what arrives on a TCP or TLS connection that carries more " +
        "than 750 messages a second. Without `udp_batching`, datagrams of all sockets count together, and the whole " +
        "process waits for them: its connections and timers too. With less load nothing waits, and with 0 never. See " +
        "[performance](../performance.md).",
    },
  ),
} satisfies KeyTable;
