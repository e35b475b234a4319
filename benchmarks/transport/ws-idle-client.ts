/** The clients of idle-connections.ts: opens connections, uses each once, and keeps them. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

interface Order {
  readonly transport: string;
  readonly port: number;
  readonly connections: number;
}

const AT_ONCE = 100;
/** As a browser with a cookie would write it. */
const HANDSHAKE = [
  "GET /sip HTTP/1.1",
  "Host: sip.example.com",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Origin: https://phone.example.com",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept-Language: en-US,en;q=0.9",
  `Cookie: session=${"0123456789abcdef".repeat(8)}`,
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: sip",
  "",
  "",
].join("\r\n");

/** RFC 5626 section 4.4.1. */
const KEEP_ALIVE = Buffer.from("\r\n\r\n");
/** Text frame of four bytes, masked with zeros. */
const KEEP_ALIVE_HEADER = Buffer.from("818400000000", "hex");

const sockets: Socket[] = [];

async function open(transport: string, port: number): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1" });

  sockets.push(socket);
  await once(socket, "connect");

  if (transport === "ws") {
    socket.write(HANDSHAKE);
    await once(socket, "data");
  }

  // What is allocated at the first use belongs to an idle connection, too.
  socket.write(transport === "ws" ? Buffer.concat([KEEP_ALIVE_HEADER, KEEP_ALIVE]) : KEEP_ALIVE);
  await once(socket, "data");
}

process.on("message", async ({ transport, port, connections }: Order) => {
  for (let opened = 0; opened < connections; opened += AT_ONCE) {
    const count = Math.min(AT_ONCE, connections - opened);

    await Promise.all(Array.from({ length: count }, () => open(transport, port)));
  }

  process.send?.("opened");
});
