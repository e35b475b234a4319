/**
 * How large a message may be. SECURITY: every limit is enforced before the
 * memory that it bounds is spent.
 */
export interface MessageLimits {
  /** Start line and header fields with the empty line after them, in bytes. Default 65,536. */
  readonly maxHeaderBlockBytes: number;
  /** Header lines of one message. Default 256. */
  readonly maxHeaderCount: number;
  /** Body, in bytes. Default 1,048,576. */
  readonly maxBodyBytes: number;
  /** Whole message, in bytes. Default 1,114,112. */
  readonly maxMessageBytes: number;
}

export const DEFAULT_MESSAGE_LIMITS: MessageLimits = Object.freeze({
  maxHeaderBlockBytes: 65_536,
  maxHeaderCount: 256,
  maxBodyBytes: 1_048_576,
  maxMessageBytes: 1_114_112,
});
