/** The authorities of `tls.ca_dir`: every certificate in every file of a directory, or those of Node.js. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { parseCertificates } from "./pem.ts";

export interface AuthorityReading {
  /** PEM, one certificate each; undefined when none is usable, which turns validation off. */
  readonly ca: string[] | undefined;
  readonly faults: readonly { readonly path: string; readonly message: string }[];
  readonly notices: readonly string[];
}

export function readAuthorities(directory: string): AuthorityReading {
  if (directory === "system") {
    return { ca: [...rootCertificates], faults: [], notices: [] };
  }

  let names: string[];

  try {
    names = readdirSync(directory).sort();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    const message = `cannot be read (${code}); expected a directory, or "system"`;

    return { ca: undefined, faults: [{ path: directory, message }], notices: [] };
  }

  return readFiles(directory, names);
}

function readFiles(directory: string, names: readonly string[]): AuthorityReading {
  const faults: { path: string; message: string }[] = [];
  // By fingerprint: directories of hashed links name each file twice.
  const usable = new Map<string, string>();
  let expiredCount = 0;
  let unparsableCount = 0;

  for (const path of names.map((name) => join(directory, name))) {
    const text = readRegularFile(path, faults);
    const parsed = parseCertificates(text);

    unparsableCount += parsed.unparsableCount;

    for (const certificate of parsed.certificates) {
      if (certificate.validToDate.getTime() < Date.now()) {
        expiredCount++;
      } else {
        usable.set(certificate.fingerprint256, certificate.toString());
      }
    }
  }

  const notices: string[] = [];

  if (expiredCount > 0) {
    notices.push(`tls.ca_dir: ${expiredCount} expired certificates skipped`);
  }

  if (unparsableCount > 0) {
    notices.push(`tls.ca_dir: ${unparsableCount} certificates skipped that cannot be parsed`);
  }

  if (usable.size === 0 && faults.length === 0) {
    notices.push(
      `tls.ca_dir: no usable certificate in ${directory}, certificates of peers are not validated`,
    );
  }

  return { ca: usable.size === 0 ? undefined : [...usable.values()], faults, notices };
}

/** Empty for what is no file, such as a directory or a link to nowhere. */
function readRegularFile(path: string, faults: { path: string; message: string }[]): string {
  try {
    const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;

    return isFile ? readFileSync(path, "latin1") : "";
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";

    faults.push({ path, message: `cannot be read (${code}); expected readable files` });

    return "";
  }
}
