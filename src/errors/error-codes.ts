/**
 * The registry of every stable error code of this package. A code never
 * changes its meaning and is never reused. `docs/reference/errors.md` has one
 * entry per code; a test keeps the two in step.
 */

export const ERROR_CODES = {
  OVERSIP_ERR_PARSING: "Text that should follow a SIP grammar does not.",
  OVERSIP_ERR_HEADER_VALUE: "A header name or value that must not be written into a message.",
  OVERSIP_ERR_CONFIGURATION: "The configuration or the user's server module cannot be used.",
  OVERSIP_ERR_INVALID_STATE: "The call is not allowed in the object's present state.",
  OVERSIP_ERR_RUNTIME: "The call cannot be carried out as asked.",
  OVERSIP_ERR_TRANSPORT: "A message could not be handed to, or taken from, the network.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
