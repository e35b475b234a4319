/** What `npm start` proposes to do with the server that it has started. */
import { relative } from "node:path";
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";
import type { TransportProtocol } from "../transport/transport-protocol.ts";

const PHONE_PORT = 5070;
/** A page of the checkout, which needs no server of its own. */
const PAGE = new URL("../../examples/browser.html", import.meta.url);

/**
 * Empty where nothing can be proposed.
 *
 * @param configDir absolute.
 */
export function firstSteps(points: readonly ListeningPoint[], configDir: string): string {
  const pointOf = (transport: TransportProtocol) =>
    points.find((point) => point.transport === transport && point.ipType === "ipv4");
  const directory = relative("", configDir) || ".";
  const steps = [
    callStep(pointOf("udp")),
    browserStep(pointOf("ws"), pointOf("wss")),
    tlsStep(pointOf("tls"), directory),
  ];
  const text = steps.filter((step) => step !== undefined).join("\n");

  return text === "" ? "" : `\n${text}\nIts logic is ${directory}/server.ts; Ctrl-C stops it.\n\n`;
}

function callStep(point: ListeningPoint | undefined): string | undefined {
  if (point === undefined) {
    return undefined;
  }

  const phone = formatHostPort(point.ip, PHONE_PORT);

  return `To see a call pass through this server, start a phone and call it, with sipp, one terminal each:
  sipp -sn uas -i ${point.ip} -p ${PHONE_PORT}
  sipp -sn uac -i ${point.ip} -m 1 -rsa ${formatHostPort(point.ip, point.port)} ${phone}
`;
}

function browserStep(
  plain: ListeningPoint | undefined,
  secure: ListeningPoint | undefined,
): string | undefined {
  const page =
    plain === undefined
      ? ""
      : `To see a browser speak SIP with it, open the page
  ${PAGE.href}?ws://localhost:${plain.port}
`;
  const phone =
    secure === undefined
      ? ""
      : `For wss://localhost:${secure.port}, there or in a phone of yours (JsSIP, SIP.js), open https://localhost:${secure.port}/ once and accept the
certificate; "426" is the answer then.
`;

  return page + phone === "" ? undefined : page + phone;
}

function tlsStep(point: ListeningPoint | undefined, directory: string): string | undefined {
  return point === undefined
    ? undefined
    : `To look at TLS:
  openssl s_client -connect ${formatHostPort(point.ip, point.port)} -CAfile ${directory}/tls/demo.crt
`;
}
