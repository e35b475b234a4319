/** A DNS server on loopback that answers, or misbehaves, as a test says: UDP and TCP on one port. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { TYPES, type WrittenResponse, writeResponse } from "./dns-server-message.ts";

export interface ReceivedQuery {
  readonly id: number;
  readonly name: string;
  readonly type: keyof typeof TYPES | "other";
  readonly typeNumber: number;
  readonly protocol: "udp" | "tcp";
  readonly hasEdns: boolean;
  readonly bytes: Buffer;
  /** UDP port that the query came from; 0 for TCP. */
  readonly sourcePort: number;
}

/** One response, several, or none. A `Buffer` is sent as it is. */
export type DnsReply = Omit<WrittenResponse, "id" | "name" | "type"> & Partial<WrittenResponse>;
export type DnsHandler = (
  query: ReceivedQuery,
) => DnsReply | Buffer | readonly (DnsReply | Buffer)[] | undefined;

export class DnsServer {
  readonly queries: ReceivedQuery[] = [];
  readonly #udp = createSocket("udp4");
  readonly #connections = new Set<Socket>();
  readonly #tcp = createServer((socket) => {
    this.#connections.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => this.#connections.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      for (const reply of this.#handle(bytes.subarray(2), "tcp", 0)) {
        socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
      }
    });
  });

  handler: DnsHandler;

  constructor(handler: DnsHandler) {
    this.handler = handler;
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** As the configuration names it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<this> {
    // The system picks a TCP port; the same UDP port may be taken, so several are tried.
    for (;;) {
      this.#tcp.listen(0, "127.0.0.1");
      await once(this.#tcp, "listening");

      try {
        this.#udp.bind(this.port, "127.0.0.1");
        await once(this.#udp, "listening");
        break;
      } catch {
        this.#tcp.close();
        await once(this.#tcp, "close");
      }
    }

    this.#udp.on("message", (bytes: Buffer, peer: RemoteInfo) => {
      for (const reply of this.#handle(bytes, "udp", peer.port)) {
        this.#udp.send(reply, peer.port, peer.address);
      }
    });

    return this;
  }

  /** Sends a datagram from this server's port to a port of loopback. */
  sendTo(port: number, bytes: Buffer): void {
    this.#udp.send(bytes, port, "127.0.0.1");
  }

  async stop(): Promise<void> {
    for (const socket of this.#connections) {
      socket.destroy();
    }

    this.#tcp.close();
    this.#udp.close();
    await once(this.#tcp, "close");
  }

  #handle(bytes: Buffer, protocol: "udp" | "tcp", sourcePort: number): Buffer[] {
    const query = readQuery(bytes, protocol, sourcePort);

    this.queries.push(query);

    const replies = this.handler(query) ?? [];
    const list: readonly (DnsReply | Buffer)[] = Array.isArray(replies) ? replies : [replies as DnsReply];

    return list.map((reply) =>
      Buffer.isBuffer(reply)
        ? reply
        : writeResponse({ id: query.id, name: query.name, type: query.typeNumber, ...reply }),
    );
  }
}

function readQuery(bytes: Buffer, protocol: "udp" | "tcp", sourcePort: number): ReceivedQuery {
  const labels: string[] = [];
  let offset = 12;

  while (bytes[offset] !== 0) {
    const length = bytes[offset] as number;

    labels.push(bytes.toString("latin1", offset + 1, offset + 1 + length));
    offset += 1 + length;
  }

  const typeNumber = bytes.readUInt16BE(offset + 1);
  const known = Object.entries(TYPES).find(([, number]) => number === typeNumber);

  return {
    id: bytes.readUInt16BE(0),
    name: labels.join("."),
    type: (known?.[0] as keyof typeof TYPES | undefined) ?? "other",
    typeNumber,
    protocol,
    hasEdns: bytes.readUInt16BE(10) === 1,
    bytes: Buffer.from(bytes),
    sourcePort,
  };
}
