/** Which requests are too large for UDP (RFC 3261 section 18.1.1). */

/** With the path MTU unknown: 1500, that of Ethernet, less 200 for a response that is larger than its request. */
const MAX_UNKNOWN_MTU_BYTES = 1_300;
const RESPONSE_RESERVE_BYTES = 200;

/**
 * Whether a request of `byteCount` bytes must go over a congestion-controlled
 * transport such as TCP: it is within 200 bytes of the path MTU, or larger
 * than 1,300 bytes when that is unknown.
 *
 * @param pathMtuBytes the MTU of the path, in bytes, when it is known.
 */
export function isTooLargeForUdp(byteCount: number, pathMtuBytes?: number): boolean {
  return pathMtuBytes === undefined
    ? byteCount > MAX_UNKNOWN_MTU_BYTES
    : byteCount > pathMtuBytes - RESPONSE_RESERVE_BYTES;
}
