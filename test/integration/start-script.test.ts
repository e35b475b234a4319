/** `npm start`: the sample configuration on loopback over every transport, with what to try next. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { WebSocket } from "ws";
import { OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const NPM_START = { npm_lifecycle_event: "start" };

/** The sample files with free ports, without a certificate, as in a fresh clone. */
function sampleFiles(): UserFiles {
  const files = new UserFiles();

  for (const name of ["oversip.conf", "proxies.conf", "server.ts"]) {
    const text = readFileSync(join(ROOT, "etc", name), "utf8");

    files.write(name, text.replace(/^( {2}listen_port(?:_tls)?:) \d+$/gm, "$1 0"));
  }

  return files;
}

describe("npm start", () => {
  let files: UserFiles;
  let oversip: OversipProcess;

  before(async () => {
    files = sampleFiles();
    oversip = OversipProcess.start(files, [], NPM_START);
    await oversip.isRunning();
  });

  after(async () => {
    await oversip[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  it("is the command on etc/", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

    assert.equal(scripts.start, "node bin/oversip.js --config-dir etc");
  });

  it("the sample names the ports of each transport", () => {
    const text = readFileSync(join(ROOT, "etc/oversip.conf"), "utf8");

    assert.deepEqual(
      [...text.matchAll(/^ {2}listen_port(?:_tls)?: (\d+)$/gm)].map(([, port]) => port),
      ["5060", "5061", "10081", "10443"],
    );
  });

  it("listens on UDP, TCP, TLS, WS and WSS, on loopback only", () => {
    const points = oversip.output.items.flatMap((line) => /^listening on (.*):\d+/.exec(line)?.[1] ?? []);

    assert.deepEqual(
      points,
      ["udp", "tcp", "tls", "ws", "wss"].flatMap((name) => [`${name} 127.0.0.1`, `${name} [::1]`]),
    );
  });

  it("makes a certificate for localhost at first, whose key is the owner's alone", () => {
    const certificate = new X509Certificate(files.read("tls/demo.crt"));

    assert.ok(certificate.checkHost("localhost"));
    assert.ok(certificate.checkIP("127.0.0.1"));
    assert.ok(certificate.checkIP("::1"));
    assert.equal(statSync(files.path("tls/demo.key")).mode & 0o777, 0o600);
  });

  it("says what to try next: a call by sipp, a page, openssl", async () => {
    const text = oversip.output.items.join("\n");

    assert.ok(text.includes(`sipp -sn uac -i 127.0.0.1 -m 1 -rsa 127.0.0.1:${await oversip.port("udp")} `));
    assert.ok(text.includes(`wss://localhost:${await oversip.port("wss")}`));

    const page = /^ {2}(file:.*)\?(ws:.*)$/m.exec(text) ?? [];

    assert.equal(existsSync(new URL(page[1] ?? "")), true);
    assert.equal(page[2], `ws://localhost:${await oversip.port("ws")}`);
    assert.ok(text.includes(`openssl s_client -connect 127.0.0.1:${await oversip.port("tls")} -CAfile `));
    assert.match(text, /Ctrl-C/);
  });

  it("answers for localhost, as what speaks to it from this machine calls it", async () => {
    await using peer = await UdpPeer.open();

    const port = await oversip.port("udp");

    for (const [method, statusLine] of [
      ["OPTIONS", "SIP/2.0 200 OK"],
      ["REGISTER", "SIP/2.0 404 Nobody Here"],
    ] as const) {
      const requestUri = `sip:localhost:${port}`;

      await peer.send(sipRequestText({ method, requestUri, port: peer.port, id: method }), port);
      assert.equal((await peer.receive()).split("\r\n", 1)[0], statusLine);
    }
  });

  it("TLS and WSS can be verified by it", async () => {
    const ca = files.read("tls/demo.crt");
    const client = connect({
      host: "127.0.0.1",
      port: await oversip.port("tls"),
      ca,
      servername: "localhost",
    });

    await once(client, "secureConnect");
    assert.equal(client.authorized, true);
    client.destroy();

    const webSocket = new WebSocket(`wss://localhost:${await oversip.port("wss")}/`, "sip", { ca });

    await once(webSocket, "open");
    assert.equal(webSocket.protocol, "sip");
    webSocket.terminate();
  });

  it("a second start uses the same certificate; a HUP too; Ctrl-C ends it with exit 0", async () => {
    const certificate = files.read("tls/demo.crt");

    oversip.signal("SIGINT");
    assert.deepEqual(await oversip.end(), { code: 0, signal: null });
    await oversip[Symbol.asyncDispose]();
    oversip = OversipProcess.start(files, [], NPM_START);
    await oversip.isRunning();
    oversip.signal("SIGHUP");
    await oversip.line(/reloaded/);
    assert.equal(files.read("tls/demo.crt"), certificate);
  });

  it("says what could not be made, and where, when the files are not its to write", async () => {
    using other = sampleFiles();

    other.write("tls", "a file");

    await using failing = OversipProcess.start(other, [], NPM_START);

    assert.equal((await failing.end()).code, 1);
    assert.equal(
      failing.errors.items.join("\n"),
      `oversip: the certificate for this machine cannot be made: EEXIST: file already exists, mkdir '${other.path("tls")}'`,
    );
  });

  it("without npm start nothing is made, and nothing proposed", async () => {
    using other = sampleFiles();
    await using plain = OversipProcess.start(other);
    const { code } = await plain.end();

    assert.equal(code, 1);
    assert.match(plain.errors.items.join("\n"), /tls\.public_cert: .*tls\/demo\.crt: cannot be read/);
    assert.equal(other.has("tls/demo.key"), false);
  });
});

describe("oversip init", () => {
  it("makes a configuration that serves every transport, with a certificate of its own", async () => {
    using files = new UserFiles();

    for (const name of ["one", "two"]) {
      await using init = new OversipProcess(["init", files.path(name)]);

      assert.equal((await init.end()).code, 0);
      assert.ok(init.output.items.includes(files.path(`${name}/tls/demo.key`)));
      assert.equal(statSync(files.path(`${name}/tls/demo.key`)).mode & 0o777, 0o600);
    }

    assert.notEqual(files.read("one/tls/demo.key"), files.read("two/tls/demo.key"));

    await using again = new OversipProcess(["init", files.path("one")]);

    assert.equal((await again.end()).code, 1);
    assert.ok(again.errors.items.includes(`  ${files.path("one/tls/demo.crt")}`));
  });
});
