/** `oversip cert`: what it makes is read, verified and used by openssl and Node.js. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import { connect, createServer, type TLSSocket } from "node:tls";
import { getSipIdentities } from "../../src/api/sip-identities.ts";
import { TrustedAuthorities, validateCertificates } from "../../src/api/tls-validation.ts";
import { OversipProcess } from "../support/oversip-process.ts";
import { UserFiles } from "../support/user-files.ts";

const openssl = (...words: string[]): string =>
  execFileSync("openssl", words, { encoding: "utf8", stdio: "pipe" });

/** Runs to its end. */
async function run(...words: string[]): Promise<{ code: number | null; output: string[]; errors: string[] }> {
  await using oversip = new OversipProcess(words);
  const { code } = await oversip.end();

  return { code, output: [...oversip.output.items], errors: [...oversip.errors.items] };
}

describe("oversip cert create", () => {
  let files: UserFiles;

  beforeEach(() => {
    files = new UserFiles();
  });

  afterEach(() => files[Symbol.dispose]());

  for (const [keyType, keyText, usage, signature] of [
    ["ec", "prime256v1", "Digital Signature", "ecdsa-with-SHA256"],
    ["rsa", "(3072 bit)", "Digital Signature, Key Encipherment", "sha256WithRSAEncryption"],
  ] as const) {
    it(`${keyType}: openssl reads every field, and verifies it under the strictest rules (RFC 5280)`, async () => {
      const { code } = await run(
        ...`cert create edge --domain Example.com --domain sip.example.com --domain 192.0.2.1 --domain 2001:db8::1`.split(
          " ",
        ),
        ...`--sip-uri sip:Example.com --days 30 --key ${keyType} --out ${files.path("tls")}`.split(" "),
      );
      const path = files.path("tls/edge.crt");

      assert.equal(code, 0);

      const text = openssl("x509", "-in", path, "-noout", "-text").replace(/\s+/g, " ");

      for (const expected of [
        "Version: 3 (0x2)",
        `Signature Algorithm: ${signature}`,
        "Issuer: CN = edge",
        "Subject: CN = edge",
        keyText,
        "Basic Constraints: critical CA:FALSE",
        `Key Usage: critical ${usage} X509v3`,
        "TLS Web Server Authentication, TLS Web Client Authentication, 1.3.6.1.5.5.7.3.20",
        "DNS:example.com, DNS:sip.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, URI:sip:example.com",
      ]) {
        assert.ok(text.includes(expected), `${expected}\n${text}`);
      }

      for (const purpose of ["sslserver", "sslclient"]) {
        openssl(
          ...`verify -x509_strict -check_ss_sig -purpose ${purpose} -verify_hostname sip.example.com`.split(
            " ",
          ),
          ...["-CAfile", path, path],
        );
      }

      const certificate = new X509Certificate(readFileSync(path));
      const daysLeft = (certificate.validToDate.getTime() - Date.now()) / 86_400_000;

      assert.ok(daysLeft > 29.9 && daysLeft <= 30, String(daysLeft));
      assert.ok(certificate.validFromDate.getTime() < Date.now());
      assert.ok(certificate.checkPrivateKey(createPrivateKey(files.read("tls/edge.key"))));
      assert.deepEqual(getSipIdentities(certificate), ["example.com"]);
      assert.equal(
        validateCertificates([certificate.toString()], new TrustedAuthorities([certificate.toString()]))
          .validated,
        true,
      );
    });
  }

  it("the key is readable by its owner alone", async () => {
    await run("cert", "create", "edge.example.com", "--out", files.directory);
    assert.equal(statSync(files.path("edge.example.com.key")).mode & 0o777, 0o600);
  });

  it("without names it is for NAME, as a domain and as a SIP domain", async () => {
    const { output } = await run("cert", "create", "edge.example.com", "--out", files.directory);
    const certificate = new X509Certificate(files.read("edge.example.com.crt"));

    assert.equal(certificate.subjectAltName, "DNS:edge.example.com, URI:sip:edge.example.com");
    assert.deepEqual(output.slice(0, 2), [
      files.path("edge.example.com.crt"),
      files.path("edge.example.com.key"),
    ]);
    assert.ok(output.includes("  public_cert: edge.example.com.crt"));
  });

  it("serves TLS to a client that trusts it and asks for its name", async () => {
    await run("cert", "create", "edge.example.com", "--out", files.directory);

    const cert = files.read("edge.example.com.crt");
    const server = createServer({ cert, key: files.read("edge.example.com.key") }).listen(0, "127.0.0.1");

    await once(server, "listening");

    const { port } = server.address() as { port: number };
    const client: TLSSocket = connect({ port, host: "127.0.0.1", servername: "edge.example.com", ca: cert });

    await once(client, "secureConnect");
    assert.equal(client.authorized, true);
    client.destroy();
    server.close();
  });

  for (const name of ["edge.crt", "edge.key"]) {
    it(`never writes over ${name}, and leaves nothing else behind`, async () => {
      files.write(name, "mine");

      const { code, errors, output } = await run(
        ...`cert create edge --domain example.com --out ${files.directory}`.split(" "),
      );

      assert.equal(code, 1);
      assert.deepEqual(output, []);
      assert.deepEqual(errors, [
        "oversip: nothing was written, for there is already",
        `  ${files.path(name)}`,
      ]);
      assert.equal(files.read(name), "mine");
      assert.equal(["edge.crt", "edge.key"].filter((file) => existsSync(files.path(file))).length, 1);
    });
  }

  it("a directory that cannot be made is told in one line, exit 1", async () => {
    files.write("file", "");

    const { code, errors } = await run("cert", "create", "localhost", "--out", files.path("file/below"));

    assert.equal(code, 1);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /^oversip: ENOTDIR/);
  });

  it("a mistake in the command line is named, exit 2, nothing is written", async () => {
    const { code, errors } = await run("cert", "create", "*.example.com", "--out", files.directory);

    assert.equal(code, 2);
    assert.match(errors[0] ?? "", /^oversip: "\*\.example\.com" is no name/);
    assert.match(errors[1] ?? "", /^Usage: /);
  });
});

describe("oversip cert identities", () => {
  it("prints the SIP domains, one a line (RFC 5922 section 7.1)", async () => {
    using files = new UserFiles();

    await run(
      ...`cert create edge --domain www.example.com --sip-uri sip:example.com --sip-uri sip:example.net --out ${files.directory}`.split(
        " ",
      ),
    );
    assert.deepEqual(await run("cert", "identities", files.path("edge.crt")), {
      code: 0,
      output: ["example.com", "example.net"],
      errors: [],
    });
  });

  it("what is no certificate, and no file, is told in one line, exit 1", async () => {
    using files = new UserFiles({ "not.pem": "hello" });
    const none = await run("cert", "identities", files.path("none.pem"));
    const other = await run("cert", "identities", files.path("not.pem"));

    assert.deepEqual([none.code, other.code], [1, 1]);
    assert.match(none.errors.join("\n"), /^oversip: ENOENT.*none\.pem'$/);
    assert.deepEqual(other.errors, [`oversip: ${files.path("not.pem")} holds no certificate in PEM`]);
  });

  it("a certificate for no SIP domain: exit 1", async () => {
    using files = new UserFiles();

    await run(...`cert create edge --domain 192.0.2.1 --out ${files.directory}`.split(" "));

    const { code, errors, output } = await run("cert", "identities", files.path("edge.crt"));

    assert.equal(code, 1);
    assert.deepEqual(output, []);
    assert.match(errors.join("\n"), /is for no SIP domain/);
  });
});
