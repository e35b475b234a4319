/** IP addresses as text: their kind, their normal form and their comparison. */
import { isIPv4, isIPv6 } from "node:net";

/** The family of an IP address. */
export type IpType = "ipv4" | "ipv6";

/** The kind of an address without brackets; undefined when it is no address. */
export function ipTypeOf(text: string): IpType | undefined {
  if (isIPv4(text)) {
    return "ipv4";
  }

  return isIPv6(text) ? "ipv6" : undefined;
}
