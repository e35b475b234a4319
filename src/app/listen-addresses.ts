/** From the configuration to the addresses that each transport is bound to. */
import { networkInterfaces } from "node:os";
import type { Configuration } from "../config/configuration.ts";
import { DEFAULT_PORT } from "../transport/default-port.ts";
import type { ListenAddress } from "../transport/listening-point.ts";
import { discoverAddress } from "../transport/local-address.ts";
import type { WsListenAddress } from "../transport/ws-transport-options.ts";
import type { IpType } from "../util/ip-address.ts";

/** Each list is empty for a transport that is off. */
export interface ListenAddresses {
  readonly udp: readonly ListenAddress[];
  readonly tcp: readonly ListenAddress[];
  readonly tls: readonly ListenAddress[];
  /** TLS that ends in a program before this server, which speaks the PROXY protocol to these. */
  readonly tlsTunnel: readonly WsListenAddress[];
  readonly ws: readonly ListenAddress[];
  readonly wss: readonly ListenAddress[];
  readonly wssTunnel: readonly WsListenAddress[];
  /** IP versions that are on but have no address on this machine: nothing listens on them. */
  readonly missing: readonly IpType[];
}

const IPV6_LOOPBACK = "::1";

/** One address of a section, with the names that it has for others. */
interface SectionAddress {
  readonly ip: string;
  readonly advertised: string | null;
  readonly tlsHostname: string | null;
}

/** Addresses that the configuration leaves open are looked for on this machine. Never rejects. */
export async function listenAddresses(configuration: Configuration): Promise<ListenAddresses> {
  const { sip, websocket } = configuration;
  const missing = new Set<IpType>();
  const sipHostnames = { ipv4: sip.recordRouteHostnameTlsIpv4, ipv6: sip.recordRouteHostnameTlsIpv6 };
  const sipAddresses = await sectionAddresses(sip, sipHostnames, missing);
  const isWebSocketOn = websocket.sipWs || websocket.sipWss;
  // RFC 7118: a Record-Route of WSS is reached by TLS, so it has the names of the certificate too.
  const wsAddresses = isWebSocketOn ? await sectionAddresses(websocket, sipHostnames, missing) : [];

  return {
    udp: sip.sipUdp ? plain(sipAddresses, sip.listenPort) : [],
    tcp: sip.sipTcp ? plain(sipAddresses, sip.listenPort) : [],
    tls: secure(sipAddresses, sip.listenPortTls),
    tlsTunnel: tunnel(sipAddresses, sip.listenPortTlsTunnel, sip.tlsTunnelPublicPort ?? DEFAULT_PORT.tls),
    ws: websocket.sipWs ? plain(wsAddresses, websocket.listenPort) : [],
    wss: secure(wsAddresses, websocket.listenPortTls),
    wssTunnel: tunnel(
      wsAddresses,
      websocket.listenPortTlsTunnel,
      websocket.tlsTunnelPublicPort ?? DEFAULT_PORT.wss,
    ),
    missing: [...missing],
  };
}

type Section = Pick<
  Configuration["sip"],
  "enableIpv4" | "enableIpv6" | "listenIpv4" | "listenIpv6" | "advertisedIpv4" | "advertisedIpv6"
>;

async function sectionAddresses(
  section: Section,
  tlsHostnames: Readonly<Record<IpType, string | null>>,
  missing: Set<IpType>,
): Promise<SectionAddress[]> {
  const families = [
    {
      ipType: "ipv4",
      isOn: section.enableIpv4,
      listed: section.listenIpv4,
      advertised: section.advertisedIpv4,
    },
    {
      ipType: "ipv6",
      isOn: section.enableIpv6,
      listed: section.listenIpv6,
      advertised: section.advertisedIpv6,
    },
  ] as const;
  const addresses: SectionAddress[] = [];

  for (const { ipType, isOn, listed, advertised } of families) {
    const found = isOn ? await findAddresses(listed, ipType) : [];

    for (const ip of found) {
      addresses.push({ ip, advertised, tlsHostname: tlsHostnames[ipType] });
    }

    if (isOn && found.length === 0) {
      missing.add(ipType);
    }
  }

  return addresses;
}

/**
 * The configured addresses, or else the one that is discovered. An IPv6 loopback
 * that the machine does not have, as in many containers, is taken for a
 * missing IP version and not for a mistake: the sample configuration names it.
 */
async function findAddresses(listed: readonly string[] | null, ipType: IpType): Promise<readonly string[]> {
  if (listed === null) {
    const discovered = await discoverAddress(ipType);

    return discovered === undefined ? [] : [discovered];
  }

  return listed.filter((ip) => ip !== IPV6_LOOPBACK || hasInterfaceAddress(ip));
}

function hasInterfaceAddress(ip: string): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === ip),
  );
}

function plain(addresses: readonly SectionAddress[], port: number | null): ListenAddress[] {
  return port === null
    ? []
    : addresses.map(({ ip, advertised }) => ({ ip, port, advertisedHost: advertised ?? undefined }));
}

function secure(addresses: readonly SectionAddress[], port: number | null): ListenAddress[] {
  return port === null
    ? []
    : addresses.map(({ ip, advertised, tlsHostname }) => ({
        ip,
        port,
        advertisedHost: tlsHostname ?? advertised ?? undefined,
      }));
}

/** The program in front comes over the loopback interface; its clients know the address in front of it. */
function tunnel(
  addresses: readonly SectionAddress[],
  port: number | null,
  publicPort: number,
): WsListenAddress[] {
  // One port for the program in front, so that one address of each family stands for it.
  const isFirst = ({ ip }: SectionAddress): boolean =>
    addresses.find((other) => other.ip.includes(":") === ip.includes(":"))?.ip === ip;

  return port === null
    ? []
    : secure(addresses.filter(isFirst), publicPort).map((publicAddress) => ({
        ip: publicAddress.ip.includes(":") ? IPV6_LOOPBACK : "127.0.0.1",
        port,
        publicAddress,
      }));
}
