/** What surrounds the connections of one stream transport: where their messages go, and what they share. */
import type { MessageParser } from "../message/message-parser.ts";
import type { IpType } from "../util/ip-address.ts";
import type { CloseCause } from "./close-cause.ts";
import type { Flow } from "./flow.ts";
import type { LimitedLog } from "./limited-log.ts";
import type { ListeningPoint } from "./listening-point.ts";
import type { StreamBatching } from "./stream-batching.ts";
import type { StreamLimits } from "./stream-limits.ts";
import type { StreamWatch } from "./stream-watch.ts";
import type { TransportReceiver } from "./transport.ts";

/** A stream connection as its transport sees it. */
export interface StreamFlow extends Flow {
  /** The domain that TLS was asked for. */
  readonly domain: string | undefined;

  /** Sends what is left, then closes and gives the peer a while to do so as well. False when closed already. */
  end(cause: CloseCause): boolean;

  /** The peer cannot be read any more: as `end`, but not before all that came by it is answered, or a while is over. */
  endWhenAnswered(cause: CloseCause): void;

  /** Closes as soon as what is left is sent, without waiting for the peer to do so as well. */
  shutDown(): void;
}

export interface StreamContext {
  readonly parser: MessageParser;
  readonly receiver: TransportReceiver;
  readonly log: LimitedLog;
  readonly watch: StreamWatch;
  readonly batching: StreamBatching;
  readonly limits: StreamLimits;

  /** Called once for each connection, whether it was ever open or not, when nothing of it is left. */
  connectionClosed(connection: StreamFlow): void;
}

/** Between whom a connection is. */
export interface StreamEndpoints {
  readonly transport: "tcp" | "tls";
  readonly isOpenedByServer: boolean;
  readonly listeningPoint: ListeningPoint;
  readonly localIp: string;
  /** 0 while it is not known. */
  readonly localPort: number;
  /** The peer, as the PROXY protocol tells it behind a tunnel. */
  readonly remoteIp: string;
  readonly remoteIpType: IpType;
  readonly remotePort: number;
  /** The domain that TLS was asked for, in lower case; undefined for an address, and for what a client opened. */
  readonly domain?: string | undefined;
  /** A health check: nothing of it is logged above level debug. */
  readonly isQuiet?: boolean | undefined;
}
