/**
 * Finding this machine's address of one IP version, for a configuration that
 * names none: the one from which the internet would be reached.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { IpType } from "../util/ip-address.ts";

/** Connecting a UDP socket looks up the route and sends nothing. */
const FAR_ADDRESS: Readonly<Record<IpType, string>> = { ipv4: "1.2.3.4", ipv6: "2001::1" };
const ANY_PORT_THERE = 5060;

/** The address, without brackets; undefined when there is no route, or nothing can be bound to it. Never rejects. */
export async function discoverAddress(ipType: IpType): Promise<string | undefined> {
  const ip = await sourceAddressTo(FAR_ADDRESS[ipType], ipType);

  return ip !== undefined && (await canBind(ip, ipType)) ? ip : undefined;
}

async function sourceAddressTo(farIp: string, ipType: IpType): Promise<string | undefined> {
  return withSocket(ipType, async (socket) => {
    const connected = once(socket, "connect");

    socket.connect(ANY_PORT_THERE, farIp);
    await connected;

    return socket.address().address;
  });
}

async function canBind(ip: string, ipType: IpType): Promise<boolean> {
  const isBound = await withSocket(ipType, async (socket) => {
    const listening = once(socket, "listening");

    socket.bind({ address: ip, port: 0, exclusive: true });
    await listening;

    return true;
  });

  return isBound === true;
}

/** What `use` finds out with a socket that is closed afterwards; undefined when it fails. */
async function withSocket<Result>(
  ipType: IpType,
  use: (socket: Socket) => Promise<Result>,
): Promise<Result | undefined> {
  const socket = createSocket(ipType === "ipv6" ? "udp6" : "udp4");

  try {
    return await use(socket);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
