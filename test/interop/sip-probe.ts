/** One request over UDP, as a registrar would send it, and the status of its final response. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const TIMEOUT_MS = 5000;

export interface Probe {
  readonly method: string;
  readonly ruri: string;
  /** Values of Route. */
  readonly routes: readonly string[];
}

/** @param server address and port. */
export async function probe(server: string, request: Probe): Promise<string> {
  const socket = createSocket("udp4");
  const [host, port] = server.split(":");

  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  const sentBy = `127.0.0.1:${socket.address().port}`;
  const lines = [
    `${request.method} ${request.ruri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${sentBy};branch=z9hG4bK${crypto.randomUUID()};rport`,
    "Max-Forwards: 70",
    ...request.routes.map((route) => `Route: ${route}`),
    `From: <sip:probe@example.test>;tag=${crypto.randomUUID()}`,
    `To: <${request.ruri}>`,
    `Call-ID: ${crypto.randomUUID()}`,
    `CSeq: 1 ${request.method}`,
    `Contact: <sip:probe@${sentBy}>`,
    "Content-Length: 0",
  ];

  try {
    const found = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no final response to ${request.method}`)), TIMEOUT_MS);

      socket.on("message", (message) => {
        const status = /^SIP\/2\.0 ([2-6]\d\d [^\r]*)/.exec(message.toString("latin1"))?.[1];

        if (status !== undefined) {
          clearTimeout(timer);
          resolve(status);
        }
      });
    });

    socket.send(`${lines.join("\r\n")}\r\n\r\n`, Number(port), host);

    return await found;
  } finally {
    socket.close();
  }
}
