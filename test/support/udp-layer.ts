/** A transport layer with UDP alone, on loopback, for a test. */
import { MessageParser } from "../../src/message/message-parser.ts";
import type { ListenAddress, ListeningPoint } from "../../src/transport/listening-point.ts";
import { SipTransportLayer, type SipTransportLayerOptions } from "../../src/transport/sip-transport-layer.ts";
import { UdpTransport, type UdpTransportOptions } from "../../src/transport/udp-transport.ts";
import { SystemClock } from "../../src/util/system-clock.ts";
import { RecordingLogger } from "./recording-logger.ts";
import { RecordingSink } from "./recording-sink.ts";

export interface UdpLayerOptions extends Partial<SipTransportLayerOptions> {
  /** Default: any port of 127.0.0.1 and of ::1. */
  readonly listen?: readonly ListenAddress[];
  readonly udp?: Partial<UdpTransportOptions>;
}

export class UdpLayer implements AsyncDisposable {
  readonly layer: SipTransportLayer;
  readonly udp: UdpTransport;
  readonly sink = new RecordingSink();
  readonly logger: RecordingLogger;
  readonly #clock = new SystemClock();

  private constructor(options: UdpLayerOptions) {
    const transports: UdpTransport[] = [];
    const clock = options.clock ?? this.#clock;

    this.logger = new RecordingLogger();
    this.layer = new SipTransportLayer({
      secret: Buffer.from("a secret of the test"),
      logger: this.logger,
      clock,
      createTransports: (receiver) => {
        const transport = new UdpTransport({
          listen: options.listen ?? [
            { ip: "127.0.0.1", port: 0 },
            { ip: "::1", port: 0 },
          ],
          receiver,
          parser: new MessageParser(),
          logger: this.logger,
          clock,
          ...options.udp,
        });

        transports.push(transport);

        return [transport];
      },
      ...options,
    });
    this.udp = transports[0] as UdpTransport;
    this.layer.setSink(this.sink);
  }

  static async open(options: UdpLayerOptions = {}): Promise<UdpLayer> {
    const server = new UdpLayer(options);

    await server.layer.bind();

    return server;
  }

  /** The first listening point of that address. */
  point(ip = "127.0.0.1"): ListeningPoint {
    const found = this.layer.listeningPoints.find((point) => point.ip === ip);

    if (found === undefined) {
      throw new Error(`nothing listens on ${ip}`);
    }

    return found;
  }

  get port(): number {
    return this.point().port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.layer.close();
    this.#clock.close();
  }
}
