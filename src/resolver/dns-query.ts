/** Writes DNS queries and tells which message answers them. */
import { CLASS_IN, type DnsMessage, type DnsQuestion, TYPE_NUMBER } from "./dns-message.ts";
import { encodeName } from "./dns-name.ts";

/** What a UDP answer may hold without being cut into fragments (DNS flag day 2020). */
const EDNS_PAYLOAD_BYTES = 1232;

const RECURSION_DESIRED = 0x0100;

/**
 * A query with recursion desired. `hasEdns` adds the OPT record that allows
 * longer answers (RFC 6891); servers that do not know it say so.
 */
export function writeQuery(id: number, question: DnsQuestion, hasEdns: boolean): Buffer {
  const header = Buffer.alloc(12);

  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(RECURSION_DESIRED, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(hasEdns ? 1 : 0, 10);

  const typeAndClass = Buffer.alloc(4);

  typeAndClass.writeUInt16BE(TYPE_NUMBER[question.type], 0);
  typeAndClass.writeUInt16BE(CLASS_IN, 2);

  return Buffer.concat([
    header,
    encodeName(question.name),
    typeAndClass,
    hasEdns ? optRecord() : header.subarray(0, 0),
  ]);
}

/** Root name, type OPT, payload size as class; extended code, version, flags and data length all zero. */
function optRecord(): Buffer {
  const record = Buffer.alloc(11);

  record.writeUInt16BE(TYPE_NUMBER.OPT, 1);
  record.writeUInt16BE(EDNS_PAYLOAD_BYTES, 3);

  return record;
}

/**
 * Whether a message is the response to a query: its id and the whole question
 * must be the same (RFC 5452 section 9.1). That it came from the server that
 * was asked is up to the socket.
 */
export function isResponseTo(message: DnsMessage, id: number, question: DnsQuestion): boolean {
  return (
    message.isResponse &&
    message.id === id &&
    message.questionName === question.name &&
    message.questionType === TYPE_NUMBER[question.type] &&
    message.questionClass === CLASS_IN
  );
}
