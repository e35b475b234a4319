/**
 * A header value made of an address and header parameters, such as From, To,
 * Contact, Route, Record-Route and Path (RFC 3261 sections 20.10 and 25.1).
 */
import { ParsingError } from "../errors/errors.ts";
import { GrammarFault } from "./grammar-fault.ts";
import { NameAddr } from "./name-addr.ts";
import { type NameAddrSpan, scanNameAddr } from "./name-addr-scan.ts";
import { findParameter } from "./parameters.ts";
import { decodeText, encodeText } from "./text-encoding.ts";

/** One value. `source` is the text that the span's offsets refer to, one character a byte. */
export class AddressValue {
  private readonly source: string;
  private readonly span: NameAddrSpan;
  private parsed: NameAddr | undefined = undefined;

  /** @internal */
  constructor(source: string, span: NameAddrSpan) {
    this.source = source;
    this.span = span;
  }

  /** The address, parsed at the first call; always the same object. */
  get nameAddr(): NameAddr {
    this.parsed ??= NameAddr.parse(decodeText(this.source.slice(this.span.start, this.span.addressEnd)));

    return this.parsed;
  }

  /** The address if `nameAddr` was asked for before. @internal */
  get parsedNameAddr(): NameAddr | undefined {
    return this.parsed;
  }

  /**
   * The address as it is to be written after edits, one character a byte: in
   * brackets, so that header parameters cannot be taken for the URI's (RFC
   * 3261 section 20.10). A display name that nobody edited keeps its bytes,
   * UTF-8 or not.
   *
   * @internal
   */
  get editedText(): string {
    const address = this.nameAddr;

    if (address.isDisplayNameEdited) {
      return encodeText(address.toString());
    }

    return `${this.source.slice(this.span.start, Math.max(this.span.start, this.span.uriStart - 1))}<${address.uri}>`;
  }

  /** The header parameters from the first semicolon on, one character a byte; "" when there are none. */
  get parametersText(): string {
    return this.source.slice(this.span.addressEnd, this.span.parametersEnd);
  }

  /** The value of a header parameter, `null` for one without a value, undefined when it is absent. */
  parameter(lowerCaseName: string): string | null | undefined {
    const found = findParameter(this.source, this.span.addressEnd, this.span.parametersEnd, lowerCaseName);

    if (found === undefined) {
      return undefined;
    }

    return found.valueStart === found.valueEnd ? null : this.source.slice(found.valueStart, found.valueEnd);
  }
}

/**
 * Parses values of which each is one address.
 *
 * @throws {ParsingError} with the header's name, at the first value that is malformed.
 */
export function parseAddressValues(rawValues: readonly string[], header: string): AddressValue[] {
  return rawValues.map((text) => {
    const span = scanNameAddr(text, 0, text.length);
    const fault = span instanceof GrammarFault ? span : undefined;

    if (span instanceof GrammarFault || span.end !== text.length) {
      const rule = fault?.rule ?? "COMMA";
      const offset = fault?.offset ?? (span as NameAddrSpan).end;

      throw new ParsingError(`malformed ${header} value: ${rule} at offset ${offset}`, {
        rule,
        offset,
        header,
      });
    }

    return new AddressValue(text, span);
  });
}

/** A From or To value that has no tag, with one. A semicolon that ends it is not doubled. */
export function addTag(rawValue: string, tag: string): string {
  return `${rawValue.endsWith(";") ? rawValue.slice(0, -1) : rawValue};tag=${tag}`;
}
