/** What the transports of one server are made from. */
import type { Configuration } from "../config/configuration.ts";
import type { Logger } from "../log/logger.ts";
import type { MessageParser } from "../message/message-parser.ts";
import type { TransportReceiver } from "../transport/transport.ts";
import type { Clock } from "../util/clock.ts";
import type { CurrentHandlers } from "./handlers.ts";
import type { ListenAddresses } from "./listen-addresses.ts";
import type { ReloadableFiles } from "./server-parts.ts";
import type { ServerState } from "./server-state.ts";

export interface TransportsContext {
  readonly configuration: Configuration;
  readonly addresses: ListenAddresses;
  readonly files: ReloadableFiles;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly state: ServerState;
  readonly handlers: CurrentHandlers;
  readonly receiver: TransportReceiver;
  readonly parser: MessageParser;
}
