/** What `npm start` proposes to do with the server that it has started. */
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";

const PHONE_PORT = 5070;

/** Empty where nothing can be proposed: the call is sent over UDP and IPv4. */
export function firstSteps(points: readonly ListeningPoint[]): string {
  const point = points.find(({ transport, ipType }) => transport === "udp" && ipType === "ipv4");

  if (point === undefined) {
    return "";
  }

  const phone = formatHostPort(point.ip, PHONE_PORT);

  return `
To see a call pass through this server, start a phone and call it, with sipp, one terminal each:
  sipp -sn uas -i ${point.ip} -p ${PHONE_PORT}
  sipp -sn uac -i ${point.ip} -m 1 -rsa ${formatHostPort(point.ip, point.port)} ${phone}

`;
}
