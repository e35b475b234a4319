/** `oversip cert identities`: the SIP domains that a certificate is for, as `tls.getSipIdentities` tells them. */
import { readFileSync } from "node:fs";
import { getSipIdentities, parseCertificate } from "../api/sip-identities.ts";
import { describeFileError } from "./report.ts";

export function certIdentitiesCommand(file: string): number {
  let text: string;

  try {
    text = readFileSync(file, "latin1");
  } catch (error) {
    process.stderr.write(`oversip: ${describeFileError(error)}\n`);

    return 1;
  }

  const certificate = parseCertificate(text);

  if (certificate === undefined) {
    process.stderr.write(`oversip: ${file} holds no certificate in PEM\n`);

    return 1;
  }

  const identities = getSipIdentities(certificate);

  if (identities.length === 0) {
    process.stderr.write(`oversip: ${file} is for no SIP domain (RFC 5922 section 7.1)\n`);

    return 1;
  }

  process.stdout.write(identities.map((identity) => `${identity}\n`).join(""));

  return 0;
}
