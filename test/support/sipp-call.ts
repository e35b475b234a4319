/** Calls from one transport and IP version to another through a `SippServer`. */
import { Sipp } from "./sipp.ts";
import type { SippServer } from "./sipp-server.ts";
import { SippTlsTunnel } from "./sipp-tls-tunnel.ts";

const TIMEOUT_SECONDS = 25;
const LOCAL_IP = { ipv4: "127.0.0.1", ipv6: "::1" } as const;

/** One side of a call. TLS is for IPv4 only here. */
export interface Leg {
  readonly transport: "udp" | "tcp" | "tls";
  readonly ipType: "ipv4" | "ipv6";
}

export const UDP: Leg = { transport: "udp", ipType: "ipv4" };
export const TCP: Leg = { transport: "tcp", ipType: "ipv4" };
export const TLS: Leg = { transport: "tls", ipType: "ipv4" };
export const UDP_IPV6: Leg = { transport: "udp", ipType: "ipv6" };
export const TCP_IPV6: Leg = { transport: "tcp", ipType: "ipv6" };

export interface LegCalls {
  readonly server: SippServer;
  readonly from: Leg;
  readonly to: Leg;
  readonly calls: number;
  /** Scenarios. */
  readonly caller: string;
  readonly callee: string;
  /** Further parameters of the Request-URI, with their semicolon. */
  readonly parameters?: string;
  /** For the callee's TLS, and the authority that the server's certificate is checked with. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
}

/** @throws {AssertionError} with all logs unless every call goes as both scenarios say. */
export async function callAcross(options: LegCalls): Promise<void> {
  const { calls, from, parameters = "", server, tls, to } = options;
  const common = { calls, timeoutSeconds: TIMEOUT_SECONDS };

  await using stack = new AsyncDisposableStack();

  const entrance =
    from.transport === "tls"
      ? stack.use(await SippTlsTunnel.toServer(server.address("tls"), tls.ca)).address
      : server.address(from.transport, from.ipType);
  const exit = to.transport === "tls" ? stack.use(await SippTlsTunnel.toSipp(tls)) : undefined;
  const callee = stack.use(
    await Sipp.start({
      ...common,
      scenario: options.callee,
      transport: to.transport,
      localIp: LOCAL_IP[to.ipType],
      ...(exit === undefined ? {} : { keys: { contact: exit.address } }),
    }),
  );

  exit?.leadTo(callee.address);

  const transportParameter = to.transport === "udp" ? "" : `;transport=${to.transport}`;
  const caller = stack.use(
    await Sipp.start({
      ...common,
      scenario: options.caller,
      remote: entrance,
      transport: from.transport,
      localIp: LOCAL_IP[from.ipType],
      keys: { callee: `${exit?.address ?? callee.address}${transportParameter}${parameters}` },
    }),
  );

  await server.assertAllSucceed(calls, caller, callee);
}
