import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
  type CertificateValidation,
  TrustedAuthorities,
  validateCertificates,
} from "../../../src/api/tls-validation.ts";
import {
  CA_EXTENSIONS,
  CertificateWorkshop,
  LEAF_EXTENSIONS,
  type SignedCertificate,
  type SigningOptions,
} from "./openssl-certificates.ts";

const workshop = new CertificateWorkshop();
const root = makeCa("Root");
const intermediate = makeCa("Intermediate", root);
const leaf = makeLeaf(intermediate);
const authorities = new TrustedAuthorities([root.pem]);

after(() => workshop.close());

function makeCa(
  name: string,
  issuer?: SignedCertificate,
  options: Partial<SigningOptions> = {},
): SignedCertificate {
  return workshop.sign({
    subject: `/CN=${name}`,
    extensions: CA_EXTENSIONS,
    ...(issuer === undefined ? {} : { issuer }),
    ...options,
  });
}

function makeLeaf(issuer: SignedCertificate, options: Partial<SigningOptions> = {}): SignedCertificate {
  return workshop.sign({ subject: "/CN=leaf.example.com", extensions: LEAF_EXTENSIONS, issuer, ...options });
}

function validate(...certificates: readonly SignedCertificate[]): CertificateValidation {
  return validateCertificates(
    certificates.map((certificate) => certificate.pem),
    authorities,
  );
}

/** "valid" or the code of the error. */
function verdict(...certificates: readonly SignedCertificate[]): string | undefined {
  const { validated, errorCode } = validate(...certificates);

  return validated ? "valid" : errorCode;
}

describe("tls.validate", () => {
  it("the peer's certificate is the first; the list is not changed", () => {
    const pems = Object.freeze([leaf.pem, intermediate.pem]);
    const { cert, validated, errorCode, errorText } = validateCertificates(pems, authorities);

    assert.equal(cert?.subject, "CN=leaf.example.com");
    assert.deepEqual([validated, errorCode, errorText], [true, undefined, undefined]);
  });

  it("without authorities nothing is validated", () => {
    const expected = {
      cert: undefined,
      validated: undefined,
      errorCode: undefined,
      errorText: "no CAs provided, validation disabled",
    };

    assert.deepEqual(validateCertificates([leaf.pem], undefined), expected);
    assert.deepEqual(validateCertificates([leaf.pem], new TrustedAuthorities(["nonsense"])), expected);
  });

  it("no certificate is no valid one", () => {
    assert.deepEqual(validate(), {
      cert: undefined,
      validated: false,
      errorCode: undefined,
      errorText: "no certificate provided by peer",
    });
  });

  it("what is no certificate is no valid one, and does not throw", () => {
    for (const pem of [
      "",
      "nonsense",
      leaf.pem.slice(0, 200),
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ]) {
      const { cert, validated, errorCode } = validateCertificates([pem], authorities);

      assert.deepEqual([cert, validated, errorCode], [undefined, false, "CERT_MALFORMED"]);
    }
  });

  it("intermediates may come in any order, with the root or without, and among strangers", () => {
    const stranger = makeCa("Stranger");
    const second = makeCa("Second", intermediate);
    const below = makeLeaf(second);

    assert.equal(verdict(below, second, intermediate), "valid");
    assert.equal(verdict(below, stranger, intermediate, root, second), "valid");
    assert.equal(verdict(makeLeaf(root)), "valid");
  });

  it("an intermediate that is missing", () => {
    assert.equal(verdict(leaf), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
  });

  it("an authority that is not ours", () => {
    const other = makeCa("Other");
    // The same name as ours, another key.
    const namesake = makeCa("Root");

    assert.equal(verdict(makeLeaf(other)), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
    assert.equal(verdict(makeLeaf(other), other), "SELF_SIGNED_CERT_IN_CHAIN");
    assert.equal(verdict(makeLeaf(namesake)), "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
    assert.equal(
      verdict(makeLeaf(namesake, { extensions: [...LEAF_EXTENSIONS, "authorityKeyIdentifier=none"] })),
      "CERT_SIGNATURE_FAILURE",
    );
    assert.notEqual(verdict(makeLeaf(namesake), namesake), "valid");
  });

  it("a self-signed certificate, unless it is itself among the authorities", () => {
    const own = workshop.sign({ subject: "/CN=self.example.com", extensions: LEAF_EXTENSIONS });
    const trusted = validateCertificates([own.pem], new TrustedAuthorities([own.pem]));

    assert.equal(verdict(own), "DEPTH_ZERO_SELF_SIGNED_CERT");
    assert.equal(trusted.validated, true);
  });

  it("SECURITY: a certificate without the CA flag signs nothing, even one that is trusted itself", () => {
    const pretender = makeLeaf(leaf, { subject: "/CN=victim.example.com" });
    const trusted = validateCertificates([pretender.pem, leaf.pem], new TrustedAuthorities([leaf.pem]));

    assert.equal(verdict(pretender, leaf, intermediate), "INVALID_CA");
    assert.equal(trusted.errorCode, "INVALID_CA");
  });

  it("RFC 5280 §4.2.1.3: an authority whose key may not sign certificates signs none", () => {
    const mute = makeCa("Mute", root, {
      extensions: ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature"],
    });

    assert.notEqual(verdict(makeLeaf(mute), mute), "valid");
  });

  it("RFC 5280 §4.1.2.5: dates of the peer's certificate, of an intermediate, and of the authority", () => {
    const past = { notAfter: "20210101000000Z" };
    const future = { notBefore: "20480101000000Z" };
    const expired = makeCa("Expired", root, past);
    const expiredRoot = makeCa("Expired Root", undefined, past);

    assert.equal(verdict(makeLeaf(intermediate, past), intermediate), "CERT_HAS_EXPIRED");
    assert.equal(verdict(makeLeaf(intermediate, future), intermediate), "CERT_NOT_YET_VALID");
    assert.equal(verdict(makeLeaf(expired), expired), "CERT_HAS_EXPIRED");
    assert.equal(
      validateCertificates([makeLeaf(expiredRoot).pem], new TrustedAuthorities([expiredRoot.pem])).errorCode,
      "CERT_HAS_EXPIRED",
    );
  });

  it("an expired intermediate does not hide its renewed one", () => {
    const expired = makeCa("Renewed", root, { notAfter: "20210101000000Z" });
    const renewed = makeCa("Renewed", root, { keyOf: expired });

    assert.equal(verdict(makeLeaf(renewed), expired, renewed), "valid");
  });

  it("RFC 5280 §4.2.1.9: an authority that may have none below it", () => {
    const last = makeCa("Last", root, {
      extensions: ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"],
    });
    const below = makeCa("Below", last);

    assert.equal(verdict(makeLeaf(last), last), "valid");
    assert.equal(verdict(makeLeaf(below), below, last), "PATH_LENGTH_EXCEEDED");
  });

  it("RFC 5280 §4.2: critical extensions that are not understood, and name constraints", () => {
    const unknown = makeLeaf(intermediate, { extensions: [...LEAF_EXTENSIONS, "1.2.3.4=critical,DER:0500"] });
    const harmless = makeLeaf(intermediate, { extensions: [...LEAF_EXTENSIONS, "1.2.3.4=DER:0500"] });
    const limited = makeCa("Limited", root, {
      extensions: [...CA_EXTENSIONS, "nameConstraints=permitted;DNS:example.org"],
    });

    assert.equal(verdict(unknown, intermediate), "UNHANDLED_CRITICAL_EXTENSION");
    assert.equal(verdict(harmless, intermediate), "valid");
    assert.equal(verdict(makeLeaf(limited), limited), "UNHANDLED_CRITICAL_EXTENSION");
  });

  it("SECURITY: signatures over SHA-1", () => {
    assert.equal(verdict(makeLeaf(intermediate, { digest: "sha1" }), intermediate), "CA_MD_TOO_WEAK");
  });

  it("SECURITY: a certificate that was altered", () => {
    const der = Buffer.from(leaf.pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const at = der.indexOf("leaf.example.com");

    der.write("evil", at, "latin1");

    const forged = `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
    const { cert, validated, errorCode } = validateCertificates([forged, intermediate.pem], authorities);

    assert.equal(cert?.subject, "CN=evil.example.com");
    assert.deepEqual([validated, errorCode], [false, "CERT_SIGNATURE_FAILURE"]);
  });

  it("SECURITY: authorities that all sign each other end in time", () => {
    const first = makeCa("Circle");
    const ring = [first, ...Array.from({ length: 12 }, () => makeCa("Circle", first, { keyOf: first }))];
    const startMs = performance.now();

    assert.notEqual(verdict(makeLeaf(first), ...ring), "valid");
    assert.ok(performance.now() - startMs < 2000);
  });
});
