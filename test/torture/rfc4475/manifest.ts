/** The 49 messages of RFC 4475 with the verdict of a proxy's message layer on each. */
import type { TortureCase } from "../../support/torture-case.ts";
import { OTHER_LAYER_MESSAGES } from "./other-layer-messages.ts";
import { PARSER_INVALID_MESSAGES } from "./parser-invalid-messages.ts";
import { PARSER_VALID_CHARACTERS } from "./parser-valid-characters.ts";
import { PARSER_VALID_STRUCTURE } from "./parser-valid-structure.ts";

export const RFC4475: readonly TortureCase[] = [
  ...PARSER_VALID_CHARACTERS,
  ...PARSER_VALID_STRUCTURE,
  ...PARSER_INVALID_MESSAGES,
  ...OTHER_LAYER_MESSAGES,
];
