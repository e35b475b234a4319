/** What the code in each branch costs: one hash over key and text, against an HMAC object and against random bytes. */
import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { keyedHash } from "../../src/proxy/keyed-hash.ts";
import { LoopDetection } from "../../src/proxy/loop-detection.ts";

const ROUNDS = 300_000;
const key = randomBytes(32);
const keyText = key.toString("hex");
const keyObject = createSecretKey(key);
const loopDetection = new LoopDetection();
const text = "sip:bob@example.com\nfromtag1234\ntotag12345\ncall-id-abcdefgh@client.example.org\n1234";

function measure(name: string, action: (round: number) => unknown): void {
  for (let i = 0; i < ROUNDS / 10; i++) {
    action(i);
  }

  const before = process.cpuUsage();

  for (let i = 0; i < ROUNDS; i++) {
    action(i);
  }

  const { user, system } = process.cpuUsage(before);

  console.log(`${name.padEnd(28)} ${((user + system) / ROUNDS).toFixed(2)} us of CPU`);
}

measure("HMAC object", (round) => createHmac("sha256", keyObject).update(`${text}${round}`).digest("hex"));
measure("keyedHash", (round) => keyedHash(keyText, `${text}${round}`));
measure("randomBytes for each branch", () => randomBytes(12).toString("base64url"));
measure("newBranch, from a pool", () => loopDetection.newBranch());
