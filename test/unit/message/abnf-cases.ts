/** The whole ABNF table: every case names the rule or clause that decides it. */
import type { AbnfCase } from "../../support/abnf-case.ts";
import { FRAMING_CASES } from "./abnf/framing-cases.ts";
import { FROM_TO_CASES } from "./abnf/from-to-cases.ts";
import { HEADER_LINE_CASES } from "./abnf/header-line-cases.ts";
import { LIST_CASES } from "./abnf/list-cases.ts";
import { REQUEST_URI_CASES } from "./abnf/request-uri-cases.ts";
import { SINGLE_VALUE_CASES } from "./abnf/single-value-cases.ts";
import { START_LINE_CASES } from "./abnf/start-line-cases.ts";
import { VIA_CASES } from "./abnf/via-cases.ts";

export const ABNF_CASES: readonly AbnfCase[] = [
  ...START_LINE_CASES,
  ...REQUEST_URI_CASES,
  ...HEADER_LINE_CASES,
  ...VIA_CASES,
  ...FROM_TO_CASES,
  ...SINGLE_VALUE_CASES,
  ...LIST_CASES,
  ...FRAMING_CASES,
];
