/** A registrar over UDP that accepts whatever came through an Outbound edge (RFC 5626 section 6), and keeps nothing. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

const ECHOED = /^(?:Via|From|Call-ID|CSeq|Path|Contact):/i;
const BUFFER_BYTES = 4_194_304;

export interface Registrar extends AsyncDisposable {
  readonly port: number;
}

export async function startRegistrar(): Promise<Registrar> {
  const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_BYTES });

  socket.on("message", (datagram, { address, port }) => {
    socket.send(answerTo(datagram.toString("latin1")), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");

  return {
    port: (socket.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");

      socket.close();
      await closed;
    },
  };
}

function answerTo(request: string): string {
  const lines = request.split("\r\n");
  const isOutbound = lines.some((line) => /^Path: <sip:[^@]+@.*;ob/i.test(line));

  return [
    isOutbound ? "SIP/2.0 200 OK" : "SIP/2.0 439 First Hop Lacks Outbound Support",
    ...lines.filter((line) => ECHOED.test(line)),
    `${lines.find((line) => /^To:/i.test(line))};tag=registrar`,
    "Require: outbound",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}
