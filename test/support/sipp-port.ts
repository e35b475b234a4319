/** Whether a port is bound on this machine, as the kernel lists it (proc(5), /proc/net/tcp and its like). */
import { readFileSync } from "node:fs";

/** State of a TCP socket that listens, in hexadecimal. */
const TCP_LISTEN = "0A";

/** The address is not looked at but for its family: sipp binds to all of them. */
export function isPortBound(transport: "udp" | "tcp", ip: string, port: number): boolean {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const families = ip.includes(":") ? ["6"] : ["", "6"];

  return families.some((family) =>
    readFileSync(`/proc/net/${transport}${family}`, "latin1")
      .split("\n")
      .some((line) => {
        const [, local = "", , state] = line.trim().split(/\s+/);

        return local.endsWith(ending) && (transport === "udp" || state === TCP_LISTEN);
      }),
  );
}
