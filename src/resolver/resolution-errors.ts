/** The answers to a request that has no target, with the texts that user code sees in `onError`. */
import type { IpType } from "../util/ip-address.ts";
import { ResolutionError } from "./resolver.ts";

/** The name has no address that this server may send to. */
export const NO_DNS_RESOLUTION = new ResolutionError(404, "No DNS Resolution", "no_dns_resolution");

/** The transport is unknown, switched off, or one that a URI cannot ask a server for. */
export const UNSUPPORTED_TRANSPORT = new ResolutionError(
  478,
  "Unsupported Transport",
  "unsupported_transport",
);

/** A name, and the profile has `use_dns: no`. */
export const NO_DNS = new ResolutionError(478, "Destination Requires Unsupported DNS Query", "no_dns");

const NO_IPV4 = new ResolutionError(478, "Destination Requires Unsupported IPv4", "no_ipv4");
const NO_IPV6 = new ResolutionError(478, "Destination Requires Unsupported IPv6", "no_ipv6");

/** The destination is an address of a family that is switched off or that the profile does not allow. */
export function unsupportedIpType(ipType: IpType): ResolutionError {
  return ipType === "ipv4" ? NO_IPV4 : NO_IPV6;
}
