/** One entry of a torture manifest (RFC 4475, RFC 5118): a message, its verdict and why. */
import type { Verdict } from "./message-facts.ts";

/** What a stream framer reports, in order, when it is given the file as a byte stream. */
export type StreamOutcome = "message" | "failure" | "crlf" | "double-crlf";

export interface TortureCase {
  /** Name of the file beside the manifest. */
  readonly file: string;
  /** Section of the RFC that prints the message. */
  readonly section: string;
  /** What the RFC wants of an element that receives it, in our words. */
  readonly prose: string;
  /** Of the message layer of a proxy that receives the file as one UDP datagram. */
  readonly verdict: Verdict;
  /** Left out: one message when it is valid (noise behind it aside), one failure when it is not. */
  readonly stream?: readonly StreamOutcome[];
  /** Length of the message in bytes, where the datagram holds more than the message. */
  readonly messageBytes?: number;
  /** Number of header fields, each line counted once with its folded continuation. */
  readonly headerLines: number;
  /** What the layers above do with the message. */
  readonly upperLayer?: string;
  /** Why the verdict was chosen, where the RFC leaves a choice. */
  readonly note?: string;
}
