/** Address and port of the two ends of a socket. */
import type { Socket } from "node:net";
import { plainIp } from "./ip-address-bytes.ts";

export interface SocketEnd {
  /** Empty when the socket is closed. */
  readonly ip: string;
  readonly port: number;
}

export function remoteEndOf(socket: Socket): SocketEnd {
  return { ip: plainIp(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
}

export function localEndOf(socket: Socket): SocketEnd {
  return { ip: plainIp(socket.localAddress ?? ""), port: socket.localPort ?? 0 };
}
