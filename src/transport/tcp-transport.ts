/** SIP over TCP (RFC 3261 section 18). */
import { connect, type Socket } from "node:net";
import { connectionError } from "./close-cause.ts";
import { plainIp } from "./ip-address-bytes.ts";
import type { ListenAddress, ListeningPoint } from "./listening-point.ts";
import type { StreamConnection } from "./stream-connection.ts";
import { keepAliveOptions, StreamListener } from "./stream-listener.ts";
import { StreamTransport, type StreamTransportOptions } from "./stream-transport.ts";
import type { Target } from "./target.ts";

export type TcpTransportOptions = StreamTransportOptions;

export class TcpTransport extends StreamTransport {
  constructor(options: TcpTransportOptions) {
    super("tcp", options);
  }

  protected override createListener(
    address: ListenAddress,
    onConnection: (socket: Socket) => void,
  ): StreamListener {
    return new StreamListener({
      name: "TCP",
      ip: address.ip,
      port: address.port,
      tcpKeepAliveIntervalMs: this.options.tcpKeepAliveIntervalMs,
      onConnection,
      onError: (error) => this.log.write("warn", "listener", `listening socket: ${error.message}`, {}),
    });
  }

  protected override accept(socket: Socket, listeningPoint: ListeningPoint): void {
    const remote = { ip: plainIp(socket.remoteAddress ?? ""), port: socket.remotePort ?? 0 };
    const local = { ip: plainIp(socket.localAddress ?? ""), port: socket.localPort ?? 0 };

    if (this.admitAddress(socket, remote.ip)) {
      const connection = this.createAccepted(listeningPoint, local, remote);

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
        noDelay: true,
        ...keepAliveOptions(this.options.tcpKeepAliveIntervalMs),
      });

      connection.attach(socket);
      socket.once("connect", () => this.establish(connection));
    } catch (error) {
      // An address or port that is none.
      connection.cut(connectionError(error as NodeJS.ErrnoException));
    }
  }
}
