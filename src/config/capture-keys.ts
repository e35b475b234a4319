/** Section `capture` of oversip.conf: copies of the SIP traffic for a Homer server. */
import { targetAddress } from "./address-port.ts";
import type { KeyTable } from "./configuration-key.ts";
import { optionalSecret, optionalText, wholeNumber } from "./value-kinds.ts";

export const CAPTURE_KEYS = {
  target: targetAddress({
    default: null,
    defaultMeaning: "off",
    effect:
      "Where a copy of each SIP message goes, received or sent, in HEP3 over UDP. A domain is looked up at start and at " +
      "reload. SECURITY: the copies are not encrypted, those of TLS and WSS messages included.",
  }),
  node_id: wholeNumber(
    { min: 0, max: 4_294_967_295 },
    { default: 1, effect: "Capture agent ID (chunk 12), by which the receiver tells servers apart." },
  ),
  node_name: optionalText(
    { maxLength: 64 },
    { default: null, defaultMeaning: "not sent", effect: "Name of the capture agent (chunk 19)." },
  ),
  password: optionalSecret(
    { minLength: 1, maxLength: 255 },
    {
      default: null,
      defaultMeaning: "not sent",
      effect: "Authentication key (chunk 14) that the receiver asks for.",
    },
  ),
} satisfies KeyTable;
