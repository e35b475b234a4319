/** Where the parts of a Via value lie: what the scanner finds and `ViaValue` cuts out. */

const MAX_PORT = 65535;
const MAX_PORT_DIGITS = 5;

const ZERO = 0x30;

/**
 * Where the parts of a Via value lie in the scanned text, filled from left to
 * right. An end of -1 says that the part is absent.
 */
export class ViaLayout {
  start = 0;
  end = 0;
  isSip20 = false;
  transportStart = 0;
  transportEnd = 0;
  hostStart = 0;
  hostEnd = 0;
  port = 0;
  branchStart = 0;
  branchEnd = -1;
  receivedStart = 0;
  receivedEnd = -1;
  hasRport = false;
  rport = 0;
  hasAlias = false;
  maddrStart = 0;
  maddrEnd = -1;
  ttl = -1;
  parametersStart = 0;
}

/** 1 to 65535; 0 for anything else. */
export function readPort(text: string, start: number, end: number): number {
  if (end === start || end - start > MAX_PORT_DIGITS) {
    return 0;
  }

  let port = 0;

  for (let offset = start; offset < end; offset++) {
    const digit = text.charCodeAt(offset) - ZERO;

    if (digit < 0 || digit > 9) {
      return 0;
    }

    port = port * 10 + digit;
  }

  return port <= MAX_PORT ? port : 0;
}
