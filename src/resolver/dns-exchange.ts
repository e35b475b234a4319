/**
 * One query to one DNS server and its answer, over UDP or TCP (RFC 7766).
 *
 * SECURITY (RFC 5452): each UDP query has a socket of its own, whose port the
 * system picks at random, connected, so that only the server's address gets
 * through. What does not match the query is dropped and the wait goes on: a
 * wrong guess of a forger must not end it.
 */
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Clock } from "../util/clock.ts";
import type { IpType } from "../util/ip-address.ts";
import { type DnsMessage, type DnsQuestion, readDnsMessage } from "./dns-message.ts";
import { isResponseTo, writeQuery } from "./dns-query.ts";

export interface DnsServer {
  /** Without brackets; a link-local IPv6 address may have its zone. */
  readonly ip: string;
  readonly ipType: IpType;
  readonly port: number;
}

export interface DnsExchange {
  readonly server: DnsServer;
  readonly question: DnsQuestion;
  readonly id: number;
  readonly hasEdns: boolean;
  readonly timeoutMs: number;
}

export type ExchangeOutcome = DnsMessage | "timeout" | "unreachable" | "closed";

/** Exchanges under way; calling an element ends it with "closed". */
export type PendingExchanges = Set<() => void>;

/** Sends the query in a datagram. Never rejects. */
export function exchangeOverUdp(
  exchange: DnsExchange,
  clock: Clock,
  pending: PendingExchanges,
): Promise<ExchangeOutcome> {
  const { server } = exchange;
  const query = writeQuery(exchange.id, exchange.question, exchange.hasEdns);

  return new Promise((resolve) => {
    const socket = createSocket({
      type: server.ipType === "ipv4" ? "udp4" : "udp6",
      // The server is an address: nothing to look up.
      lookup: (address, _options, callback) => callback(null, address, server.ipType === "ipv4" ? 4 : 6),
    });
    const finish = startExchange(exchange, clock, pending, resolve, () => socket.close());
    const fail = (error: Error | null | undefined): void => {
      if (error !== null && error !== undefined) {
        finish("unreachable");
      }
    };

    // An ICMP "port unreachable" arrives here too.
    socket.on("error", fail);
    socket.on("message", (bytes) => {
      const message = readDnsMessage(bytes);

      if (message !== undefined && isResponseTo(message, exchange.id, exchange.question)) {
        finish(message);
      }
    });

    // The callback gets an error, which the types do not say.
    socket.connect(server.port, server.ip, (error?: Error) => {
      if (error === undefined) {
        socket.send(query, fail);
      } else {
        finish("unreachable");
      }
    });
  });
}

/** Sends the query over a connection of its own: for answers that no datagram holds. Never rejects. */
export function exchangeOverTcp(
  exchange: DnsExchange,
  clock: Clock,
  pending: PendingExchanges,
): Promise<ExchangeOutcome> {
  const query = writeQuery(exchange.id, exchange.question, exchange.hasEdns);

  return new Promise((resolve) => {
    const socket = connect({ host: exchange.server.ip, port: exchange.server.port });
    const finish = startExchange(exchange, clock, pending, resolve, () => socket.destroy());
    let received: Buffer = Buffer.alloc(0);

    socket.on("error", () => finish("unreachable"));
    socket.on("close", () => finish("unreachable"));
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);

      // RFC 1035 section 4.2.2: two bytes of length before the message, so 65,537 are the most to be kept.
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) {
        return;
      }

      const message = readDnsMessage(received.subarray(2, 2 + received.readUInt16BE(0)));
      const isResponse = message !== undefined && isResponseTo(message, exchange.id, exchange.question);

      finish(isResponse ? message : "unreachable");
    });

    const length = Buffer.alloc(2);

    length.writeUInt16BE(query.length, 0);
    socket.write(Buffer.concat([length, query]));
  });
}

/** Starts the time limit; the function returned ends the exchange, once. */
function startExchange(
  exchange: DnsExchange,
  clock: Clock,
  pending: PendingExchanges,
  resolve: (outcome: ExchangeOutcome) => void,
  close: () => void,
): (outcome: ExchangeOutcome) => void {
  const timer = clock.schedule(exchange.timeoutMs, () => finish("timeout"));
  const cancel = (): void => finish("closed");
  const finish = (outcome: ExchangeOutcome): void => {
    if (!pending.delete(cancel)) {
      return;
    }

    timer.cancel();
    close();
    resolve(outcome);
  };

  pending.add(cancel);

  return finish;
}
