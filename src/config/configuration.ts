/** The configuration that a server runs with: oversip.conf with defaults filled in and rules applied. */
import { ADMIN_KEYS } from "./admin-keys.ts";
import { CAPTURE_KEYS } from "./capture-keys.ts";
import type { ValuesOf } from "./configuration-key.ts";
import { CORE_KEYS } from "./core-keys.ts";
import { SIP_KEYS } from "./sip-keys.ts";
import { TLS_KEYS } from "./tls-keys.ts";
import { WEBSOCKET_KEYS } from "./websocket-keys.ts";

/** The sections of oversip.conf, each with its keys. */
export const SECTIONS = {
  core: CORE_KEYS,
  sip: SIP_KEYS,
  websocket: WEBSOCKET_KEYS,
  tls: TLS_KEYS,
  admin: ADMIN_KEYS,
  capture: CAPTURE_KEYS,
} as const;

export type SectionName = keyof typeof SECTIONS;

/** Section `core`; times are in the units of the file. */
export type CoreConfiguration = ValuesOf<typeof CORE_KEYS>;
/** Section `sip`; times are in seconds. */
export type SipConfiguration = ValuesOf<typeof SIP_KEYS>;
/** Section `websocket`; times are in seconds. */
export type WebSocketConfiguration = ValuesOf<typeof WEBSOCKET_KEYS>;
/** Paths are absolute; `caDir` is `"system"` for the authorities of Node.js itself. */
export type TlsConfiguration = ValuesOf<typeof TLS_KEYS>;
/** Section `admin`. */
export type AdminConfiguration = ValuesOf<typeof ADMIN_KEYS>;
/** Section `capture`. */
export type CaptureConfiguration = ValuesOf<typeof CAPTURE_KEYS>;

/** Deeply frozen. Keys are those of the file in camelCase; `docs/reference/config.md` says what each means. */
export interface Configuration {
  /** Section `core`. */
  readonly core: CoreConfiguration;
  /** Section `sip`. */
  readonly sip: SipConfiguration;
  /** Section `websocket`. */
  readonly websocket: WebSocketConfiguration;
  /** Section `tls`. */
  readonly tls: TlsConfiguration;
  /** Section `admin`. */
  readonly admin: AdminConfiguration;
  /** Section `capture`. */
  readonly capture: CaptureConfiguration;
}
