/**
 * The same three jobs done with this package and with the parsers of the npm
 * packages jssip, sip.js and sip. Each begins with the bytes of a datagram and
 * each writer ends with bytes, as a server's work does.
 *
 * jssip and sip.js are user agents and write no message that they received:
 * theirs is written here in the cheapest way from their headers, which loses
 * the order of the header fields.
 */

import jssip from "jssip/lib/Parser.js";
import * as sip from "sip";
import { Parser as SipJsParser } from "sip.js/lib/core/messages/parser.js";
import { resolveHeaderName } from "../../src/message/header-names.ts";
import { MessageParser } from "../../src/message/message-parser.ts";
import { ParseFailure } from "../../src/message/parse-failure.ts";
import type { SipRequest } from "../../src/message/sip-request.ts";
import type { SipResponse } from "../../src/message/sip-response.ts";
import { NEW_RECORD_ROUTE, NEW_VIA } from "./sample-messages.ts";

export interface Stack {
  readonly name: string;
  /** Bytes to message. */
  parse(bytes: Buffer): unknown;
  /** Bytes to message, Via and Record-Route inserted on top, to bytes. */
  forward(bytes: Buffer): Buffer;
  /** Bytes to message, and every core header field as a value. */
  readCoreHeaders(bytes: Buffer): readonly unknown[];
}

const parser = new MessageParser();
const VIA = resolveHeaderName("Via");
const RECORD_ROUTE = resolveHeaderName("Record-Route");

function parseOurs(bytes: Buffer): SipRequest | SipResponse {
  const message = parser.parseDatagram(bytes);

  if (message instanceof ParseFailure) {
    throw message;
  }

  return message;
}

const oversip: Stack = {
  name: "oversip",
  parse: parseOurs,
  forward(bytes) {
    const message = parseOurs(bytes);

    message.insertRawValue(VIA, NEW_VIA);
    message.insertRawValue(RECORD_ROUTE, NEW_RECORD_ROUTE);

    return message.toBytes();
  },
  readCoreHeaders(bytes) {
    const message = parseOurs(bytes);

    return [
      message.topVia.branch,
      message.topVia.host,
      message.from.uri,
      message.fromTag,
      message.to.uri,
      message.toTag,
      message.callId,
      message.cseq,
      message.maxForwards,
      message.contentLength,
      message.routes,
      message.recordRoutes,
      message.contacts[0]?.nameAddr.uri,
      message.isRequest ? (message as SipRequest).ruri : undefined,
    ];
  },
};

const quiet = { log() {}, warn() {}, error() {}, debug() {} };

interface UserAgentMessage {
  readonly data: string;
  readonly body: string;
  readonly headers: Record<string, { raw: string }[]>;
}

function writeUserAgentMessage(message: UserAgentMessage): Buffer {
  const { data, headers } = message;
  let text = data.slice(0, data.indexOf("\r\n") + 2);

  for (const name of Object.keys(headers)) {
    for (const value of headers[name] ?? []) {
      text += `${name}: ${value.raw}\r\n`;
    }
  }

  return Buffer.from(`${text}\r\n${message.body}`);
}

function addTopHeaders(message: UserAgentMessage): void {
  const { headers } = message;

  headers["Via"] = [{ raw: NEW_VIA }, ...(headers["Via"] ?? [])];
  headers["Record-Route"] = [{ raw: NEW_RECORD_ROUTE }, ...(headers["Record-Route"] ?? [])];
}

function parseJsSip(bytes: Buffer): jssip.JsSipMessage {
  const message = jssip.parseMessage(bytes.toString(), { configuration: {} });

  if (message === undefined) {
    throw new Error("jssip refused the message");
  }

  return message;
}

const jsSip: Stack = {
  name: "jssip",
  parse: parseJsSip,
  forward(bytes) {
    const message = parseJsSip(bytes);

    addTopHeaders(message);

    return writeUserAgentMessage(message);
  },
  readCoreHeaders(bytes) {
    const message = parseJsSip(bytes);

    return [
      message.via,
      message.from.uri,
      message.from_tag,
      message.to.uri,
      message.to_tag,
      message.call_id,
      message.cseq,
      message.getHeader("max-forwards"),
      message.getHeader("content-length"),
      message.getHeaders("route"),
      message.getHeaders("record-route"),
      message.parseHeader("contact"),
      message.ruri,
    ];
  },
};

function parseSipJs(bytes: Buffer): NonNullable<ReturnType<typeof SipJsParser.parseMessage>> {
  const message = SipJsParser.parseMessage(bytes.toString(), quiet as never);

  if (message === undefined) {
    throw new Error("sip.js refused the message");
  }

  return message;
}

const sipJs: Stack = {
  name: "sip.js",
  parse: parseSipJs,
  forward(bytes) {
    const message = parseSipJs(bytes) as unknown as UserAgentMessage;

    addTopHeaders(message);

    return writeUserAgentMessage(message);
  },
  readCoreHeaders(bytes) {
    const message = parseSipJs(bytes);

    return [
      message.via,
      message.from.uri,
      message.fromTag,
      message.to.uri,
      message.toTag,
      message.callId,
      message.cseq,
      message.getHeader("max-forwards"),
      message.getHeader("content-length"),
      message.getHeaders("route"),
      message.getHeaders("record-route"),
      message.parseHeader("contact"),
      (message as { ruri?: unknown }).ruri,
    ];
  },
};

function parseSip(bytes: Buffer): sip.SipMessage {
  const message = sip.parse(bytes);

  if (message === undefined) {
    throw new Error("sip refused the message");
  }

  return message;
}

const sipPackage: Stack = {
  name: "sip",
  parse: parseSip,
  forward(bytes) {
    const message = parseSip(bytes);
    const via = { version: "2.0", protocol: "UDP", host: "proxy.example.net", port: 5060 };

    message.headers.via.unshift({ ...via, params: { branch: "z9hG4bKb7f2c6e04a" } });
    message.headers["record-route"] = [
      { uri: "sip:proxy.example.net:5060;lr" },
      ...(message.headers["record-route"] ?? []),
    ];

    return Buffer.from(sip.stringify(message), "latin1");
  },
  readCoreHeaders(bytes) {
    const message = parseSip(bytes);
    const { headers } = message;

    return [
      headers.via[0]?.params["branch"],
      headers.via[0]?.host,
      sip.parseUri(headers.from.uri),
      headers.from.params["tag"],
      sip.parseUri(headers.to.uri),
      headers.to.params["tag"],
      headers["call-id"],
      headers.cseq.seq,
      headers["max-forwards"],
      headers["content-length"],
      headers.route,
      headers["record-route"],
      headers.contact?.[0] === undefined ? undefined : sip.parseUri(headers.contact[0].uri),
      message.uri === undefined ? undefined : sip.parseUri(message.uri),
    ];
  },
};

export const STACKS: readonly Stack[] = [oversip, jsSip, sipJs, sipPackage];
