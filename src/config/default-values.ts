/** The coded defaults: what holds for keys that a file does not set. */
import { type Configuration, SECTIONS } from "./configuration.ts";
import { camelCase, type KeyTable, type ValuesOf } from "./configuration-key.ts";
import { PROXY_PROFILE_KEYS, type ProxyProfile } from "./proxy-profile.ts";

/** A new object with each key's default, that the caller may change before handing it on. */
export function defaultsOf<Table extends KeyTable>(table: Table): ValuesOf<Table> {
  const values = Object.entries(table).map(([name, key]) => [camelCase(name), key.defaultValue]);

  // The type says of each key what this line does to it; the compiler cannot follow fromEntries.
  return Object.fromEntries(values) as ValuesOf<Table>;
}

/** Freezes the object and every list and section in it. */
export function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) {
      deepFreeze(member);
    }
  }

  return Object.freeze(value);
}

/** The profile that there is without a `proxies.conf`; every transport and family counts as enabled. */
export const DEFAULT_PROXY_PROFILE: ProxyProfile = deepFreeze({
  name: "default_proxy",
  ...defaultsOf(PROXY_PROFILE_KEYS),
});

/** The coded defaults of oversip.conf, before any rule is applied to them. */
export const DEFAULT_CONFIGURATION: Configuration = deepFreeze({
  core: defaultsOf(SECTIONS.core),
  sip: defaultsOf(SECTIONS.sip),
  websocket: defaultsOf(SECTIONS.websocket),
  tls: defaultsOf(SECTIONS.tls),
  admin: defaultsOf(SECTIONS.admin),
  capture: defaultsOf(SECTIONS.capture),
});
