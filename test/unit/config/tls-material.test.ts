/** The files that the tls section names: what is read, what is refused, and why. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rootCertificates } from "node:tls";
import type { TlsConfiguration } from "../../../src/config/configuration.ts";
import { DEFAULT_CONFIGURATION } from "../../../src/config/default-values.ts";
import { loadConfiguration } from "../../../src/config/load-configuration.ts";
import {
  loadCertificateAuthorities,
  loadTlsMaterial,
  readTlsMaterial,
} from "../../../src/config/tls-material.ts";
import { ConfigurationError } from "../../../src/errors/errors.ts";
import {
  type CertificateFiles,
  makeConfigurationDirectory,
  writeCertificate,
} from "../../support/configuration-directory.ts";

function configurationWith(tls: Partial<TlsConfiguration>) {
  return { ...DEFAULT_CONFIGURATION, tls: { ...DEFAULT_CONFIGURATION.tls, ...tls } };
}

function faultsOf(tls: Partial<TlsConfiguration>): string[] {
  return readTlsMaterial({ ...DEFAULT_CONFIGURATION.tls, ...tls }).faults.map(
    (fault) => `${fault.key}: ${fault.message}`,
  );
}

function problemsOf(directory: string): string[] {
  try {
    loadConfiguration(directory, "oversip.conf");
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);

    return error.problems.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`);
  }

  return [];
}

/** An expired certificate: openssl req makes none, openssl ca does. */
function writeExpiredCertificate(directory: string): string {
  const { certificate, key } = writeCertificate(directory, "expired");
  const request = join(directory, "expired.request");
  const settings = join(directory, "ca.settings");

  writeFileSync(join(directory, "index.list"), "");
  writeFileSync(
    settings,
    `[ca]\ndefault_ca=c\n[c]\ndatabase=${directory}/index.list\nnew_certs_dir=${directory}\n` +
      "default_md=sha256\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n",
  );
  execFileSync("openssl", ["req", "-new", "-key", key, "-subj", "/CN=expired", "-out", request], {
    stdio: "pipe",
  });

  const dates = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];

  execFileSync(
    "openssl",
    [
      "ca",
      "-batch",
      "-selfsign",
      "-config",
      settings,
      "-keyfile",
      key,
      "-in",
      request,
      "-out",
      certificate,
      ...dates,
    ],
    { stdio: "pipe" },
  );

  return certificate;
}

describe("certificate and key", () => {
  for (const keyType of ["rsa", "ec", "ed25519"] as const) {
    it(`a key of type ${keyType} is taken`, (context) => {
      const directory = makeConfigurationDirectory(context, {});
      const files = writeCertificate(directory, "a", { keyType });
      const material = loadTlsMaterial(
        configurationWith({ publicCert: [files.certificate], privateCert: [files.key] }),
      );

      assert.equal(material?.cert, readFileSync(files.certificate, "utf8"));
      assert.equal(material?.key, readFileSync(files.key, "utf8"));
      assert.equal(material?.ca, undefined);
    });
  }

  it("an EC key with its parameters before it is taken, as older tools write it", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const key = join(directory, "ec.key");
    const certificate = join(directory, "ec.crt");

    execFileSync("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-out", key], { stdio: "pipe" });
    execFileSync("openssl", ["req", "-x509", "-key", key, "-out", certificate, "-subj", "/CN=x"], {
      stdio: "pipe",
    });

    assert.match(readFileSync(key, "utf8"), /EC PARAMETERS/);
    assert.deepEqual(faultsOf({ publicCert: [certificate], privateCert: [key] }), []);
  });

  it("without both, there is no material", () => {
    assert.equal(loadTlsMaterial(DEFAULT_CONFIGURATION), undefined);
  });

  it("a chain keeps its order and loses what stands between the certificates", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const leaf = writeCertificate(directory, "leaf");
    const other = writeCertificate(directory, "other");
    const [leafPem, otherPem] = [
      readFileSync(leaf.certificate, "utf8"),
      readFileSync(other.certificate, "utf8"),
    ];

    writeFileSync(join(directory, "chain"), `Subject: leaf\n${leafPem}\nsome words\n${otherPem.trimEnd()}`);

    const reading = readTlsMaterial({
      publicCert: [join(directory, "chain")],
      privateCert: [leaf.key],
      caDir: null,
    });

    assert.equal(reading.material?.cert, leafPem + otherPem);
    assert.match(reading.notices[0] ?? "", /certificate 2 is not the issuer of certificate 1/);
  });

  it("files are read anew each time", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const files = writeCertificate(directory, "a");
    const configuration = configurationWith({ publicCert: [files.certificate], privateCert: [files.key] });
    const before = loadTlsMaterial(configuration);

    writeCertificate(directory, "a");

    assert.notEqual(loadTlsMaterial(configuration)?.cert, before?.cert);
  });

  it("missing files, and files without certificate or key, are named", (context) => {
    const directory = makeConfigurationDirectory(context, { empty: "", "broken.crt": "" });
    const empty = join(directory, "empty");

    writeFileSync(
      join(directory, "broken.crt"),
      "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );

    assert.deepEqual(faultsOf({ publicCert: [empty], privateCert: [empty] }), [
      "public_cert: holds no certificate; expected PEM certificates, the server's first",
      "private_cert: holds no private key that can be parsed; expected RSA, EC or Ed25519 in PEM",
    ]);
    assert.match(faultsOf({ publicCert: [join(directory, "broken.crt")] })[0] ?? "", /cannot be parsed/);
    assert.match(
      faultsOf({ privateCert: [join(directory, "nothing")] })[0] ?? "",
      /cannot be read \(ENOENT\)/,
    );
    assert.match(faultsOf({ publicCert: [directory] })[0] ?? "", /cannot be read \(EISDIR\)/);
    assert.throws(
      () => loadTlsMaterial(configurationWith({ publicCert: [empty] })),
      (error) => error instanceof ConfigurationError && error.problems[0]?.file === empty,
    );
  });

  it("a key with a passphrase is refused with its reason, in both forms", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const { key } = writeCertificate(directory, "a", { keyType: "rsa" });
    const encrypted = join(directory, "encrypted.key");
    const traditional = join(directory, "traditional.key");
    const passphrase = ["-aes128", "-passout", "pass:secret"];

    execFileSync("openssl", ["pkey", "-in", key, "-out", encrypted, ...passphrase], { stdio: "pipe" });
    execFileSync("openssl", ["rsa", "-in", key, "-traditional", "-out", traditional, ...passphrase], {
      stdio: "pipe",
    });

    for (const file of [encrypted, traditional]) {
      assert.match(
        faultsOf({ privateCert: [file] })[0] ?? "",
        /protected by a passphrase; expected a key without one/,
      );
    }
  });

  it("a key of another certificate is refused", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const a = writeCertificate(directory, "a");
    const b = writeCertificate(directory, "b");

    assert.match(
      faultsOf({ publicCert: [a.certificate], privateCert: [b.key] })[0] ?? "",
      /^private_cert: the key does not belong to the first certificate/,
    );
  });

  it("lists of certificates and keys are pairs by their positions, the first of them apart", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const [a, b, c] = ["a", "b", "c"].map((name) => writeCertificate(directory, name)) as [
      CertificateFiles,
      CertificateFiles,
      CertificateFiles,
    ];
    const material = loadTlsMaterial(
      configurationWith({
        publicCert: [a.certificate, b.certificate, c.certificate],
        privateCert: [a.key, b.key, c.key],
      }),
    );
    const textsOf = (files: CertificateFiles) => ({
      cert: readFileSync(files.certificate, "utf8"),
      key: readFileSync(files.key, "utf8"),
    });

    assert.deepEqual(material, { ...textsOf(a), otherPairs: [textsOf(b), textsOf(c)], ca: undefined });
  });

  it("of several pairs, each fault is reported at its own line of oversip.conf", (context) => {
    const directory = makeConfigurationDirectory(context, {
      "oversip.conf":
        "tls:\n  public_cert:\n    - a.crt\n    - b.crt\n    - none.crt\n" +
        "  private_cert:\n    - a.key\n    - a.key\n    - b.key\n",
    });

    writeCertificate(join(directory, "tls"), "a");
    writeCertificate(join(directory, "tls"), "b");

    assert.deepEqual(problemsOf(directory), [
      `5:7 tls.public_cert: ${join(directory, "tls/none.crt")}: cannot be read (ENOENT); expected a readable PEM file`,
      `8:7 tls.private_cert: ${join(directory, "tls/a.key")}: the key does not belong to the first certificate of ` +
        `${join(directory, "tls/b.crt")}; expected its key`,
    ]);
  });

  it("lists of different lengths are refused at the line of private_cert", (context) => {
    const directory = makeConfigurationDirectory(context, {
      "oversip.conf": "tls:\n  public_cert: [a.crt, b.crt]\n  private_cert: a.key\n",
    });

    writeCertificate(join(directory, "tls"), "a");
    writeCertificate(join(directory, "tls"), "b");

    assert.deepEqual(problemsOf(directory), [
      "3:17 tls.private_cert: 1 key for 2 certificates of public_cert; expected one for each, in the same order",
    ]);
  });

  it("an empty list is no way to say none", (context) => {
    const directory = makeConfigurationDirectory(context, { "oversip.conf": "tls:\n  public_cert: []\n" });

    assert.match(problemsOf(directory)[0] ?? "", /^2:16 tls\.public_cert: an empty list is not allowed/);
  });

  it("keys of other types, and keys that TLS refuses, are refused at load", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const x25519 = join(directory, "x25519.key");
    const short = writeCertificate(directory, "short", { keyType: "rsa-512" });

    execFileSync("openssl", ["genpkey", "-algorithm", "x25519", "-out", x25519], { stdio: "pipe" });

    assert.match(
      faultsOf({ privateCert: [x25519] })[0] ?? "",
      /a key of type x25519 is not allowed; expected RSA/,
    );
    assert.match(
      faultsOf({ publicCert: [short.certificate], privateCert: [short.key] })[0] ?? "",
      /TLS refuses certificate and key/,
    );
  });

  it("problems of TLS files are reported at their key in oversip.conf", (context) => {
    const directory = makeConfigurationDirectory(context, {
      "oversip.conf": "tls:\n  public_cert: a.crt\n  private_cert: b.key\n  ca_dir: ca\n",
    });

    assert.throws(
      () => loadConfiguration(directory, "oversip.conf"),
      (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.deepEqual(
          error.problems.map((problem) => [problem.line, problem.column, problem.key]),
          [
            [2, 16, "tls.public_cert"],
            [3, 17, "tls.private_cert"],
            [4, 11, "tls.ca_dir"],
          ],
        );
        assert.match(error.problems[0]?.message ?? "", /tls\/a\.crt: cannot be read \(ENOENT\)/);

        return true;
      },
    );
  });

  it("an expired certificate is used, with a notice", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const certificate = writeExpiredCertificate(directory);
    const privateCert = join(directory, "expired.key");
    const reading = readTlsMaterial({ publicCert: [certificate], privateCert: [privateCert], caDir: null });

    assert.ok(reading.material !== undefined);
    assert.match(reading.notices[0] ?? "", /expired on 2021-01-01T00:00:00\.000Z/);
  });
});

describe("authorities", () => {
  it("every certificate in every file is taken, once", (context) => {
    const directory = makeConfigurationDirectory(context, { "ca/README": "no certificate", "ca/sub/x": "" });
    const ca = join(directory, "ca");
    const [a, b, c] = ["a", "b", "c"].map((name) => writeCertificate(directory, name).certificate) as [
      string,
      string,
      string,
    ];

    copyFileSync(a, join(ca, "bundle.pem"));
    appendFileSync(join(ca, "bundle.pem"), readFileSync(b));
    copyFileSync(b, join(ca, "again.pem"));
    copyFileSync(c, join(ca, "c.crt"));

    const expected = [b, a, c].map((file) => readFileSync(file, "utf8"));

    assert.deepEqual(loadCertificateAuthorities(configurationWith({ caDir: ca })), expected);
  });

  it("expired ones are skipped, and none left turns validation off, both with a notice", (context) => {
    const directory = makeConfigurationDirectory(context, {});
    const ca = join(directory, "ca");

    mkdirSync(ca);
    copyFileSync(writeExpiredCertificate(directory), join(ca, "expired.pem"));

    const reading = readTlsMaterial({ publicCert: null, privateCert: null, caDir: ca });

    assert.equal(reading.ca, undefined);
    assert.deepEqual(reading.faults, []);
    assert.match(reading.notices[0] ?? "", /1 expired certificates skipped/);
    assert.match(
      reading.notices[1] ?? "",
      /no usable certificate in .*, certificates of peers are not validated/,
    );
  });

  it("what looks like a certificate and is none is skipped with a notice", (context) => {
    const directory = makeConfigurationDirectory(context, {
      "ca/x.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    });
    const reading = readTlsMaterial({ publicCert: null, privateCert: null, caDir: join(directory, "ca") });

    assert.match(reading.notices[0] ?? "", /1 certificates skipped that cannot be parsed/);
  });

  it('"system" means those of Node.js itself', () => {
    assert.deepEqual(loadCertificateAuthorities(configurationWith({ caDir: "system" })), [
      ...rootCertificates,
    ]);
  });

  it("no ca_dir means no validation", () => {
    assert.equal(loadCertificateAuthorities(DEFAULT_CONFIGURATION), undefined);
  });

  it("a directory that cannot be read is a problem", (context) => {
    const directory = makeConfigurationDirectory(context, { file: "" });

    for (const caDir of [join(directory, "nothing"), join(directory, "file")]) {
      assert.match(faultsOf({ caDir })[0] ?? "", /^ca_dir: cannot be read \((ENOENT|ENOTDIR)\)/);
    }
  });
});
