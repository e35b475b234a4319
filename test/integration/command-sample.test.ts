/** The sample server.ts of a new configuration, at work. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

const SAMPLE = join(resolve(import.meta.dirname, "../.."), "etc");

describe("the sample server.ts", () => {
  let files: UserFiles;
  let oversip: OversipProcess;
  let port: number;

  before(async () => {
    files = new UserFiles();

    for (const name of ["server.ts", "tsconfig.json", "proxies.conf"]) {
      files.write(name, readFileSync(join(SAMPLE, name), "utf8"));
    }

    oversip = OversipProcess.start(files);
    await oversip.isRunning();
    port = await oversip.port("udp");
  });

  after(async () => {
    await oversip[Symbol.asyncDispose]();
    files[Symbol.dispose]();
  });

  it("answers OPTIONS to the server itself 200, and other requests 404", async () => {
    await using peer = await UdpPeer.open();
    const requestUri = `sip:127.0.0.1:${port}`;

    await peer.send(sipRequestText({ requestUri, port: peer.port, id: "options" }), port);
    assert.match(await peer.receive(), /^SIP\/2\.0 200 OK\r\n/);
    await peer.send(sipRequestText({ method: "MESSAGE", requestUri, port: peer.port, id: "message" }), port);
    assert.match(await peer.receive(), /^SIP\/2\.0 404 Nobody Here\r\n/);
  });

  it("passes a request to another address and port on, with Max-Forwards less one, and its response back", async () => {
    await using caller = await UdpPeer.open();
    await using callee = await UdpPeer.open();
    const requestUri = `sip:bob@127.0.0.1:${callee.port}`;

    await caller.send(sipRequestText({ method: "INVITE", requestUri, port: caller.port, id: "call" }), port);
    assert.match(await caller.receive(), /^SIP\/2\.0 100 /);

    const invite = await callee.receive();

    assert.ok(invite.startsWith(`INVITE ${requestUri} SIP/2.0\r\n`));
    assert.match(invite, /\r\nMax-Forwards: 9\r\n/);
    assert.match(invite, /\r\nRecord-Route: <sip:[^>]*;lr/);

    const headers = invite
      .split("\r\n")
      .filter((line) => /^(Via|From|To|Call-ID|CSeq|Record-Route):/.test(line))
      .map((line) => (line.startsWith("To:") ? `${line};tag=callee` : line));

    await callee.send(["SIP/2.0 486 Busy Here", ...headers, "Content-Length: 0", "", ""].join("\r\n"), port);
    assert.match(await callee.receive(), /^ACK /);
    assert.match(await caller.receive(), /^SIP\/2\.0 486 Busy Here\r\n/);
  });

  it("refuses what went in circles with 483", async () => {
    await using peer = await UdpPeer.open();
    const text = sipRequestText({ port: peer.port, id: "circles" }).replace(
      "Max-Forwards: 10",
      "Max-Forwards: 0",
    );

    await peer.send(text, port);
    assert.match(await peer.receive(), /^SIP\/2\.0 483 /);
  });
});
