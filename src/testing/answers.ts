/** What a far side answers by itself. */
import type { ForwardedRequest, ReplyOptions } from "./forwarded-request.ts";

/** A status, or one with what else its response says. */
export type Answer =
  | number
  | (ReplyOptions & {
      readonly status: number;
      /** When, in milliseconds of the server's clock after the request came. Default 0: at once. */
      readonly afterMs?: number | undefined;
    });

/**
 * The responses to each request, such as `[180, 200]`, while those inside of a
 * dialog that they have made, such as BYE, get 200; or a function that chooses
 * them for each request, or answers nothing. Nothing answers an ACK; a CANCEL
 * is answered as by a user agent: 200, and 487 to its INVITE.
 */
export type Answers =
  | readonly Answer[]
  | ((request: ForwardedRequest) => Answer | readonly Answer[] | undefined);

const IN_DIALOG: readonly Answer[] = [200];

export function answersTo(
  answers: Answers,
  request: ForwardedRequest,
  isInDialog: boolean,
): readonly Answer[] {
  if (typeof answers !== "function") {
    return isInDialog ? IN_DIALOG : answers;
  }

  const chosen = answers(request);

  return chosen === undefined ? [] : isList(chosen) ? chosen : [chosen];
}

function isList(answers: Answer | readonly Answer[]): answers is readonly Answer[] {
  return Array.isArray(answers);
}
