/** Section `tls` of oversip.conf. */
import * as z from "zod";
import type { ConfigurationKey, KeyTable } from "./configuration-key.ts";
import { type KeyText, makeKey } from "./value-kinds.ts";

const PATH = z
  .string()
  .min(1)
  .refine((value) => !value.includes("\0"));

function path(allowed: string, text: KeyText<string | null>): ConfigurationKey<string | null> {
  return makeKey<string | null>(PATH, allowed, text);
}

function pathList(
  allowed: string,
  text: KeyText<readonly string[] | null>,
): ConfigurationKey<readonly string[] | null> {
  return makeKey<readonly string[] | null>(z.array(PATH).min(1), allowed, text, true);
}

/** Relative paths start at `tls/` in the configuration directory. */
export const TLS_KEYS = {
  public_cert: pathList("the path of a PEM file of certificates, or a list of such paths", {
    default: null,
    defaultMeaning: "no TLS",
    effect:
      "Certificate chain of this server, its own certificate first. With several, a client of TLS or WSS is shown the " +
      "one for the name that it asks for (SNI), and the first one when none is, or when it asks for none; servers are " +
      "shown the first one. A relative path starts at `tls/` in the configuration directory.",
  }),
  private_cert: pathList("the path of a PEM file with a private key, or a list of such paths", {
    default: null,
    defaultMeaning: "no TLS",
    effect:
      "Private key of the first certificate of `public_cert`: RSA, EC or Ed25519, without passphrase. As many as " +
      "there, in the same order. A relative path starts at `tls/`.",
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
