/** RFC 3261 section 7.3: header lines, their names, folding, compact forms and control bytes. */
import { type AbnfCase, bytesCase, lineCase, requestCase } from "../../../support/abnf-case.ts";
import { request } from "../../../support/message-bytes.ts";
import { answer, anyOf, drop, refused, valid } from "../../../support/message-facts.ts";

function extra(line: string, rule: string, expect: AbnfCase["expect"]): AbnfCase {
  return requestCase(`header line ${JSON.stringify(line.slice(0, 60))}`, rule, { extra: [line] }, expect);
}

const ALL_COMPACT = {
  Via: "v: SIP/2.0/UDP client.example.org;branch=z9hG4bKc",
  From: "f: <sip:alice@example.org>;tag=x",
  To: "t: <sip:bob@example.com>",
  "Call-ID": "i: compact@client.example.org",
  "Content-Length": "l: 0",
};

export const HEADER_LINE_CASES: readonly AbnfCase[] = [
  requestCase(
    "every compact form of RFC 3261",
    "§7.3.3 compact forms",
    {
      replace: ALL_COMPACT,
      extra: ["m: <sip:alice@192.0.2.1>", "k: timer", "c: text/plain", "e: gzip", "s: hello"],
    },
    valid({
      callId: "compact@client.example.org",
      fromTag: "x",
      contentLength: 0,
      viaCount: 1,
      supported: ["timer"],
      contact: { user: "alice", host: "192.0.2.1" },
      headers: [
        ["Subject", "hello"],
        ["Content-Type", "text/plain"],
        ["Content-Encoding", "gzip"],
        ["Supported", "timer"],
        ["Contact", "<sip:alice@192.0.2.1>"],
        ["Call-ID", "compact@client.example.org"],
      ],
    }),
  ),
  requestCase(
    "compact forms in upper case",
    "§7.3.3 compact forms, §7.3.1 names have no case",
    {
      replace: {
        Via: "V: SIP/2.0/UDP h;branch=z9hG4bKc",
        From: "F: <sip:a@b>;tag=x",
        "Call-ID": "I: x",
        To: "T: <sip:b@c>",
      },
    },
    valid({ callId: "x", fromTag: "x", topVia: { host: "h" } }),
  ),
  extra("o: presence", "RFC 6665 compact form of Event", valid({ headers: [["Event", "presence"]] })),
  extra(
    "u: presence",
    "RFC 6665 compact form of Allow-Events",
    valid({ headers: [["Allow-Events", "presence"]] }),
  ),
  extra("r: <sip:c@d>", "RFC 3515 compact form of Refer-To", valid({ headers: [["Refer-To", "<sip:c@d>"]] })),
  extra(
    "b: <sip:c@d>",
    "RFC 3892 compact form of Referred-By",
    valid({ headers: [["Referred-By", "<sip:c@d>"]] }),
  ),
  extra(
    "x: 1800",
    "RFC 4028 compact form of Session-Expires",
    valid({ headers: [["Session-Expires", "1800"]] }),
  ),
  extra(
    "q: 1",
    "§7.3.3 an unknown single letter is a name of its own",
    valid({
      headers: [
        ["Q", "1"],
        ["x", undefined],
      ],
    }),
  ),
  extra("z: 1", "§7.3.3 an unknown single letter is a name of its own", valid({ headers: [["z", "1"]] })),
  extra("X-Colon: a:b:c", "header-value", valid({ headers: [["X-Colon", "a:b:c"]] })),
  extra("X-Empty:", "header-value may be empty", valid({ headers: [["X-Empty", ""]] })),
  extra("X-Empty:   ", "header-value may be empty", valid({ headers: [["x-empty", ""]] })),
  extra("X-Tab:\tvalue\t", "HCOLON, LWS", valid({ headers: [["X-Tab", "value"]] })),
  extra("X-Sp :value", 'HCOLON = *( SP / HTAB ) ":" SWS', valid({ headers: [["X-Sp", "value"]] })),
  extra("X-Sp \t : value", 'HCOLON = *( SP / HTAB ) ":" SWS', valid({ headers: [["X-Sp", "value"]] })),
  extra("!x%y*z_+`'~.-: v", "header-name is a token", valid({ headers: [["!X%Y*Z_+`'~.-", "v"]] })),
  extra("__proto__: polluted", "header-name is a token", valid({ headers: [["__proto__", "polluted"]] })),
  extra(
    "constructor: c",
    "header-name is a token",
    valid({
      headers: [
        ["constructor", "c"],
        ["__proto__", undefined],
      ],
    }),
  ),
  extra(
    "toString: t",
    "header-name is a token",
    valid({
      headers: [
        ["tostring", "t"],
        ["hasOwnProperty", undefined],
      ],
    }),
  ),
  extra("valueOf : v", "header-name is a token", valid({ headers: [["VALUEOF", "v"]] })),
  extra("X-Utf8: \xd0\x94\xd0\xb0", "TEXT-UTF8char", valid({ headers: [["X-Utf8", "Да"]] })),
  extra("X-Utf8: \xff\xfe", "§7.3.1 a proxy keeps what it need not understand", valid()),
  extra(
    "X-List: a, b",
    "§7.3.1 only headers whose grammar is a list are lists",
    valid({ allHeaders: [["X-List", ["a, b"]]] }),
  ),
  extra("Subject: a, b", "Subject is no list", valid({ allHeaders: [["Subject", ["a, b"]]] })),
  extra(
    'WWW-Authenticate: Digest realm="a", nonce="b"',
    "§7.3.1 challenges are not combined by commas",
    valid({ allHeaders: [["WWW-Authenticate", ['Digest realm="a", nonce="b"']]] }),
  ),
  extra(
    "Date: Fri, 01 Jan 2010 16:00:00 GMT",
    "SIP-date has a comma",
    valid({ allHeaders: [["Date", ["Fri, 01 Jan 2010 16:00:00 GMT"]]] }),
  ),
  extra(
    "Expires: rubbish",
    "§16.3 step 1: what a proxy does not need",
    valid({ headers: [["Expires", "rubbish"]] }),
  ),
  extra("Content-Type: ???", "§16.3 step 1: what a proxy does not need", valid({ headers: [["c", "???"]] })),
  extra(
    "Authorization: ,,,",
    "§16.3 step 1: what a proxy does not need",
    valid({ headers: [["Authorization", ",,,"]] }),
  ),
  // Names that are none.
  extra("X Y: v", "header-name is a token", answer(400)),
  extra("X-\xc3\xbc: v", "header-name is a token", answer(400)),
  extra("X(y): v", "header-name is a token", answer(400)),
  extra("X@y: v", "header-name is a token", answer(400)),
  extra("X\x0b: v", "HCOLON allows SP and HTAB only", answer(400)),
  extra("X\x00: v", "HCOLON allows SP and HTAB only", answer(400)),
  extra("X\x7f: v", "HCOLON allows SP and HTAB only", answer(400)),
  extra("X\xa0: v", "HCOLON allows SP and HTAB only", answer(400)),
  extra("no colon here", "message-header", answer(400)),
  extra("NoColon", "message-header", answer(400)),
  extra(": v", "header-name is not empty", answer(400)),
  extra(" : v", "folding: the line continues Content-Length", answer(400, "Content-Length")),
  requestCase("the first header line is folded", "message-header", { first: [" folded"] }, refused()),
  requestCase("an unfolded line in front", "message-header", { first: ["folded"] }, answer(400)),
  // Folding.
  lineCase(
    "Via",
    "Via:\r\n SIP/2.0/UDP\r\n\tclient.example.org\r\n ;branch=z9hG4bKf",
    "LWS folding",
    valid({ topVia: { host: "client.example.org", branch: "z9hG4bKf" } }),
  ),
  lineCase(
    "From",
    "From:\r\n <sip:alice@example.org>\r\n ;tag=x",
    "LWS folding",
    valid({ fromTag: "x", from: { user: "alice" } }),
  ),
  lineCase(
    "From",
    'From: "A\r\n B" <sip:alice@example.org>;tag=x',
    "qdtext may fold",
    valid({ from: { displayName: "A B" } }),
  ),
  lineCase(
    "To",
    "To: Bob\r\n <sip:bob@example.com>;\r\n tag=y",
    "LWS folding",
    valid({ toTag: "y", to: { displayName: "Bob" } }),
  ),
  lineCase("Call-ID", "Call-ID:\r\n folded@h", "LWS folding", valid({ callId: "folded@h" })),
  lineCase("Call-ID", "Call-ID: folded@h\r\n ", "LWS folding at the end", valid({ callId: "folded@h" })),
  lineCase("Call-ID", "Call-ID: a\r\n b", "callid has no LWS", answer(400, "Call-ID")),
  lineCase("CSeq", "CSeq: 1\r\n\tINVITE", "LWS folding", valid({ cseq: 1 })),
  lineCase("Max-Forwards", "Max-Forwards:\r\n\t69", "LWS folding", valid({ maxForwards: 69 })),
  lineCase("Content-Length", "Content-Length:\r\n 0", "LWS folding", valid({ contentLength: 0 })),
  lineCase("Content-Length", "Content-Length: 1\r\n 0", "1*DIGIT has no LWS", answer(400, "Content-Length")),
  extra(
    "Subject: a\r\n b\r\n\tc",
    "§7.3.1 a fold counts as one SP",
    valid({ headers: [["Subject", "a b c"]] }),
  ),
  extra("Subject: a\r\n \t  b", "§7.3.1 a fold counts as one SP", valid({ headers: [["Subject", "a b"]] })),
  extra("Subject:\r\n a", "§7.3.1 a fold counts as one SP", valid({ headers: [["Subject", "a"]] })),
  extra("Subject: a\r\n ", "§7.3.1 a fold counts as one SP", valid({ headers: [["Subject", "a"]] })),
  extra("Subject: a\r\n \r\n b", "LWS", valid()),
  // Control bytes and line ends.
  extra("Subject: a\x00b", "TEXT-UTF8-TRIM", answer(400)),
  extra("X-Unknown: a\x00b", "header-value", answer(400)),
  extra("X-Unknown: a\x01b", "header-value", anyOf(valid(), answer(400))),
  extra("X-Unknown: a\x7fb", "header-value", anyOf(valid(), answer(400))),
  extra("X-Unknown: a\rb", "header-value: a bare CR is no line end", answer(400)),
  extra("X-Unknown: a\nX-Injected: b", "header-value: a bare LF is no line end", answer(400)),
  extra("X-Unknown: a\r\rb", "header-value: a bare CR is no line end", answer(400)),
  extra("X-Unknown: a\r", "header-value: CR CRLF", answer(400)),
  bytesCase("LF for every CRLF", "CRLF", request({ lineEnd: "\n" }), refused()),
  bytesCase("CR for every CRLF", "CRLF", request({ lineEnd: "\r" }), refused()),
  bytesCase("LFCR for every CRLF", "CRLF", request({ lineEnd: "\n\r" }), refused()),
  requestCase(
    "a bare LF ends the header block",
    "CRLF",
    { replace: { "Content-Length": "Content-Length: 0\n" } },
    refused(),
  ),
  // Sizes, by the default limits: 65,536 bytes and 256 lines of header block.
  requestCase(
    "a header line of 60,000 bytes",
    "limit on the header block",
    { extra: [`X-Long: ${"a".repeat(60_000)}`] },
    valid({ headers: [["X-Long", "a".repeat(60_000)]] }),
  ),
  requestCase(
    "a header line of 66,000 bytes",
    "limit on the header block",
    { extra: [`X-Long: ${"a".repeat(66_000)}`] },
    refused(),
  ),
  requestCase(
    "a header name of 66,000 bytes",
    "limit on the header block",
    { extra: [`${"a".repeat(66_000)}: v`] },
    refused(),
  ),
  requestCase(
    "a Request-URI of 66,000 bytes",
    "limit on the header block",
    { startLine: `INVITE sip:${"a".repeat(66_000)}@h SIP/2.0` },
    refused(),
  ),
  requestCase(
    "a value folded 17,000 times",
    "limit on the header block",
    { extra: [`X: ${"a\r\n ".repeat(17_000)}`] },
    refused(),
  ),
  requestCase(
    "256 header lines",
    "limit on the header count",
    { extra: Array<string>(249).fill("X: v") },
    valid({ allHeaders: [["X", Array<string>(249).fill("v")]] }),
  ),
  requestCase(
    "257 header lines",
    "limit on the header count",
    { extra: Array<string>(250).fill("X: v") },
    refused(),
  ),
  requestCase(
    "4,000 header lines",
    "limit on the header count",
    { extra: Array<string>(4000).fill("X: v") },
    refused(),
  ),
  requestCase(
    "no Via, other faults too",
    "§18.2.2 nothing to answer through",
    { replace: { Via: [], "Call-ID": [] } },
    drop(),
  ),
];
