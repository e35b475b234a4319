/** What the server listens on, for who started it. */
import { formatHostPort, type ListeningPoint } from "../transport/listening-point.ts";

/** One line for each listening point; an advertised name is shown beside the address. */
export function describeListeningPoints(points: readonly ListeningPoint[]): string {
  return points.map((point) => `listening on ${point.transport} ${describe(point)}\n`).join("");
}

function describe(point: ListeningPoint): string {
  if (point.behind !== undefined) {
    return `${point.behind} for a TLS terminator at ${point.sentBy}`;
  }

  const bound = formatHostPort(point.ip, point.port);

  return point.sentBy === bound ? bound : `${bound} (as ${point.sentBy})`;
}
