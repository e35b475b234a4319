/** The 49 messages of RFC 4475 against the running server over UDP, TCP and WS, and a valid call right after each. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";
import { MessageParser } from "../../src/message/message-parser.ts";
import { buildResponse } from "../../src/message/response-builder.ts";
import { SipRequest } from "../../src/message/sip-request.ts";
import { OversipProcess } from "../support/oversip-process.ts";
import { requestText } from "../support/request-text.ts";
import type { TortureCase } from "../support/torture-case.ts";
import { UserFiles } from "../support/user-files.ts";
import { RFC4475 } from "../torture/rfc4475/manifest.ts";
import { openChannel, type TortureChannel, type TortureTransport } from "./torture-channel.ts";

const MESSAGES = resolve(import.meta.dirname, "../torture/rfc4475");

/** A proxy before a callee that answers 200 to whatever comes. */
const LOGIC = `
import { type SipEvents, SipProxy } from "oversip";
export const sipEvents: SipEvents = {
  async onRequest(request) {
    if (request.checkMaxForwards(70)) {
      const callee = { host: "127.0.0.1", port: Number(process.env["CALLEE_PORT"]) };
      // A destination would win over a Request-URI that is none of SIP.
      await new SipProxy().route(request, request.ruri.isSip ? callee : undefined);
    }
  },
};`;

const CONFIGURATION = `core:
  log_format: pretty
  shutdown_timeout: 0
sip:
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: 0
  sip_tcp: yes
websocket:
  sip_ws: yes
  listen_ipv4: 127.0.0.1
  enable_ipv6: no
  listen_port: 0
`;

/** What the layers above the parser answer (RFC 3261 section 16.3). */
const REFUSED_BY_PROXY: Readonly<Record<string, number>> = {
  "unkscm.dat": 416,
  "novelsc.dat": 416,
  "bext01.dat": 420,
  "zeromf.dat": 483,
};

/**
 * What closes the connection: on a stream, where it cannot be told where the message ends (RFC 3261 section 18.3);
 * on a WebSocket, more or less than one message in a frame, and what is so broken that nobody can be answered.
 */
const CLOSES: Readonly<Record<TortureTransport, readonly string[]>> = {
  udp: [],
  tcp: ["dblreq.dat", "ncl.dat", "mcl01.dat", "inv2543.dat"],
  ws: ["dblreq.dat", "clerr.dat", "ncl.dat", "mcl01.dat", "scalarlg.dat", "bigcode.dat"],
};

/** The rest of the body that it promises is waited for: whatever comes next belongs to it. */
const isIncomplete = (file: string, transport: TortureTransport): boolean =>
  transport === "tcp" && file === "clerr.dat";

/** The status that the message deserves; undefined for silence. */
function deservedStatus(
  torture: TortureCase,
  bytes: Buffer,
  transport: TortureTransport,
): number | undefined {
  const { file, verdict } = torture;

  if (isIncomplete(file, transport)) {
    return undefined;
  }

  // One message a frame (RFC 7118 section 5); a Content-Length on every stream (RFC 3261 section 20.14).
  if ((transport === "ws" && file === "dblreq.dat") || (transport === "tcp" && file === "inv2543.dat")) {
    return 400;
  }

  switch (verdict.kind) {
    case "answer":
      return verdict.statusCode;
    case "valid":
      return bytes.toString("latin1").startsWith("SIP/2.0") ? undefined : (REFUSED_BY_PROXY[file] ?? 200);
    default:
      return undefined;
  }
}

/** Final statuses in a text of responses, those of one Call-ID left out. */
function finalStatuses(text: string, without = "-"): number[] {
  return text
    .split(/(?=^SIP\/2\.0 )/m)
    .filter((response) => !response.includes(`\r\nCall-ID: ${without}\r\n`))
    .flatMap((response) => /^SIP\/2\.0 ([2-6]\d\d) /.exec(response)?.[1] ?? [])
    .map(Number);
}

let calls = 0;

/** A call that has to succeed, on that channel. */
async function call(channel: TortureChannel, transport: TortureTransport): Promise<string> {
  const id = `valid-${++calls}`;
  const isAnswered = (text: string): boolean =>
    text
      .split(/(?=^SIP\/2\.0 )/m)
      .some((response) => response.startsWith("SIP/2.0 200 ") && response.includes(`\r\nCall-ID: ${id}\r\n`));

  channel.send(
    Buffer.from(
      requestText("INVITE", {
        callId: id,
        branch: `z9hG4bK${id}`,
        sentBy: `${channel.sentBy};rport`,
        transport: transport.toUpperCase(),
      }),
    ),
  );
  await channel.until(`the 200 of ${id}`, isAnswered);
  assert.ok(isAnswered(channel.text()), `the connection was closed in the valid call:\n${channel.text()}`);

  return id;
}

/** UDP, on a free port. */
async function startCallee(): Promise<{ readonly port: number } & Disposable> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  const parser = new MessageParser();

  await once(socket, "listening");
  socket.on("message", (bytes, from) => {
    const message = parser.parseDatagram(bytes);

    if (message instanceof SipRequest && message.method !== "ACK") {
      const answer = buildResponse(message, { statusCode: 200, toTag: "callee" });

      socket.send(answer.toBytes(), from.port, from.address);
    }
  });

  return { port: socket.address().port, [Symbol.dispose]: () => void socket.close() };
}

describe("RFC 4475 against the running server", () => {
  for (const transport of ["udp", "tcp", "ws"] as const) {
    it(`over ${transport}: each of the ${RFC4475.length} gets what it deserves, and the call after it succeeds`, async () => {
      using callee = await startCallee();
      using files = new UserFiles({ "server.ts": LOGIC, "oversip.conf": CONFIGURATION });
      // A server for each transport: what is sent again elsewhere would be a retransmission.
      await using oversip = OversipProcess.start(files, [], { CALLEE_PORT: String(callee.port) });

      await oversip.isRunning();

      const address = `127.0.0.1:${await oversip.port(transport)}`;
      const wrong: string[] = [];

      for (const torture of RFC4475) {
        const bytes = readFileSync(join(MESSAGES, torture.file));
        const wanted = deservedStatus(torture, bytes, transport);
        const channel = await openChannel(transport, address);

        try {
          channel.send(bytes);

          if (wanted !== undefined) {
            await channel.until(`${wanted} to ${torture.file}`, (text) => finalStatuses(text).length > 0);
          }

          const doesClose = CLOSES[transport].includes(torture.file);
          let id: string | undefined;

          if (doesClose) {
            await channel.until("the close", () => channel.isClosed());
          }

          if (doesClose || isIncomplete(torture.file, transport)) {
            const next = await openChannel(transport, address);

            await call(next, transport);
            await next.close();
          } else {
            id = await call(channel, transport);
          }

          const [found, ...others] = finalStatuses(channel.text(), id);
          // The INVITE behind the REGISTER is a message of its own on a stream, and answered before what breaks it.
          const othersWanted = torture.file === "dblreq.dat" && transport === "tcp" ? "200" : "";

          if (others.join() !== othersWanted) {
            wrong.push(`${torture.file}: then ${others.join()} instead of ${othersWanted}`);
          }

          if (found !== wanted) {
            wrong.push(`${torture.file}: ${found ?? "silence"} instead of ${wanted ?? "silence"}`);
          }
        } catch (error) {
          wrong.push(`${torture.file}: ${String(error)}`);
        } finally {
          await channel.close();
        }
      }

      assert.deepEqual(wrong, []);
      assert.deepEqual(
        oversip.output.items.filter((line) => / (ERROR|CRIT) /.test(line)),
        [],
      );
      assert.deepEqual(oversip.errors.items, []);
    });
  }
});
