/** RFC 4475 sections 3.1.1.6 to 3.1.1.13: valid messages of odd structure and length. */
import { valid } from "../../support/message-facts.ts";
import type { TortureCase } from "../../support/torture-case.ts";

const LONG_USER = "amazinglylongcallername".repeat(5);

export const PARSER_VALID_STRUCTURE: readonly TortureCase[] = [
  {
    file: "lwsdisp.dat",
    section: "3.1.1.6",
    prose:
      "No space between a display name of tokens and its angle bracket: a slip of the grammar, to be accepted.",
    headerLines: 7,
    verdict: valid({
      method: "OPTIONS",
      cseq: 60,
      fromTag: "323",
      maxForwards: 70,
      from: { displayName: "caller", scheme: "sip", user: "caller", host: "example.com" },
      callId: "lwsdisp.1234abcd@funky.example.com",
    }),
  },
  {
    file: "longreq.dat",
    section: "3.1.1.7",
    prose:
      "Long values and many of them: 34 Vias under every spelling of the name, long names, tags and parameters.",
    headerLines: 43,
    verdict: valid({
      method: "INVITE",
      requestUri: "sip:user@example.com",
      cseq: 3882340,
      callId: `longreq.one${"really".repeat(20)}longcallid`,
      fromTag: `12${"982".repeat(50)}424`,
      toTag: undefined,
      maxForwards: 70,
      contentLength: 150,
      bodyLength: 150,
      from: { displayName: undefined, user: LONG_USER, host: "example.net" },
      to: {
        displayName: `I have a user name of ${"extreme".repeat(10)} proportion`,
        user: "user",
        host: "example.com",
        port: 6000,
        uriParams: [["unknownparam1", `very${"long".repeat(20)}value`]],
      },
      contact: { user: LONG_USER, host: "host5.example.net" },
      viaCount: 34,
      vias: [
        ...Array.from({ length: 33 }, (_, index) => ({
          transport: "TCP",
          host: `sip${33 - index}.example.com`,
          port: undefined,
          branch: undefined,
          isRfc3261Branch: false,
        })),
        {
          transport: "TCP",
          host: "host.example.com",
          received: "192.0.2.5",
          branch: `very${"long".repeat(50)}branchvalue`,
          isRfc3261Branch: false,
        },
      ],
    }),
  },
  {
    file: "dblreq.dat",
    section: "3.1.1.8",
    prose:
      "What follows the end that Content-Length gives is noise in a datagram, even where it looks like an INVITE. " +
      "The REGISTER is handled, and the noise is never forwarded.",
    headerLines: 8,
    messageBytes: 300,
    // The INVITE's body is two bytes longer than its Content-Length says, and what is left over is no start line.
    stream: ["message", "crlf", "message", "failure"],
    verdict: valid({
      method: "REGISTER",
      requestUri: "sip:example.com",
      cseq: 8,
      callId: "dblreq.0ha0isndaksdj99sdfafnl3lk233412",
      fromTag: "43251j3j324",
      maxForwards: 8,
      contentLength: 0,
      bodyLength: 0,
      contact: { user: "j.user", host: "host.example.com" },
      topVia: { host: "192.0.2.125", branch: "z9hG4bKkdjuw23492" },
    }),
  },
  {
    file: "semiuri.dat",
    section: "3.1.1.9",
    prose: "A semicolon in the user part begins no URI parameter.",
    headerLines: 8,
    verdict: valid({
      method: "OPTIONS",
      requestUri: "sip:user;par=u%40example.net@example.com",
      ruri: { user: "user;par=u@example.net", host: "example.com", uriParams: [["par", undefined]] },
      cseq: 8,
      callId: "semiuri.0ha0isndaksdj",
      maxForwards: 3,
      to: { user: "j_user" },
      allHeaders: [
        [
          "Accept",
          [
            "application/sdp",
            "application/pkcs7-mime",
            "multipart/mixed",
            "multipart/signed",
            "message/sip",
            "message/sipfrag",
          ],
        ],
      ],
    }),
  },
  {
    file: "transports.dat",
    section: "3.1.1.10",
    prose: "Via values with every known transport and an unknown one are well formed.",
    headerLines: 12,
    verdict: valid({
      method: "OPTIONS",
      callId: "transports.kijh4akdnaqjkwendsasfdj",
      cseq: 60,
      vias: [
        { transport: "UDP", host: "t1.example.com", branch: "z9hG4bKkdjuw" },
        { transport: "SCTP", host: "t2.example.com", branch: "z9hG4bKklasjdhf" },
        { transport: "TLS", host: "t3.example.com", branch: "z9hG4bK2980unddj" },
        { transport: "UNKNOWN", host: "t4.example.com", branch: "z9hG4bKasd0f3en" },
        { transport: "TCP", host: "t5.example.com", branch: "z9hG4bK0a9idfnee" },
      ],
    }),
  },
  {
    file: "mpart01.dat",
    section: "3.1.1.11",
    prose:
      "A MESSAGE with a multipart body, one part of it binary with NULs and bare line ends: bytes to be kept.",
    headerLines: 14,
    verdict: valid({
      method: "MESSAGE",
      requestUri: "sip:kumiko@example.org",
      callId: "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..",
      cseq: 1,
      fromTag: "2fb0dcc9",
      contentLength: 553,
      bodyLength: 553,
      topVia: {
        host: "127.0.0.1",
        port: 5070,
        branch: "z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-",
        hasRport: true,
        rport: undefined,
      },
      routes: [{ host: "127.0.0.1", port: 5080, uriParams: [["lr", undefined]] }],
      contact: { user: "fluffy", host: "127.0.0.1", port: 5070 },
      headers: [
        ["Date", "Sat, 15 Oct 2005 04:44:56 GMT"],
        ["User-Agent", "SIPimp.org/0.2.5 (curses)"],
        ["Content-Type", "multipart/mixed;boundary=7a9cbec02ceef655"],
        ["Content-Transfer-Encoding", "binary"],
      ],
    }),
  },
  {
    file: "unreason.dat",
    section: "3.1.1.12",
    prose: "A reason phrase may hold any UTF-8 text and reserved characters.",
    headerLines: 8,
    verdict: valid({
      isRequest: false,
      method: "INVITE",
      statusCode: 200,
      reasonPhrase: "= 2**3 * 5**2 но сто девяносто девять - простое",
      cseq: 35,
      fromTag: "11141343",
      toTag: "2229",
      callId: "unreason.1234ksdfak3j2erwedfsASdf",
      bodyLength: 154,
      topVia: { host: "192.0.2.198", branch: "z9hG4bK1324923" },
      contact: { user: "user", host: "host198.example.com" },
    }),
  },
  {
    file: "noreason.dat",
    section: "3.1.1.13",
    prose: "A reason phrase may be empty.",
    headerLines: 7,
    verdict: valid({
      isRequest: false,
      statusCode: 100,
      reasonPhrase: "",
      method: "INVITE",
      cseq: 35,
      fromTag: "39ansfi3",
      toTag: "902jndnke3",
      bodyLength: 0,
      callId: "noreason.asndj203insdf99223ndf",
    }),
  },
];
