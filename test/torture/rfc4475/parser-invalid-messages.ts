/** RFC 4475 section 3.1.2: messages whose syntax is not valid. */
import { answer, drop, valid } from "../../support/message-facts.ts";
import type { TortureCase } from "../../support/torture-case.ts";

export const PARSER_INVALID_MESSAGES: readonly TortureCase[] = [
  {
    file: "badinv01.dat",
    section: "3.1.2.1",
    prose: "Separators with nothing between them, in Via and in Contact: should be answered 400.",
    headerLines: 9,
    verdict: answer(400, "Via"),
    note: "The sent-by before the stray separators can be read, so there is somewhere to send the answer.",
  },
  {
    file: "clerr.dat",
    section: "3.1.2.2",
    prose: "Content-Length beyond the end: 400 over UDP; over a stream all one can do is wait for the rest.",
    headerLines: 9,
    verdict: answer(400, "Content-Length"),
    stream: [],
  },
  {
    file: "ncl.dat",
    section: "3.1.2.3",
    prose:
      "A negative Content-Length is an error to be answered; the rest of a datagram is thrown away, and a stream " +
      "has lost its framing and is to be closed.",
    headerLines: 9,
    verdict: answer(400, "Content-Length"),
  },
  {
    file: "scalar02.dat",
    section: "3.1.2.4",
    prose: "CSeq, Max-Forwards and two expirations out of range: should be answered 400 for the CSeq alone.",
    headerLines: 9,
    verdict: answer(400, "CSeq"),
  },
  {
    file: "scalarlg.dat",
    section: "3.1.2.5",
    prose: "A response with a CSeq, a Retry-After and a Warning out of range is simply discarded.",
    headerLines: 8,
    verdict: drop("CSeq"),
  },
  {
    file: "quotbal.dat",
    section: "3.1.2.6",
    prose: "An unterminated quoted string in To should be answered 400; guessing its end is risky.",
    headerLines: 9,
    verdict: answer(400, "To"),
  },
  {
    file: "ltgtruri.dat",
    section: "3.1.2.7",
    prose:
      "A Request-URI in angle brackets: it is always reasonable to answer 400, and never to forward the brackets.",
    headerLines: 9,
    verdict: answer(400),
  },
  {
    file: "lwsruri.dat",
    section: "3.1.2.8",
    prose: "White space inside the Request-URI is illegal and can be rejected with 400.",
    headerLines: 9,
    verdict: answer(400),
  },
  {
    file: "lwsstart.dat",
    section: "3.1.2.9",
    prose:
      "More than one space between the parts of the request line: 400, or be liberal and forward single ones.",
    headerLines: 9,
    verdict: answer(400),
    note: "RFC 3261 section 7.1 allows a single SP. Being liberal here invites disagreement with the next hop.",
  },
  {
    file: "trws.dat",
    section: "3.1.2.10",
    prose: "Spaces after the SIP version: 400, or be liberal and forward without them.",
    headerLines: 8,
    verdict: answer(400),
  },
  {
    file: "escruri.dat",
    section: "3.1.2.11",
    prose:
      "Headers in the Request-URI: it is reasonable to answer 400, and they must neither be forwarded nor become " +
      "header fields.",
    headerLines: 9,
    verdict: answer(400),
    note: "The table of RFC 3261 section 19.1.1 forbids `headers` in a Request-URI.",
  },
  {
    file: "baddate.dat",
    section: "3.1.2.12",
    prose:
      "A Date with a zone other than GMT: 400 is reasonable, and so is ignoring a header one does not use.",
    headerLines: 10,
    verdict: valid({
      method: "INVITE",
      cseq: 1392934,
      callId: "baddate.239423mnsadf3j23lj42--sedfnm234",
      headers: [["Date", "Fri, 01 Jan 2010 16:00:00 EST"]],
      bodyLength: 150,
    }),
    upperLayer:
      "Forwarded with the Date as it is: RFC 3261 section 16.3 leaves to a proxy what it does not need.",
  },
  {
    file: "regbadct.dat",
    section: "3.1.2.13",
    prose: "A Contact whose URI has headers but no angle brackets: 400 is reasonable.",
    headerLines: 8,
    verdict: valid({
      method: "REGISTER",
      cseq: 1,
      topVia: { host: "135.180.130.133", port: 5060 },
      headers: [["Contact", "sip:user@example.com?Route=%3Csip:sip.example.com%3E"]],
    }),
    upperLayer: "Forwarded to the registrar, which answers 400: a proxy has no need to understand Contact.",
  },
  {
    file: "badaspec.dat",
    section: "3.1.2.14",
    prose: "Spaces inside the angle brackets of To: 400 is reasonable.",
    headerLines: 8,
    verdict: answer(400, "To"),
  },
  {
    file: "baddn.dat",
    section: "3.1.2.15",
    prose:
      "Commas in unquoted display names of From and To: 400 is always reasonable; never to be passed on.",
    headerLines: 8,
    verdict: answer(400),
  },
  {
    file: "badvers.dat",
    section: "3.1.2.16",
    prose: "SIP/7.0 in the request line and in Via should be answered 505.",
    headerLines: 7,
    verdict: answer(505),
  },
  {
    file: "mismatch01.dat",
    section: "3.1.2.17",
    prose: "The method in CSeq is not that of the request line: answered 400.",
    headerLines: 7,
    verdict: answer(400, "CSeq"),
  },
  {
    file: "mismatch02.dat",
    section: "3.1.2.18",
    prose:
      "The same with an unknown method: 501 is preferred of elements that would refuse the method, 400 is allowed.",
    headerLines: 9,
    verdict: answer(400, "CSeq"),
    note: "A proxy forwards unknown methods (RFC 3261 section 16.3), so it never has cause to say 501.",
  },
  {
    file: "bigcode.dat",
    section: "3.1.2.19",
    prose: "A status code above 699 (and above 32 bits): the response is simply dropped.",
    headerLines: 7,
    verdict: drop(),
  },
];
