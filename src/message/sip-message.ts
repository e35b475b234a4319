/**
 * A SIP message as its received text and an index of it (RFC 3261 section 7).
 * Values are parsed when they are asked for, once. Edits are an overlay:
 * writing the message copies the untouched runs whole.
 */
import { ParsingError } from "../errors/errors.ts";
import { AddressValue, parseAddressValues } from "../grammar/address-value.ts";
import { GrammarFault } from "../grammar/grammar-fault.ts";
import { NameAddr } from "../grammar/name-addr.ts";
import { scanNameAddr } from "../grammar/name-addr-scan.ts";
import { decodeText, encodeText } from "../grammar/text-encoding.ts";
import { scanViaValue, type ViaValue } from "../grammar/via-value.ts";
import { allValues, findLine, firstValue, replaceFirstValue, setValues } from "./header-edits.ts";
import { HeaderFields } from "./header-fields.ts";
import type { HeaderLine } from "./header-line.ts";
import { HEADER_ID, type HeaderName, headerNameOfId } from "./header-names.ts";
import { requireHeaderValue } from "./header-value.ts";
import { writeMessage } from "./message-writer.ts";
import { KNOWN_METHODS } from "./method-names.ts";
import { plainTagOf } from "./plain-tag.ts";
import { type CSeqValue, parseCSeq, parseDecimal, parseReason, type ReasonValue } from "./typed-values.ts";

/** What a message is made of: what the parser finds, and what copies share. @internal */
export interface MessageParts {
  /** The message, one character a byte; for one made here, its start line with CRLF. */
  readonly text: string;
  /** After the start line's CRLF. */
  readonly startLineEnd: number;
  readonly lines: HeaderLine[];
  /** After the empty line. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** The topmost Via value, where it has been read already. */
  readonly knownTopVia?: ViaValue | undefined;
}

function nameOf(id: number): HeaderName {
  return headerNameOfId(id) as HeaderName;
}

const CALL_ID = nameOf(HEADER_ID.CALL_ID);
const CONTACT = nameOf(HEADER_ID.CONTACT);
const CONTENT_LENGTH = nameOf(HEADER_ID.CONTENT_LENGTH);
const CSEQ = nameOf(HEADER_ID.CSEQ);
const EXPIRES = nameOf(HEADER_ID.EXPIRES);
const FROM = nameOf(HEADER_ID.FROM);
const MAX_FORWARDS = nameOf(HEADER_ID.MAX_FORWARDS);
const PATH = nameOf(HEADER_ID.PATH);
const PROXY_REQUIRE = nameOf(HEADER_ID.PROXY_REQUIRE);
const REASON = nameOf(HEADER_ID.REASON);
const RECORD_ROUTE = nameOf(HEADER_ID.RECORD_ROUTE);
const REQUIRE = nameOf(HEADER_ID.REQUIRE);
const ROUTE = nameOf(HEADER_ID.ROUTE);
const SUPPORTED = nameOf(HEADER_ID.SUPPORTED);
const TO = nameOf(HEADER_ID.TO);
const VIA = nameOf(HEADER_ID.VIA);

/** Values of header fields as they are written, without folding. */
export interface RawValues {
  /** Topmost first. */
  readonly via: readonly string[];
  /** With its tag and other parameters. */
  readonly from: string;
  /** With its tag and other parameters. */
  readonly to: string;
  /** Topmost first; empty when there is none. */
  readonly route: readonly string[];
}

/** Largest value of header fields in seconds: a 32-bit number (RFC 3261 section 20.19). */
const MAX_SECONDS = 2 ** 32 - 1;

export abstract class SipMessage extends HeaderFields {
  /** See `MessageParts`, which every message is. @internal */
  readonly text: string;
  /** @internal */
  readonly startLineEnd: number;
  /** @internal */
  readonly bodyStart: number;
  /** @internal */
  readonly bodyEnd: number;

  /** Tells a request from a response. */
  abstract readonly isRequest: boolean;
  /** Tells a response from a request. */
  abstract readonly isResponse: boolean;
  /** The request's method; in a response, that of the CSeq. */
  abstract readonly method: string;

  private topmostViaValue: ViaValue | undefined;
  private fromValue: AddressValue | undefined = undefined;
  private toValue: AddressValue | undefined = undefined;
  private contactValue: AddressValue | undefined = undefined;
  private cseqValue: CSeqValue | undefined = undefined;
  /** One character a byte; undefined while the received body stands. */
  private newBody: string | undefined = undefined;
  private isContentLengthStale = false;

  /** @internal */
  constructor(parts: MessageParts) {
    super(parts.lines);
    this.text = parts.text;
    this.startLineEnd = parts.startLineEnd;
    this.bodyStart = parts.bodyStart;
    this.bodyEnd = parts.bodyEnd;
    this.topmostViaValue = parts.knownTopVia;
  }

  /** The start line with its CRLF when it differs from the received one. @internal */
  protected abstract editedStartLine(): string | undefined;

  /** Whether the method is none of those that the server knows. */
  get unknownMethod(): boolean {
    return !KNOWN_METHODS.has(this.method);
  }

  /** Whether the method makes a dialog: INVITE, SUBSCRIBE, REFER. */
  get dialogForming(): boolean {
    const { method } = this;

    return method === "INVITE" || method === "SUBSCRIBE" || method === "REFER";
  }

  /** Whether the method makes a dialog or a registration, so that Record-Route or Path matters to it. */
  get recordRoutingAware(): boolean {
    return this.dialogForming || this.method === "REGISTER";
  }

  /** Whether the method can ask for Outbound (RFC 5626). */
  get outboundAware(): boolean {
    return this.recordRoutingAware;
  }

  /** The topmost Via value. The parser has checked it in every received message. */
  get topVia(): ViaValue {
    return orThrow(this.readTopmostVia(), VIA);
  }

  /** The topmost Via value, or why it cannot be read. @internal */
  readTopmostVia(lenient = false): ViaValue | GrammarFault {
    if (this.topmostViaValue === undefined) {
      const line = this.firstLine(VIA);

      if (line === undefined) {
        return new GrammarFault("Via", 0);
      }

      const via = scanViaValue(line.source, line.valueStart, line.valueEnd, lenient);

      if (via instanceof GrammarFault) {
        return via;
      }

      this.topmostViaValue = via;
    }

    return this.topmostViaValue;
  }

  /** The topmost Via value, if it has been read; for the parts of a message that has the same one. @internal */
  get knownTopVia(): ViaValue | undefined {
    return this.topmostViaValue;
  }

  /** Puts a Via value above the others. @internal */
  insertVia(via: ViaValue): void {
    this.insertRawValue(VIA, via.text);
    this.topmostViaValue = via;
  }

  /** Every Via value, topmost first. @throws {ParsingError} when one below the topmost is malformed. */
  get vias(): ViaValue[] {
    return allValues(this.lines, VIA).map((value) => orThrow(scanViaValue(value, 0, value.length), VIA));
  }

  /** How many Via values there are. */
  get viaCount(): number {
    return allValues(this.lines, VIA).length;
  }

  /** What `topVia`, `from`, `to` and `routes` are read from. A snapshot. */
  get raw(): RawValues {
    return {
      via: this.headerAll("Via"),
      from: this.header("From") ?? "",
      to: this.header("To") ?? "",
      route: this.headerAll("Route"),
    };
  }

  /** The From address. Editing it, or assigning another, changes the header field and keeps its tag. */
  get from(): NameAddr {
    return this.fromAddress.nameAddr;
  }

  set from(address: NameAddr | string) {
    this.replaceAddress(FROM, address, this.fromAddress);
  }

  /** The To address. Editing it, or assigning another, changes the header field and keeps its tag. */
  get to(): NameAddr {
    return this.toAddress.nameAddr;
  }

  set to(address: NameAddr | string) {
    this.replaceAddress(TO, address, this.toAddress);
  }

  /** The tag of From; undefined when there is none. */
  get fromTag(): string | undefined {
    const tag = this.fromValue === undefined ? this.plainTag(FROM) : undefined;

    return tag === undefined ? (this.fromAddress.parameter("tag") ?? undefined) : tag || undefined;
  }

  /** The tag of To; undefined when there is none. */
  get toTag(): string | undefined {
    const tag = this.toValue === undefined ? this.plainTag(TO) : undefined;

    return tag === undefined ? (this.toAddress.parameter("tag") ?? undefined) : tag || undefined;
  }

  /** The Call-ID as it is written. */
  get callId(): string {
    return firstValue(this.lines, CALL_ID) ?? "";
  }

  /** The sequence number of CSeq. */
  get cseq(): number {
    return this.parsedCSeq.sequenceNumber;
  }

  /** Undefined when the header field is absent. */
  get maxForwards(): number | undefined {
    return this.number(MAX_FORWARDS, 255);
  }

  /** Undefined when the header field is absent. */
  get contentLength(): number | undefined {
    this.settleTypedEdits(CONTENT_LENGTH.id);

    return this.number(CONTENT_LENGTH, Number.MAX_SAFE_INTEGER);
  }

  /** Seconds; undefined when the header field is absent or no 32-bit number. */
  get expires(): number | undefined {
    return this.number(EXPIRES, MAX_SECONDS);
  }

  /** The Route addresses, topmost first. */
  get routes(): NameAddr[] {
    return this.addresses(ROUTE).map((value) => value.nameAddr);
  }

  /** The Record-Route addresses, topmost first. @throws {ParsingError} when one is malformed. */
  get recordRoutes(): NameAddr[] {
    return this.addresses(RECORD_ROUTE).map((value) => value.nameAddr);
  }

  /** The Path addresses (RFC 3327), topmost first. @throws {ParsingError} when one is malformed. */
  get paths(): NameAddr[] {
    return this.addresses(PATH).map((value) => value.nameAddr);
  }

  /** Every Contact with its parameters. @throws {ParsingError} when one is malformed, as `*` is here. */
  get contacts(): AddressValue[] {
    this.settleAddress(CONTACT, this.contactValue);

    return this.addresses(CONTACT);
  }

  /** The Contact address when there is exactly one and it is a SIP URI. Edits change the header field. */
  get contact(): NameAddr | undefined {
    const address = this.contactAddress?.nameAddr;

    return address?.isSip ? address : undefined;
  }

  /** The parameters of the one Contact from the semicolon on; undefined when `contact` is. */
  get contactParams(): string | undefined {
    return this.contact === undefined ? undefined : this.contactAddress?.parametersText;
  }

  /** Whether the one Contact has `reg-id` (RFC 5626 section 4.2). */
  get contactHasRegId(): boolean {
    return this.contact !== undefined && this.contactAddress?.parameter("reg-id") !== undefined;
  }

  /** Option tags in lower case. */
  get require(): string[] {
    return this.optionTags(REQUIRE);
  }

  /** Option tags in lower case. */
  get supported(): string[] {
    return this.optionTags(SUPPORTED);
  }

  /** Option tags in lower case. */
  get proxyRequire(): string[] {
    return this.optionTags(PROXY_REQUIRE);
  }

  /** The Reason values (RFC 3326); malformed ones are left out. */
  get reasons(): ReasonValue[] {
    return allValues(this.lines, REASON)
      .map((value) => parseReason(decodeText(value)))
      .filter((value) => value !== undefined);
  }

  /** The body's bytes. Assigning a string writes it as UTF-8; Content-Length follows. */
  get body(): Buffer {
    return Buffer.from(this.rawBody, "latin1");
  }

  set body(body: Uint8Array | string) {
    this.newBody = typeof body === "string" ? encodeText(body) : Buffer.from(body).toString("latin1");
    this.isContentLengthStale = true;
  }

  /** The body read as UTF-8. */
  get bodyText(): string {
    return decodeText(this.rawBody);
  }

  /** Makes sure that there is a right Content-Length, which streams need (RFC 3261 section 18.3). @internal */
  ensureContentLength(): void {
    if (firstValue(this.lines, CONTENT_LENGTH) === undefined) {
      this.isContentLengthStale = true;
    }
  }

  /** How many bytes the message has as it is now. */
  get byteLength(): number {
    this.settleTypedEdits(CONTENT_LENGTH.id);

    const bodyLength = this.newBody?.length ?? this.bodyEnd - this.bodyStart;
    let length = (this.editedStartLine()?.length ?? this.startLineEnd) + 2 + bodyLength;

    for (const line of this.lines) {
      length += line.end - line.start;
    }

    return length;
  }

  /** The bytes to send, one character each. @internal */
  toRawText(): string {
    this.settleTypedEdits(CONTENT_LENGTH.id);

    return writeMessage(this, this.editedStartLine(), this.newBody);
  }

  /** The bytes to send, with every edit so far. */
  serialize(): Buffer {
    return this.toBytes();
  }

  /** The bytes to send. @internal */
  toBytes(): Buffer {
    return Buffer.from(this.toRawText(), "latin1");
  }

  /** The message as text for people. */
  override toString(): string {
    return decodeText(this.toRawText());
  }

  /** The parts for a copy, with every edit in them. @internal */
  protected copyParts(): MessageParts {
    this.settleTypedEdits();

    return {
      text: this.text,
      startLineEnd: this.startLineEnd,
      lines: this.lines.slice(),
      bodyStart: this.bodyStart,
      bodyEnd: this.bodyEnd,
    };
  }

  /** Gives a copy what its `copyParts` do not say. @internal */
  protected copyEditsTo(copy: SipMessage): void {
    copy.newBody = this.newBody;
    copy.isContentLengthStale = this.isContentLengthStale;
    copy.topmostViaValue = this.topmostViaValue;
    copy.cseqValue = this.cseqValue;
  }

  /** The CSeq, or undefined when it cannot be read. @internal */
  readCSeq(): CSeqValue | undefined {
    if (this.cseqValue === undefined) {
      const line = this.firstLine(CSEQ);

      if (line?.isFolded) {
        this.cseqValue = parseCSeq(line.rawValue, 0, line.rawValue.length);
      } else if (line !== undefined) {
        this.cseqValue = parseCSeq(line.source, line.valueStart, line.valueEnd);
      }
    }

    return this.cseqValue;
  }

  /** The From value, or why it cannot be read. @internal */
  readFrom(): AddressValue | GrammarFault {
    const value = this.fromValue ?? this.readAddress(FROM);

    this.fromValue = value instanceof GrammarFault ? undefined : value;

    return value;
  }

  /** The To value, or why it cannot be read. @internal */
  readTo(): AddressValue | GrammarFault {
    const value = this.toValue ?? this.readAddress(TO);

    this.toValue = value instanceof GrammarFault ? undefined : value;

    return value;
  }

  /** @internal */
  protected get parsedCSeq(): CSeqValue {
    return orThrow(this.readCSeq() ?? new GrammarFault("CSeq", 0), CSEQ);
  }

  /** @internal */
  protected override settleTypedEdits(readId?: number): void {
    this.settleAddress(FROM, this.fromValue);
    this.settleAddress(TO, this.toValue);
    this.settleAddress(CONTACT, this.contactValue);

    if (readId === CONTENT_LENGTH.id && this.isContentLengthStale) {
      setValues(this.lines, CONTENT_LENGTH, [String(this.rawBody.length)]);
      this.isContentLengthStale = false;
    }
  }

  /** @internal */
  protected override headerEdited(id: number): void {
    switch (id) {
      case VIA.id:
        this.topmostViaValue = undefined;
        break;
      case FROM.id:
        this.fromValue = undefined;
        break;
      case TO.id:
        this.toValue = undefined;
        break;
      case CONTACT.id:
        this.contactValue = undefined;
        break;
      case CSEQ.id:
        this.cseqValue = undefined;
        break;
      case CONTENT_LENGTH.id:
        // SECURITY: whoever edits it, what is sent agrees with the body, or a stream's reader would lose its place.
        this.isContentLengthStale = true;
        break;
      default:
        break;
    }
  }

  /** The From value with its parameters. @internal */
  get fromAddress(): AddressValue {
    return orThrow(this.readFrom(), FROM);
  }

  /** The To value with its parameters. @internal */
  get toAddress(): AddressValue {
    return orThrow(this.readTo(), TO);
  }

  private get contactAddress(): AddressValue | undefined {
    if (this.contactValue === undefined) {
      const values = allValues(this.lines, CONTACT);

      if (values.length === 1 && values[0] !== "*") {
        try {
          this.contactValue = parseAddressValues(values, "Contact")[0];
        } catch {
          // A malformed Contact is not for a proxy to judge (RFC 3261 section 16.3).
          return undefined;
        }
      }
    }

    return this.contactValue;
  }

  private get rawBody(): string {
    return this.newBody ?? this.text.slice(this.bodyStart, this.bodyEnd);
  }

  private number(name: HeaderName, max: number): number | undefined {
    const value = firstValue(this.lines, name);

    return value === undefined ? undefined : parseDecimal(value, max);
  }

  private optionTags(name: HeaderName): string[] {
    return allValues(this.lines, name).map((tag) => tag.toLowerCase());
  }

  private addresses(name: HeaderName): AddressValue[] {
    return parseAddressValues(allValues(this.lines, name), name.canonical);
  }

  /** See `plainTagOf`; only of a line that the parser has checked. */
  private plainTag(name: HeaderName): string | undefined {
    const line = this.firstLine(name);

    return line !== undefined && line.source === this.text ? plainTagOf(line) : undefined;
  }

  private firstLine(name: HeaderName): HeaderLine | undefined {
    return this.lines[findLine(this.lines, name)];
  }

  private readAddress(name: HeaderName): AddressValue | GrammarFault {
    const line = this.firstLine(name);

    if (line === undefined) {
      return new GrammarFault(name.canonical, 0);
    }

    // PERF: scanned where it stands; only a folded value is copied first (benchmarks/message/message-layer.ts).
    const source = line.isFolded ? line.rawValue : line.source;
    const start = line.isFolded ? 0 : line.valueStart;
    const end = line.isFolded ? source.length : line.valueEnd;
    const span = scanNameAddr(source, start, end);

    if (span instanceof GrammarFault) {
      return span;
    }

    return span.end === end ? new AddressValue(source, span) : new GrammarFault(name.canonical, span.end);
  }

  private replaceAddress(name: HeaderName, address: NameAddr | string, old: AddressValue): void {
    const text = printAddress(typeof address === "string" ? NameAddr.parse(address) : address);

    requireHeaderValue(name.canonical, text);
    replaceFirstValue(this.lines, name, encodeText(text) + old.parametersText);
    this.headerEdited(name.id);
  }

  private settleAddress(name: HeaderName, value: AddressValue | undefined): void {
    if (value?.parsedNameAddr?.isModified) {
      // The address stays the caller's: it may be edited again.
      replaceFirstValue(this.lines, name, value.editedText + value.parametersText);
    }
  }
}

/** In brackets, so that header parameters cannot be taken for the URI's (RFC 3261 section 20.10). */
function printAddress(address: NameAddr): string {
  const text = address.toString().trim();

  return text.includes("<") ? text : `<${text}>`;
}

function orThrow<Value>(value: Value | GrammarFault, name: HeaderName): Value {
  if (value instanceof GrammarFault) {
    const { rule, offset } = value;

    throw new ParsingError(`malformed ${name.canonical}: ${rule}`, { rule, offset, header: name.canonical });
  }

  return value;
}
