/** All transports that the configuration asks for, and what a reload changes in them. */
import { MessageParser } from "../message/message-parser.ts";
import type { Transport } from "../transport/transport.ts";
import type { ReloadableFiles } from "./server-parts.ts";
import { createSipTransports, tlsCredentials } from "./sip-transports.ts";
import type { TransportsContext } from "./transports-context.ts";
import { createWebSocketTransports } from "./web-socket-transports.ts";

export interface Transports {
  readonly all: readonly Transport[];
  /** Certificates and keys that were read again are used by new connections. */
  applyFiles(files: ReloadableFiles): void;
}

export function createTransports(context: Omit<TransportsContext, "parser">): Transports {
  const { sip } = context.configuration;
  const parser = new MessageParser({
    maxMessageBytes: sip.maxMessageSize,
    maxHeaderBlockBytes: sip.maxHeaderSize,
    maxHeaderCount: sip.maxHeaders,
    maxBodyBytes: sip.maxBodySize,
  });
  const sipTransports = createSipTransports({ ...context, parser });
  const webSocketTransports = createWebSocketTransports({ ...context, parser });

  return {
    all: [...sipTransports.all, ...webSocketTransports.all],
    applyFiles: (files) => {
      if (files.tls === undefined) {
        return;
      }

      const credentials = tlsCredentials(files);

      for (const transport of [...sipTransports.tls, ...webSocketTransports.tls]) {
        transport.setCredentials(credentials);
      }
    },
  };
}
