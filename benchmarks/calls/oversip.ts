/** OverSIP as a contender: a proxy that routes what comes, with Record-Route, and REGISTER with Path. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Contender, StartOptions } from "./contender.ts";

const SERVER = `import { SipProxy } from "oversip";

export const sipEvents = {
  onRequest(request) {
    if (request.inDialog && !request.looseRoute()) {
      if (request.method !== "ACK") {
        request.reply(403);
      }

      return;
    }

    void new SipProxy().route(request);
  },
};
`;

export interface OversipOptions {
  readonly name: string;
  /** A checkout or an installed package. */
  readonly packageDirectory: string;
  /** Lines for the section `core` of oversip.conf. */
  readonly core?: readonly string[];
  /** Words for node, before the command. */
  readonly nodeOptions?: readonly string[];
}

export function oversip(options: OversipOptions): Contender {
  const { name, packageDirectory, core = [], nodeOptions = [] } = options;

  return {
    name,
    start: (startOptions) => {
      const { directory } = startOptions;

      writeFileSync(join(directory, "oversip.conf"), configuration(startOptions, core));
      writeFileSync(join(directory, "server.ts"), SERVER);

      return spawn(
        process.execPath,
        [...nodeOptions, join(resolve(packageDirectory), "bin/oversip.js"), "--config-dir", directory],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
    },
  };
}

function configuration({ transport, port, wsPort }: StartOptions, core: readonly string[]): string {
  const speaks = (other: "udp" | "tcp"): boolean =>
    transport === other || (wsPort !== undefined && other === "udp");

  return [
    "core:",
    ...["syslog_level: warn", ...core].map((line) => `  ${line}`),
    "sip:",
    `  sip_udp: ${speaks("udp")}`,
    `  sip_tcp: ${speaks("tcp")}`,
    "  listen_ipv4: 127.0.0.1",
    "  enable_ipv6: no",
    `  listen_port: ${port}`,
    "websocket:",
    ...(wsPort === undefined
      ? ["  sip_ws: no"]
      : [
          "  sip_ws: yes",
          "  sip_wss: no",
          "  listen_ipv4: 127.0.0.1",
          "  enable_ipv6: no",
          `  listen_port: ${wsPort}`,
          "  max_connections_per_address: 65536",
        ]),
    "",
  ].join("\n");
}
