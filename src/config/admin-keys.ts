/** Section `admin` of oversip.conf: metrics and probes over HTTP. */
import { listenAddress } from "./address-port.ts";
import type { KeyTable } from "./configuration-key.ts";
import { optionalSecret } from "./value-kinds.ts";

export const ADMIN_KEYS = {
  listen: listenAddress({
    default: null,
    defaultMeaning: "off",
    effect: "Where to serve `/metrics`, `/healthz` and `/readyz` over HTTP. See [metrics](metrics.md).",
  }),
  token: optionalSecret(
    { minLength: 16, maxLength: 1024 },
    {
      default: null,
      defaultMeaning: "none",
      effect:
        "What a request for `/metrics` has to bring as `Authorization: Bearer`. Required unless `listen` is a loopback address.",
    },
  ),
} satisfies KeyTable;
