/**
 * A client's socket from accept to upgrade, or to its end before that: what
 * the server knows of it until there is an open connection.
 */
import type { Socket } from "node:net";
import type { ClockTimer } from "../util/clock.ts";
import { formatHostPort, type ListeningPoint } from "./listening-point.ts";
import { localEndOf, remoteEndOf } from "./socket-ends.ts";
import type { WsConnection } from "./ws-connection.ts";
import type { WsEndpointAddresses } from "./ws-endpoints.ts";

export class WsPending implements WsEndpointAddresses {
  /** As accepted. Its end is the end of all that is built on it. */
  readonly socket: Socket;
  /** This end and the other change when a PROXY protocol header tells the client's. */
  listeningPoint: ListeningPoint;
  localIp: string;
  localPort: number;
  remoteIp: string;
  remotePort: number;
  /** What HTTP is read from: `socket`, or the TLS socket on top of it. Undefined until there may be HTTP. */
  httpSocket: Socket | undefined = undefined;
  /** Made when user code is to see it. */
  connection: WsConnection | undefined = undefined;
  /** What listens for the end of `socket`. */
  onClose: (() => void) | undefined = undefined;
  /** Of what it has to do next. */
  timer: ClockTimer | undefined = undefined;
  /** Whether a place of its address was taken. */
  hasAddressPlace = false;
  /** Whether its HTTP request was answered: nothing more is read as HTTP. */
  isAnswered = false;

  constructor(socket: Socket, listeningPoint: ListeningPoint) {
    const local = localEndOf(socket);
    const remote = remoteEndOf(socket);

    this.socket = socket;
    this.listeningPoint = listeningPoint;
    // PERF: one string for all (benchmarks/transport/idle-connections.ts).
    this.localIp = local.ip === listeningPoint.ip ? listeningPoint.ip : local.ip;
    this.localPort = local.port;
    this.remoteIp = remote.ip;
    this.remotePort = remote.port;
  }

  get remoteDescription(): string {
    return formatHostPort(this.remoteIp, this.remotePort);
  }
}
