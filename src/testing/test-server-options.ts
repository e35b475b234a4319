/** What a test says of its server, and the configuration that comes of it. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findUserLogicFile } from "../app/user-logic-file.ts";
import type { Configuration } from "../config/configuration.ts";
import { DEFAULT_CONFIGURATION, DEFAULT_PROXY_PROFILE } from "../config/default-values.ts";
import { loadConfiguration } from "../config/load-configuration.ts";
import { loadProxyProfiles } from "../config/load-proxy-profiles.ts";
import type { ProxyProfile } from "../config/proxy-profile.ts";
import { loadCertificateAuthorities } from "../config/tls-material.ts";
import { createListeningPoint, type ListeningPoint } from "../transport/listening-point.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";
import type { EventSource, OversipModule, ServerEvents } from "./load-events.ts";
import type { DnsTable } from "./table-dns.ts";

/** Keys of oversip.conf in camelCase, by section. */
export type ConfigurationValues = {
  readonly [Section in keyof Configuration]?: Partial<Configuration[Section]> | undefined;
};

/** What is tested, and in which surroundings. */
export interface TestServerOptions {
  /**
   * The module to test. A path is relative to the working directory; in an ES
   * module, `new URL("../server.ts", import.meta.url)` is relative to the test.
   */
  readonly serverFile?: string | URL | undefined;
  /** A whole configuration directory: `oversip.conf`, `proxies.conf` and, unless `serverFile` or `events` say otherwise, `server.ts`. */
  readonly configDir?: string | URL | undefined;
  /**
   * Handlers instead of a file: an object such as the exports of a module, or
   * a function that is given what `import ... from "oversip"` gives. With an
   * object, `import ... from "oversip"` means this server until it is closed,
   * and there can be one such server at a time in a process.
   */
  readonly events?: ServerEvents | ((oversip: OversipModule) => ServerEvents) | undefined;
  /** Values that win over the file's and the defaults; they are not checked. */
  readonly configuration?: ConfigurationValues | undefined;
  /** Profiles of proxies.conf in camelCase, by name; they win over the file's, and what they leave out is default. */
  readonly profiles?: Readonly<Record<string, Partial<Omit<ProxyProfile, "name">>>> | undefined;
  /** The DNS; a name that is not in it does not exist. Default: empty. */
  readonly dns?: DnsTable | undefined;
  /** PEM: the authorities that `tls.validate` trusts. Default: those of `tls.ca_dir`. */
  readonly authorities?: readonly string[] | undefined;
  /** How long a test waits for a message, in milliseconds of real time. Default 1,000. */
  readonly waitMs?: number | undefined;
}

/** Options of the start that a reload may change. */
export type TestReloadOptions = Pick<TestServerOptions, "serverFile" | "events" | "profiles" | "authorities">;

/** What a reload reads again. */
export interface ReloadableSetup {
  readonly profiles: ReadonlyMap<string, ProxyProfile>;
  readonly authorities: string[] | undefined;
  readonly events: EventSource;
  /** The profiles that a file may name; undefined without a configuration directory, of which it has its profiles. */
  readonly profileNames: readonly string[] | undefined;
}

export interface TestSetup extends ReloadableSetup {
  readonly configuration: Configuration;
}

/** The addresses of the server, of RFC 5737 and RFC 3849. */
const SERVER_IPS = { ipv4: "192.0.2.100", ipv6: "2001:db8::100" } as const;
const DEFAULT_PORTS: Readonly<Record<TransportProtocol, number>> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 10_080,
  wss: 10_443,
};

/** @throws {ConfigurationError} for files that the server could not be started with. */
export function readSetup(options: TestServerOptions): TestSetup {
  const configDir = configDirOf(options);
  const loaded =
    configDir === undefined
      ? DEFAULT_CONFIGURATION
      : // SECURITY: the keys of the server need not be where its tests run.
        loadConfiguration(configDir, "oversip.conf", false).configuration;
  const configuration = withValues(loaded, options.configuration ?? {});

  return { configuration, ...readReloadableSetup(options, configuration) };
}

/** @throws {ConfigurationError} for files that the server could not be reloaded with. */
export function readReloadableSetup(
  options: TestServerOptions,
  configuration: Configuration,
): ReloadableSetup {
  const configDir = configDirOf(options);
  const profiles = readProfiles(configDir, configuration, options.profiles ?? {});

  return {
    profiles,
    authorities: options.authorities?.slice() ?? loadCertificateAuthorities(configuration),
    events: readSource(options, configDir),
    profileNames: configDir === undefined ? undefined : [...profiles.keys()],
  };
}

/** The options of the start with what a reload changes; the code that it names replaces the code that the start named. */
export function changedOptions(options: TestServerOptions, changes: TestReloadOptions): TestServerOptions {
  const isCodeNamed = changes.events !== undefined || changes.serverFile !== undefined;

  return {
    ...options,
    events: isCodeNamed ? changes.events : options.events,
    serverFile: isCodeNamed ? changes.serverFile : options.serverFile,
    profiles: changes.profiles ?? options.profiles,
    authorities: changes.authorities ?? options.authorities,
  };
}

/** Every transport on both IP versions, at the ports and under the names of the configuration. */
export function listeningPointsOf({ sip, websocket }: Configuration): ListeningPoint[] {
  const ports: Readonly<Record<TransportProtocol, number>> = {
    udp: sip.listenPort || DEFAULT_PORTS.udp,
    tcp: sip.listenPort || DEFAULT_PORTS.tcp,
    tls: sip.listenPortTls || DEFAULT_PORTS.tls,
    ws: websocket.listenPort || DEFAULT_PORTS.ws,
    wss: websocket.listenPortTls || DEFAULT_PORTS.wss,
  };
  const names = {
    ipv4: [sip.advertisedIpv4, websocket.advertisedIpv4, sip.recordRouteHostnameTlsIpv4],
    ipv6: [sip.advertisedIpv6, websocket.advertisedIpv6, sip.recordRouteHostnameTlsIpv6],
  } as const;

  return (["ipv4", "ipv6"] as const).flatMap((ipType) =>
    (["udp", "tcp", "tls", "ws", "wss"] as const).map((transport) => {
      const [sipAddress, webSocketAddress, tlsName] = names[ipType];
      const address = transport === "ws" || transport === "wss" ? webSocketAddress : sipAddress;
      const name = transport === "tls" || transport === "wss" ? (tlsName ?? address) : address;

      return createListeningPoint(transport, {
        ip: SERVER_IPS[ipType],
        port: ports[transport],
        advertisedHost: name ?? undefined,
      });
    }),
  );
}

function configDirOf({ configDir }: TestServerOptions): string | undefined {
  return configDir === undefined ? undefined : pathOf(configDir);
}

function pathOf(place: string | URL): string {
  return place instanceof URL ? fileURLToPath(place) : resolve(place);
}

function withValues(configuration: Configuration, values: ConfigurationValues): Configuration {
  const { core, sip, websocket, tls, admin, capture } = configuration;

  return {
    core: { ...core, ...values.core },
    sip: { ...sip, ...values.sip },
    websocket: { ...websocket, ...values.websocket },
    tls: { ...tls, ...values.tls },
    admin: { ...admin, ...values.admin },
    capture: { ...capture, ...values.capture },
  };
}

function readProfiles(
  configDir: string | undefined,
  configuration: Configuration,
  values: NonNullable<TestServerOptions["profiles"]>,
): ReadonlyMap<string, ProxyProfile> {
  // In memory TLS needs no certificate, and every address is there.
  const sip = {
    ...configuration.sip,
    ...{ sipUdp: true, sipTcp: true, sipTls: true, enableIpv4: true, enableIpv6: true },
  };
  const profiles = new Map(
    configDir === undefined
      ? [["default_proxy", DEFAULT_PROXY_PROFILE]]
      : loadProxyProfiles(configDir, { ...configuration, sip }),
  );

  for (const [name, profile] of Object.entries(values)) {
    profiles.set(name, { ...(profiles.get(name) ?? DEFAULT_PROXY_PROFILE), ...profile, name });
  }

  return profiles;
}

function readSource(options: TestServerOptions, configDir: string | undefined): EventSource {
  const { events, serverFile } = options;

  if (events !== undefined && serverFile !== undefined) {
    throw new TypeError("a test server takes serverFile or events, not both");
  }

  if (events !== undefined) {
    return events;
  }

  if (serverFile !== undefined) {
    return pathOf(serverFile);
  }

  if (configDir === undefined) {
    throw new TypeError("a test server needs serverFile, configDir or events");
  }

  return findUserLogicFile(configDir);
}
