/** Section `tls` of oversip.conf. */
import * as z from "zod";
import type { ConfigurationKey, KeyTable } from "./configuration-key.ts";
import { type KeyText, makeKey } from "./value-kinds.ts";

function path(allowed: string, text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(
    z
      .string()
      .min(1)
      .refine((value) => !value.includes("\0")),
    allowed,
    text,
  );
}

/** Relative paths start at `tls/` in the configuration directory. */
export const TLS_KEYS = {
  public_cert: path("the path of one PEM file of certificates", {
    default: null,
    defaultMeaning: "no TLS",
    effect:
      "Certificate chain of this server, its own certificate first. A relative path starts at `tls/` in the " +
      "configuration directory.",
  }),
  private_cert: path("the path of one PEM file with a private key", {
    default: null,
    defaultMeaning: "no TLS",
    effect:
      "Private key of the first certificate of `public_cert`: RSA, EC or Ed25519, without passphrase. A relative " +
      "path starts at `tls/`.",
  }),
  ca_dir: path('the path of one directory of PEM files, or the word "system"', {
    default: null,
    defaultMeaning: "peers' certificates are not validated",
    effect:
      "Authorities that certificates of peers are validated with: every certificate in every file of the " +
      'directory; expired ones are skipped. `system` takes the authorities that Node.js brings along (`"./system"` ' +
      "is a directory of that name). A relative path starts at `tls/`.",
  }),
} satisfies KeyTable;
