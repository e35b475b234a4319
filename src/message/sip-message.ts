/**
 * A SIP message as its received text and an index of it (RFC 3261 section 7).
 * Values are parsed when they are asked for, once. Edits are an overlay:
 * writing the message copies the untouched runs whole.
 */
import type { NameAddr } from "../grammar/name-addr.ts";
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { scanViaValue, type ViaValue } from "../grammar/via-value.ts";
import { decodeText, encodeText, type HeaderLine, makeHeaderLine } from "./header-line.ts";
import {
  allValues,
  appendValue,
  findLine,
  firstValue,
  insertValue,
  removeFirstValue,
  removeLines,
  replaceFirstValue,
  setValues,
} from "./header-edits.ts";
import { canonicalHeaderName, HEADER_ID, type HeaderName, resolveHeaderName } from "./header-names.ts";
import { requireHeaderName, requireHeaderValue } from "./header-value.ts";
import * as values from "./typed-values.ts";
import { writeMessage } from "./message-writer.ts";

/** What a message is made of; what the parser fills and copies share. */
export interface MessageParts {
  /** The message, one character a byte; for one made here, its start line. */
  readonly text: string;
  /** After the start line's CRLF. */
  readonly startLineEnd: number;
  /** The header lines, in order. */
  readonly lines: HeaderLine[];
  /** After the empty line; equal to `bodyEnd` when there is no body. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
}
