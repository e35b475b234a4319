/**
 * A message as the text to be sent, one character a byte: runs of lines that
 * stand as they were received are copied whole (RFC 3261 section 7).
 */
import type { HeaderLine } from "./header-line.ts";

export interface WritableMessage {
  readonly text: string;
  readonly startLineEnd: number;
  readonly lines: readonly HeaderLine[];
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/**
 * @param startLine the start line with its CRLF, when it is not the one of `text`.
 * @param body the body, when it is not the one of `text`.
 */
export function writeMessage(
  message: WritableMessage,
  startLine: string | undefined,
  body: string | undefined,
): string {
  const { text, lines } = message;
  let output = startLine ?? "";
  let source = text;
  let runStart = startLine === undefined ? 0 : message.startLineEnd;
  let runEnd = message.startLineEnd;

  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as HeaderLine;

    if (line.start !== runEnd || line.source !== source) {
      output += source.slice(runStart, runEnd);
      source = line.source;
      runStart = line.start;
    }

    runEnd = line.end;
  }

  // PERF: in a relayed message the empty line and the body are part of the last run (benchmarks/message/message-layer.ts).
  if (body === undefined && source === text && runEnd === message.bodyStart - 2) {
    return output + text.slice(runStart, message.bodyEnd);
  }

  const rest = body ?? text.slice(message.bodyStart, message.bodyEnd);

  return `${output}${source.slice(runStart, runEnd)}\r\n${rest}`;
}
