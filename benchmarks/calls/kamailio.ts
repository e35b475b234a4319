/** Debian's Kamailio with one worker and its fast allocator; it logs errors only. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contender.ts";

const KAMAILIO = "/usr/sbin/kamailio";
/** Megabytes of shared memory that it may use: none of its limits is this one. What it has not touched does not count. */
const SHARED_MEMORY = 4_096;

const OUTBOUND_MODULES = `loadmodule "stun.so"
loadmodule "outbound.so"
loadmodule "path.so"
modparam("path", "use_received", 0)`;

const ADD_PATH = `	if (is_method("REGISTER")) {
		add_path();
	}
`;

const CONNECTIONS = `tcp_max_connections=65536
tcp_connection_lifetime=7200
tcp_accept_no_cl=yes`;

const WEBSOCKET_MODULES = `loadmodule "xhttp.so"
loadmodule "websocket.so"
modparam("websocket", "keepalive_mechanism", 0)`;

const WEBSOCKET_HANDSHAKE = `event_route[xhttp:request] {
	if ($hdr(Upgrade) =~ "websocket" && ws_handle_handshake()) {
		exit;
	}
	xhttp_reply("400", "Bad Request", "", "");
}
`;

export const kamailio: Contender = {
  name: "kamailio",
  start: ({ transport, isOutbound, port, wsPort, directory }) => {
    const file = join(directory, "kamailio.cfg");
    const takesWebSockets = wsPort !== undefined;
    const listens = new Set([transport, ...(takesWebSockets ? (["udp"] as const) : [])]);

    writeFileSync(
      file,
      readFileSync(join(import.meta.dirname, "kamailio.cfg"), "utf8")
        .replaceAll("[listen]", [...listens].map((name) => `listen=${name}:127.0.0.1:${port}`).join("\n"))
        .replaceAll("[tcp]", tcpLines(transport, wsPort))
        .replaceAll("[outbound]", isOutbound || takesWebSockets ? OUTBOUND_MODULES : "")
        .replaceAll("[websocket]", takesWebSockets ? WEBSOCKET_MODULES : "")
        .replaceAll("[path]", isOutbound || takesWebSockets ? ADD_PATH : "")
        .replaceAll("[handshake]", takesWebSockets ? WEBSOCKET_HANDSHAKE : ""),
    );

    return spawn(
      KAMAILIO,
      [
        ...["-f", file, "-DD", "-E", "-x", "fm", "-X", "fm", "-Y", directory],
        ...["-m", String(SHARED_MEMORY), "-M", "32"],
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  },
};

function tcpLines(transport: "udp" | "tcp", wsPort: number | undefined): string {
  if (wsPort !== undefined) {
    return `listen=tcp:127.0.0.1:${wsPort}\n${CONNECTIONS}`;
  }

  return transport === "tcp" ? "tcp_max_connections=1024" : "disable_tcp=yes";
}
