/** RFC 3261 sections 20.8, 20.14, 20.16 and 20.22: Call-ID, Content-Length, CSeq and Max-Forwards. */
import { type AbnfCase, bytesCase, lineCase, requestCase } from "../../../support/abnf-case.ts";
import { request, requestOf, response } from "../../../support/message-bytes.ts";
import { answer, anyOf, drop, type Verdict, valid } from "../../../support/message-facts.ts";

function callId(value: string, rule: string, expect: Verdict): AbnfCase {
  return lineCase("Call-ID", `Call-ID: ${value}`, rule, expect);
}

function cseq(value: string, rule: string, expect: Verdict): AbnfCase {
  return lineCase("CSeq", `CSeq: ${value}`, rule, expect);
}

function maxForwards(value: string, rule: string, expect: Verdict): AbnfCase {
  return lineCase("Max-Forwards", `Max-Forwards: ${value}`, rule, expect);
}

/** A Content-Length value in front of a body of ten bytes. */
function contentLength(value: string, rule: string, expect: Verdict): AbnfCase {
  return bytesCase(
    `Content-Length ${JSON.stringify(value)} and ten bytes`,
    rule,
    request({ replace: { "Content-Length": `Content-Length: ${value}` }, body: "0123456789" }),
    expect,
  );
}

const BAD_CALL_ID = answer(400, "Call-ID");
const BAD_CSEQ = answer(400, "CSeq");
const BAD_MAX_FORWARDS = answer(400, "Max-Forwards");
const BAD_LENGTH = answer(400, "Content-Length");
const TEN = valid({ contentLength: 10, bodyLength: 10, body: "0123456789" });

/** Missing, empty, doubled in any form: the same for each header that may occur once. */
function singleton(
  header: string,
  line: string,
  compact: string | undefined,
  mandatory: boolean,
): AbnfCase[] {
  const fault = answer(400, header);
  const cases = [
    lineCase(header, `${header}:`, "not empty", fault),
    lineCase(header, `${header}:  \t`, "not empty", fault),
    requestCase(`${header} twice, equal`, "§7.3.1 one line", { extra: [line] }, fault),
    requestCase(`${header} twice, in lower case`, "§7.3.1 one line", { extra: [line.toLowerCase()] }, fault),
    bytesCase(
      `${header} twice in a response`,
      "§7.3.1",
      response({ extra: [line, line] }),
      // A response has no use for Max-Forwards.
      header === "Max-Forwards" ? anyOf(valid(), drop(header)) : drop(header),
    ),
    requestCase(`${header} is missing`, "§8.1.1", { replace: { [header]: [] } }, mandatory ? fault : valid()),
  ];

  if (compact !== undefined) {
    const compactLine = line.replace(header, compact);

    cases.push(
      requestCase(`${header} and ${compact}`, "§7.3.3 the same header", { extra: [compactLine] }, fault),
    );
  }
  if (mandatory) {
    cases.push(
      bytesCase(
        `${header} is missing in a response`,
        "§8.1.1",
        response({ replace: { [header]: [] } }),
        drop(header),
      ),
    );
    cases.push(
      bytesCase(
        `${header} is missing in an ACK`,
        "§17",
        requestOf("ACK", { replace: { [header]: [] } }),
        drop(header),
      ),
    );
  }

  return cases;
}

export const SINGLE_VALUE_CASES: readonly AbnfCase[] = [
  ...singleton("Call-ID", "Call-ID: base@client.example.org", "i", true),
  ...singleton("CSeq", "CSeq: 1 INVITE", undefined, true),
  ...singleton("Max-Forwards", "Max-Forwards: 70", undefined, false),
  ...singleton("Content-Length", "Content-Length: 0", "l", false),
  callId("a", "callid", valid({ callId: "a" })),
  callId("a@b", "callid", valid({ callId: "a@b" })),
  callId("A-.!%*_+`'~()<>:\\\"/[]?{}@z", "word", valid({ callId: "A-.!%*_+`'~()<>:\\\"/[]?{}@z" })),
  callId("  spaced\t", "HCOLON, LWS around the value", valid({ callId: "spaced" })),
  callId("__proto__", "callid", valid({ callId: "__proto__" })),
  callId("a b", "callid has no LWS", BAD_CALL_ID),
  callId("a@b@c", "a second @ is seen", valid({ callId: "a@b@c" })),
  callId("@", "word", BAD_CALL_ID),
  callId("@b", "word", BAD_CALL_ID),
  callId("a@", "word", BAD_CALL_ID),
  callId("a,b", "word", BAD_CALL_ID),
  callId("a\xc3\xa9", "word is ASCII", BAD_CALL_ID),
  callId("a\x00b", "word", answer(400)),
  callId("a;b", "word", BAD_CALL_ID),
  callId("YW+/Jj==@h", "base64 is seen", valid({ callId: "YW+/Jj==@h" })),
  cseq("0 INVITE", "1*DIGIT", valid({ cseq: 0 })),
  cseq("007 INVITE", "1*DIGIT is decimal", valid({ cseq: 7 })),
  cseq("010 INVITE", "1*DIGIT is decimal", valid({ cseq: 10 })),
  cseq(`${"0".repeat(30)}1 INVITE`, "1*DIGIT", valid({ cseq: 1 })),
  cseq("1 \t INVITE", "LWS", valid({ cseq: 1 })),
  cseq("2147483647 INVITE", "§20.16 32 bits", valid({ cseq: 2147483647 })),
  cseq("2147483648 INVITE", "§20.16 32 bits", valid({ cseq: 2147483648 })),
  cseq("4294967295 INVITE", "§20.16 32 bits", valid({ cseq: 4294967295 })),
  cseq("4294967296 INVITE", "§20.16 32 bits", BAD_CSEQ),
  cseq("99999999999999999999 INVITE", "§20.16 32 bits", BAD_CSEQ),
  cseq("1 invite", "§7.1 methods have a case", BAD_CSEQ),
  cseq("1 BYE", "§8.1.1.5 the method of the request", BAD_CSEQ),
  cseq("1 INVITEX", "§8.1.1.5 the method of the request", BAD_CSEQ),
  cseq("1 INV", "§8.1.1.5 the method of the request", BAD_CSEQ),
  cseq("INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("INVITE 1", "1*DIGIT", BAD_CSEQ),
  cseq("1", "Method", BAD_CSEQ),
  cseq("1INVITE", "LWS", BAD_CSEQ),
  cseq("-1 INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("+1 INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("1.0 INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("0x1 INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("1e2 INVITE", "1*DIGIT", BAD_CSEQ),
  cseq("1 INVITE x", "Method is the end", BAD_CSEQ),
  cseq("1 INVITE;x=y", "Method is the end", BAD_CSEQ),
  cseq("1 INVITE, 2 INVITE", "one value only", BAD_CSEQ),
  cseq("\xb9 INVITE", "DIGIT is ASCII", BAD_CSEQ),
  bytesCase(
    "CSeq without a method in a response",
    "Method",
    response({ replace: { CSeq: "CSeq: 1" } }),
    drop("CSeq"),
  ),
  bytesCase(
    "CSeq of another method in a response",
    "§8.2.6.2",
    response({ replace: { CSeq: "CSeq: 7 BYE" } }),
    valid({ method: "BYE", cseq: 7 }),
  ),
  maxForwards("0", "§20.22", valid({ maxForwards: 0 })),
  maxForwards("255", "§20.22", valid({ maxForwards: 255 })),
  maxForwards("0070", "1*DIGIT is decimal", valid({ maxForwards: 70 })),
  maxForwards("256", "§20.22 0 to 255; RFC 4475 §3.1.2.4", anyOf(valid(), BAD_MAX_FORWARDS)),
  maxForwards("4294967297", "§20.22 0 to 255; RFC 4475 §3.1.2.4", anyOf(valid(), BAD_MAX_FORWARDS)),
  maxForwards("-1", "1*DIGIT", BAD_MAX_FORWARDS),
  maxForwards("+1", "1*DIGIT", BAD_MAX_FORWARDS),
  maxForwards("abc", "1*DIGIT", BAD_MAX_FORWARDS),
  maxForwards("7 0", "1*DIGIT", BAD_MAX_FORWARDS),
  maxForwards("70, 70", "one value only", BAD_MAX_FORWARDS),
  maxForwards("70;x", "1*DIGIT", BAD_MAX_FORWARDS),
  maxForwards("7.0", "1*DIGIT", BAD_MAX_FORWARDS),
  contentLength("10", "1*DIGIT", TEN),
  contentLength("010", "1*DIGIT is decimal, never octal", TEN),
  contentLength(`${"0".repeat(20)}10`, "1*DIGIT", TEN),
  contentLength("\t10 ", "HCOLON", TEN),
  contentLength(
    "0",
    "§18.3 what follows the message is discarded",
    valid({ contentLength: 0, bodyLength: 0 }),
  ),
  contentLength("08", "1*DIGIT is decimal", valid({ contentLength: 8, bodyLength: 8, body: "01234567" })),
  contentLength(
    "9",
    "§18.3 what follows the message is discarded",
    valid({ bodyLength: 9, body: "012345678" }),
  ),
  contentLength("11", "§18.3 the datagram ends before the body", BAD_LENGTH),
  contentLength(
    "99999999999999999999",
    "§18.3 the datagram ends before the body",
    anyOf(BAD_LENGTH, answer(413)),
  ),
  contentLength("4294967306", "§18.3: 2**32 + 10", anyOf(BAD_LENGTH, answer(413))),
  contentLength("18446744073709551626", "§18.3: 2**64 + 10", anyOf(BAD_LENGTH, answer(413))),
  contentLength("+10", "1*DIGIT", BAD_LENGTH),
  contentLength("-10", "1*DIGIT", BAD_LENGTH),
  contentLength("1e1", "1*DIGIT", BAD_LENGTH),
  contentLength("0xa", "1*DIGIT", BAD_LENGTH),
  contentLength("10 10", "1*DIGIT", BAD_LENGTH),
  contentLength("10, 10", "one value only", BAD_LENGTH),
  contentLength("10;x", "1*DIGIT", BAD_LENGTH),
  contentLength("10.0", "1*DIGIT", BAD_LENGTH),
  contentLength("ten", "1*DIGIT", BAD_LENGTH),
  contentLength("\xb210", "DIGIT is ASCII", BAD_LENGTH),
  contentLength("10\x00", "1*DIGIT", answer(400)),
  requestCase(
    "Content-Length twice and different",
    "RFC 4475 §3.3.9",
    { extra: ["Content-Length: 10"], body: "0123456789" },
    BAD_LENGTH,
  ),
];
