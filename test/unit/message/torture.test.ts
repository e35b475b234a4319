import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { MessageParser } from "../../../src/message/message-parser.ts";
import { ParseFailure } from "../../../src/message/parse-failure.ts";
import { answerBytes, checkVerdict } from "../../support/check-verdict.ts";
import { NaiveMessage } from "../../support/naive-message.ts";
import type { TortureCase } from "../../support/torture-case.ts";
import { RFC4475 } from "../../torture/rfc4475/manifest.ts";
import { RFC5118 } from "../../torture/rfc5118/manifest.ts";

const parser = new MessageParser();

function describeTorture(folder: string, manifest: readonly TortureCase[]): void {
  const directory = new URL(`../../torture/${folder}/`, import.meta.url);

  describe(`${folder} torture messages`, () => {
    it("every file has its entry in the manifest, and every entry its file", () => {
      const files = readdirSync(directory).filter((file) => file.endsWith(".dat"));

      assert.deepEqual(manifest.map(({ file }) => file).sort(), files.sort());
    });

    for (const torture of manifest) {
      it(`§${torture.section} ${torture.file}: ${torture.prose}`, () => {
        const bytes = readFileSync(new URL(torture.file, directory));
        const result = parser.parseDatagram(bytes);
        const naive = NaiveMessage.parse(bytes);

        assert.equal(naive.lines.length, torture.headerLines, "the oracle's own count of header lines");
        checkVerdict(result, torture.verdict);
        if (result instanceof ParseFailure) {
          return;
        }
        assert.ok(
          result.toBytes().equals(bytes.subarray(0, torture.messageBytes ?? bytes.length)),
          "written as received",
        );
        for (const name of naive.names()) {
          assert.deepEqual(result.headerAll(name), naive.headerAll(name), `headerAll(${name})`);
        }
      });
    }
  });
}

describeTorture("rfc4475", RFC4475);
describeTorture("rfc5118", RFC5118);

describe("rfc4475 answers", () => {
  for (const { file, section, verdict } of RFC4475) {
    if (verdict.kind !== "answer") {
      continue;
    }
    it(`§${section} ${file}: the answer is a response that this parser and any other can read`, () => {
      const bytes = readFileSync(new URL(`../../torture/rfc4475/${file}`, import.meta.url));
      const failure = parser.parseDatagram(bytes);

      assert.ok(failure instanceof ParseFailure);
      const answer = answerBytes(failure).toString("latin1");

      assert.match(answer, new RegExp(`^SIP/2\\.0 ${verdict.statusCode} [^\\r\\n]+\\r\\n`));
      assert.ok(answer.endsWith("\r\n\r\n"), "no body");
      assert.match(answer, /\r\nVia: /);
      assert.match(answer, /\r\nContent-Length: 0\r\n/);
      // A bare CR or LF of the request would let its sender write the answer's header lines.
      assert.doesNotMatch(answer.replaceAll("\r\n", ""), /[\r\n\0]/);
    });
  }
});
