/**
 * The HTTP answers that refuse a WebSocket handshake, and the guard on those
 * that user code words itself.
 */
import { STATUS_CODES } from "node:http";
import { HeaderValueError } from "../errors/errors.ts";

/** An HTTP answer that refuses a handshake. */
export interface HandshakeRefusal {
  /** 300 to 599. */
  readonly statusCode: number;
  /** The standard phrase of the status when left out. */
  readonly reasonPhrase?: string | undefined;
  /** Names and values in their order. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
}

/** Headers of a refusal as user code gives them: by name, or as lines `Name: value`. */
export type RefusalHeaders = Readonly<Record<string, string | readonly string[]>> | readonly string[];

/** Headers that this server writes itself: another value would break the framing of the answer. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(["connection", "content-length", "transfer-encoding"]);

/**
 * The refusal that user code asks for. Throws `TypeError` for a status that
 * refuses nothing (300 to 599 do), `HeaderValueError` for text that would
 * break out of its line (SECURITY: response splitting).
 */
export function buildRefusal(
  statusCode: number,
  reasonPhrase?: string,
  headers?: RefusalHeaders,
): HandshakeRefusal {
  if (!Number.isInteger(statusCode) || statusCode < 300 || statusCode > 599) {
    throw new TypeError(`an HTTP status from 300 to 599 is needed to refuse a connection, not ${statusCode}`);
  }

  if (reasonPhrase !== undefined && !isFieldText(reasonPhrase)) {
    throw new HeaderValueError("the reason phrase holds a control character");
  }

  const pairs = headerPairs(headers ?? []);

  for (const [name, value] of pairs) {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw new HeaderValueError(`${JSON.stringify(name)} is no header name`);
    }

    if (RESERVED_HEADERS.has(name.toLowerCase())) {
      throw new HeaderValueError(`${name} is set by the server itself`);
    }

    if (!isFieldText(value)) {
      throw new HeaderValueError(`the value of ${name} holds a control character`);
    }
  }

  return { statusCode, reasonPhrase, headers: pairs };
}

function headerPairs(headers: RefusalHeaders): (readonly [string, string])[] {
  if (isLineList(headers)) {
    return headers.map((line) => {
      const colon = line.indexOf(":");

      if (colon === -1) {
        throw new HeaderValueError(`${JSON.stringify(line)} is no header line`);
      }

      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
  }

  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((single): [string, string] => [name, single]),
  );
}

function isLineList(headers: RefusalHeaders): headers is readonly string[] {
  return Array.isArray(headers);
}

/** Whether a text holds no control character but HTAB. */
function isFieldText(text: string): boolean {
  return !/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}

/** Status and reason, as in the status line. */
export function describeRefusal({ statusCode, reasonPhrase }: HandshakeRefusal): string {
  return `${statusCode} ${reasonPhrase ?? STATUS_CODES[statusCode] ?? "Refused"}`;
}

/** The bytes of a refusal: no body, and the connection ends after it. */
export function formatRefusal(refusal: HandshakeRefusal): Buffer {
  const headers = refusal.headers ?? [];
  // RFC 9110 §7.8: who sends Upgrade lists it in Connection.
  const connection = headers.some(([name]) => name.toLowerCase() === "upgrade") ? "close, Upgrade" : "close";
  const lines = [
    `HTTP/1.1 ${describeRefusal(refusal)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Connection: ${connection}`,
    "Content-Length: 0",
  ];

  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "utf8");
}
