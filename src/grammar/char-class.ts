/**
 * The character classes of RFC 3261 section 25.1 as one table of bits, indexed
 * by byte. Text from the wire is handled as latin1, one character a byte.
 */

export const ALPHA = 1;
export const DIGIT = 2;
export const HEX = 4;
/** `token`: alphanum and -.!%*_+`'~ */
export const TOKEN = 8;
/** `word`: token and ()<>:\"/[]?{} */
export const WORD = 16;
/** `unreserved`: alphanum and -_.!~*'() */
export const UNRESERVED = 32;
/** `user-unreserved` besides `unreserved`: &=+$,;?/ */
export const USER_UNRESERVED = 64;
/** Password characters besides `unreserved`: &=+$, */
export const PASSWORD = 128;
/** `param-unreserved` besides `unreserved`: []/:&+$ */
export const PARAM_UNRESERVED = 256;
/** `hnv-unreserved` besides `unreserved`: []/?:+$ */
export const HEADER_UNRESERVED = 512;
/** Characters of a `hostname`, its dots included; `_` is accepted as well (INTEROP: seen in private domains). */
export const HOST = 1024;
/** `uric` of RFC 2396: what an absoluteURI of another scheme may hold. */
export const URIC = 2048;
/** Visible characters that end no unquoted display name: all but " , : ; < > and the backslash. */
export const DISPLAY = 8192;
/** What no user part may hold without an escape, and some do: #. */
export const USER_TOLERATED = 4096;

function buildTable(): Uint16Array {
  const table = new Uint16Array(256);
  const mark = (characters: string, bits: number): void => {
    for (const character of characters) {
      const code = character.charCodeAt(0);

      table[code] = (table[code] ?? 0) | bits;
    }
  };
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const digits = "0123456789";
  const alphanumBits = TOKEN | WORD | UNRESERVED | HOST | URIC;

  mark(letters, ALPHA | alphanumBits);
  mark(digits, DIGIT | HEX | alphanumBits);
  mark("ABCDEFabcdef", HEX);
  mark("-.!%*_+`'~", TOKEN | WORD);
  mark('()<>:\\"/[]?{}', WORD);
  mark("-_.!~*'()", UNRESERVED | URIC);
  mark("&=+$,;?/", USER_UNRESERVED);
  mark("&=+$,", PASSWORD);
  mark("[]/:&+$", PARAM_UNRESERVED);
  mark("[]/?:+$", HEADER_UNRESERVED);
  mark("-._", HOST);
  mark("#", USER_TOLERATED);
  mark(`${letters}${digits}-.!%*_+\`'~#$&()/=?@[]^{|}`, DISPLAY);
  // RFC 2732 adds the brackets to the reserved characters.
  mark(";/?:@&=+$,[]%", URIC);

  return table;
}

/** Bits of the classes above by byte. */
export const CHAR_CLASS: Uint16Array = buildTable();

/** Whether the character with this code belongs to one of the classes; false above 255. */
export function isClass(code: number, classes: number): boolean {
  return code < 256 && ((CHAR_CLASS[code] as number) & classes) !== 0;
}
