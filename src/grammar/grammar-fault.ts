/**
 * What a scanner returns instead of a value when a text does not follow its
 * grammar. It is a plain value and not an error, because a peer decides how
 * often it is made.
 */
export class GrammarFault {
  /** The rule that broke, as the RFC's grammar spells it. */
  readonly rule: string;
  /** Offset in the scanned text of the first character that cannot be right. */
  readonly offset: number;

  constructor(rule: string, offset: number) {
    this.rule = rule;
    this.offset = offset;
  }
}
