/** Mutations of messages, each the work of one seed alone: the same seed and corpus give the same bytes. */
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";

/** Pieces that parsers have tripped over. */
const PIECES: readonly Buffer[] = [
  "\r\n",
  "\r\n\r\n",
  "\r\n ",
  "\n",
  "\r",
  "\0",
  ",",
  ";",
  ":",
  '"',
  "\\",
  "<",
  ">",
  "@",
  "%00",
  "%",
  "[",
  "]",
  "[::1]",
  " ",
  "\t",
  "\xff",
  "\xc3\x28",
  "SIP/2.0",
  "SIP/2.0/UDP",
  ";branch=z9hG4bK",
  ";rport",
  ";tag=",
  ";received=",
  "\r\nVia: ",
  "\r\nl: ",
  "\r\nContent-Length: 4294967296",
  "\r\nTo: x",
  "\r\n__proto__: x",
  "-1",
  "99999999999999999999",
  "<sip:a@b>",
].map((text) => Buffer.from(text, "latin1"));

const LENGTHS = [
  "0",
  "1",
  "-1",
  "+1",
  "010",
  "1e3",
  "0x10",
  "65536",
  "4294967295",
  "18446744073709551616",
  "",
  "1, 1",
];

type Mutation = (bytes: Buffer, random: SeededRandom, corpus: readonly Buffer[]) => Buffer;

/** A seed of the corpus after one to four mutations. */
export function mutant(seed: number, corpus: readonly Buffer[]): Buffer {
  const random = seededRandom(seed);
  let bytes = pick(corpus, random);

  for (let count = 1 + random.integer(4); count > 0; count--) {
    bytes = pick(MUTATIONS, random)(bytes, random, corpus);
  }

  return bytes;
}

const MUTATIONS: readonly Mutation[] = [
  flipBytes,
  truncate,
  deleteRange,
  duplicateRange,
  insertPiece,
  insertPiece,
  splice,
  swapLines,
  duplicateLine,
  lieAboutLength,
  repeatPiece,
];

function flipBytes(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes);

  for (let count = 1 + random.integer(3); count > 0 && copy.length > 0; count--) {
    const index = random.integer(copy.length);

    copy[index] =
      random.integer(2) === 0 ? random.integer(256) : (copy[index] as number) ^ (1 << random.integer(8));
  }

  return copy;
}

function truncate(bytes: Buffer, random: SeededRandom): Buffer {
  return bytes.subarray(0, random.integer(bytes.length + 1));
}

function deleteRange(bytes: Buffer, random: SeededRandom): Buffer {
  const [start, end] = range(bytes, random, 30);

  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function duplicateRange(bytes: Buffer, random: SeededRandom): Buffer {
  const [start, end] = range(bytes, random, 60);

  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
}

function insertPiece(bytes: Buffer, random: SeededRandom): Buffer {
  return insert(bytes, random.integer(bytes.length + 1), pick(PIECES, random));
}

function repeatPiece(bytes: Buffer, random: SeededRandom): Buffer {
  const times = [10, 100, 1000][random.integer(3)] as number;
  const piece = Buffer.concat(Array<Buffer>(times).fill(pick(PIECES, random)));

  return insert(bytes, random.integer(bytes.length + 1), piece);
}

/** The front of one message and the back of another. */
function splice(bytes: Buffer, random: SeededRandom, corpus: readonly Buffer[]): Buffer {
  const other = pick(corpus, random);

  return Buffer.concat([
    bytes.subarray(0, random.integer(bytes.length + 1)),
    other.subarray(random.integer(other.length + 1)),
  ]);
}

function swapLines(bytes: Buffer, random: SeededRandom): Buffer {
  const lines = bytes.toString("latin1").split("\r\n");
  const one = random.integer(lines.length);
  const other = random.integer(lines.length);
  const swapped = lines.with(one, lines[other] as string).with(other, lines[one] as string);

  return Buffer.from(swapped.join("\r\n"), "latin1");
}

function duplicateLine(bytes: Buffer, random: SeededRandom): Buffer {
  const lines = bytes.toString("latin1").split("\r\n");
  const line = lines[random.integer(lines.length)] as string;

  return Buffer.from(lines.toSpliced(random.integer(lines.length), 0, line).join("\r\n"), "latin1");
}

function lieAboutLength(bytes: Buffer, random: SeededRandom): Buffer {
  const text = bytes.toString("latin1");

  return Buffer.from(
    text.replace(/^(Content-Length|l)\s*:.*$/im, `$1: ${pick(LENGTHS, random)}\r`),
    "latin1",
  );
}

function insert(bytes: Buffer, offset: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, offset), piece, bytes.subarray(offset)]);
}

function range(bytes: Buffer, random: SeededRandom, longest: number): [start: number, end: number] {
  const start = random.integer(bytes.length + 1);

  return [start, Math.min(bytes.length, start + 1 + random.integer(longest))];
}

function pick<Item>(list: readonly Item[], random: SeededRandom): Item {
  return list[random.integer(list.length)] as Item;
}
