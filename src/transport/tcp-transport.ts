/** SIP over TCP (RFC 3261 section 18). */
import { connect, type Socket } from "node:net";
import { connectionError } from "./close-cause.ts";
import type { ListeningPoint } from "./listening-point.ts";
import { localEndOf, remoteEndOf } from "./socket-ends.ts";
import { BATCHED_HIGH_WATER_MARK } from "./stream-batching.ts";
import type { StreamConnection } from "./stream-connection.ts";
import { StreamTransport, type StreamTransportOptions } from "./stream-transport.ts";
import type { Target } from "./target.ts";

/** An option of every stream, which the types of `connect` do not have. */
const HIGH_WATER_MARK: object = { highWaterMark: BATCHED_HIGH_WATER_MARK };

export type TcpTransportOptions = StreamTransportOptions;

export class TcpTransport extends StreamTransport {
  constructor(options: TcpTransportOptions) {
    super("tcp", options);
  }

  protected override accept(socket: Socket, listeningPoint: ListeningPoint): void {
    const remote = remoteEndOf(socket);

    if (this.admission.admitAddress(socket, remote.ip)) {
      const connection = this.createAccepted(listeningPoint, localEndOf(socket), remote);

      connection.attach(socket);
      this.establish(connection);
    }
  }

  protected override dial(connection: StreamConnection, target: Target): void {
    try {
      const socket = connect({
        host: target.ip,
        port: target.port,
        localAddress: connection.listeningPoint.ip,
        allowHalfOpen: false,
        ...HIGH_WATER_MARK,
      });

      connection.attach(socket);
      socket.once("connect", () => {
        this.setSocketOptions(socket);
        this.establish(connection);
      });
    } catch (error) {
      // An address or port that is none.
      connection.cut(connectionError(error as NodeJS.ErrnoException));
    }
  }
}
