/** The clients of the benchmarks of idle connections: opens connections, uses each once, and keeps them. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { registerFrame } from "./ws-registration.ts";

interface Order {
  readonly transport: string;
  readonly port: number;
  readonly connections: number;
  /** Over WebSocket: each registers there, through the server. Default: each sends a keep-alive. */
  readonly registrarPort?: number;
  /** Number of the first phone that registers. */
  readonly firstPhone?: number;
  /** Connections a second at most. */
  readonly perSecond?: number;
}

const AT_ONCE = 100;
/** Each address has some 28,000 ports. */
const PER_LOCAL_ADDRESS = 5_000;
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

async function open({ transport, port, registrarPort }: Order, phone: number): Promise<void> {
  const localAddress = `127.0.0.${2 + Math.floor(sockets.length / PER_LOCAL_ADDRESS)}`;
  const socket = connect({ port, host: "127.0.0.1", localAddress });

  sockets.push(socket);
  // The server ends before its clients do.
  socket.on("error", () => {});
  await once(socket, "connect");

  if (transport === "ws") {
    socket.write(HANDSHAKE);
    await once(socket, "data");
  }

  if (registrarPort !== undefined) {
    await register(socket, registerFrame(phone, registrarPort));

    return;
  }

  // What is allocated at the first use belongs to an idle connection, too.
  socket.write(transport === "ws" ? Buffer.concat([KEEP_ALIVE_HEADER, KEEP_ALIVE]) : KEEP_ALIVE);
  await once(socket, "data");
}

/** @throws {Error} when it is refused */
async function register(socket: Socket, frame: Buffer): Promise<void> {
  let answer = "";

  socket.write(frame);

  while (!answer.includes("SIP/2.0 200")) {
    const [data] = await once(socket, "data");

    answer += String(data);

    if (/SIP\/2\.0 [3-6]/.test(answer)) {
      throw new Error(`not registered: ${answer}`);
    }
  }
}

process.on("message", async (order: Order) => {
  const { connections, firstPhone = 0, perSecond = Number.POSITIVE_INFINITY } = order;

  for (let opened = 0; opened < connections; opened += AT_ONCE) {
    const count = Math.min(AT_ONCE, connections - opened);

    await Promise.all([
      ...Array.from({ length: count }, (_, index) => open(order, firstPhone + opened + index)),
      delay((1000 * count) / perSecond),
    ]);
  }

  process.send?.("opened");
});
