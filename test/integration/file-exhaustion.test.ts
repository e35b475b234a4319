/** The server as a process that may open no more files: it says so, and goes on. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { OversipProcess } from "../support/oversip-process.ts";
import { sipRequestText } from "../support/sip-text.ts";
import { StreamPeer } from "../support/stream-peer.ts";
import { UdpPeer } from "../support/udp-peer.ts";
import { UserFiles } from "../support/user-files.ts";

const LOGIC = `
import { SipProxy } from "oversip";
export const sipEvents = {
  onRequest(request) {
    if (request.ruri.user === "away") {
      new SipProxy().route(request, { host: "127.0.0.1", port: 9, transport: "tcp" });
    } else {
      request.reply(200);
    }
  },
};
`;

describe("no file descriptor is left (EMFILE)", () => {
  it("is told at error, for connections of clients and to servers; UDP goes on, and TCP does again", async () => {
    using files = new UserFiles({ "server.ts": LOGIC });
    await using oversip = OversipProcess.start(files);
    await using udp = await UdpPeer.open();

    await oversip.isRunning();

    const port = await oversip.port("udp");
    const tcpPort = await oversip.port("tcp");
    const openFiles = new Set(readdirSync(`/proc/${oversip.pid}/fd`));
    const limit = (count: number) =>
      execFileSync("prlimit", [`--pid=${oversip.pid}`, `--nofile=${count}:`], { stdio: "pipe" });

    let firstFree = 0;

    while (openFiles.has(String(firstFree))) {
      firstFree++;
    }

    // What is limited is the number of a new descriptor.
    limit(firstFree);
    await oversip.line(/error.*no more files can be opened \(EMFILE\): new connections/i);

    const refused = await StreamPeer.connect({ host: "127.0.0.1", port: tcpPort });

    await refused.closes();
    await udp.send(sipRequestText({ requestUri: "sip:away@127.0.0.1", port: udp.port, id: "away" }), port);
    await oversip.line(/error.*connection closed: no more files can be opened \(EMFILE\)/i);
    limit(openFiles.size + 100);

    const accepted = await StreamPeer.connect({ host: "127.0.0.1", port: tcpPort });

    accepted.write(sipRequestText({ port: 5060, id: "tcp" }).replace("SIP/2.0/UDP", "SIP/2.0/TCP"));
    await accepted.receives("SIP/2.0 200 ");
    await accepted.destroy();
    await refused.destroy();
  });
});
