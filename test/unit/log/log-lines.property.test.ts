/** SECURITY: no log line holds a raw control character, whatever is logged. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LOG_LEVELS } from "../../../src/log/logger.ts";
import { makeLogLines } from "../../support/log-lines.ts";

const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Texts in which every second character is one that must not reach a line. */
const nastyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\0",
        "\u001b[31m",
        "\u007f",
        "\u0085",
        "\u009b",
        "\u2028",
        "\u202e",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom('"', "\\", "=", "%s", "\ud800", "at x (y:1:2)", "    at "),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const nastyError = fc
  .tuple(nastyText, nastyText, nastyText, fc.boolean())
  .map(([message, name, cause, isDeep]) => {
    const error = new Error(message, isDeep ? { cause: new RangeError(cause) } : { cause });

    error.name = name;

    return Object.assign(error, { detail: cause });
  });

const anything = fc.oneof(
  nastyText,
  nastyError,
  fc.dictionary(nastyText, fc.oneof(nastyText, nastyError), { maxKeys: 4 }),
  fc.anything({
    values: [nastyText, fc.integer(), fc.constant(null)],
    withMap: true,
    withSet: true,
    withBigInt: true,
  }),
);

const fields = fc.dictionary(nastyText, anything, { maxKeys: 4 });

describe("log lines", () => {
  it("pretty: no control character but the breaks before indented lines", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LOG_LEVELS),
        anything,
        fields,
        fields,
        (level, message, own, inherited) => {
          const { logger, text, lines } = makeLogLines();

          logger.child(inherited)[level](message, own);

          assert.ok(text().endsWith("\n"));
          assert.ok(lines().length > 0);

          for (const [index, line] of lines().entries()) {
            assert.doesNotMatch(line, CONTROL);
            assert.equal(index > 0, line.startsWith("    "));
          }
        },
      ),
    );
  });

  it("JSON: one line, that parses, without control characters", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LOG_LEVELS),
        anything,
        fields,
        fields,
        (level, message, own, inherited) => {
          const { logger, text } = makeLogLines({ format: "json" });

          logger.child(inherited)[level](message, own);

          assert.ok(text().endsWith("\n"));
          assert.doesNotMatch(text().slice(0, -1), CONTROL);
          assert.equal((JSON.parse(text()) as { level: string }).level, level);
        },
      ),
    );
  });

  it("JSON: the message is what was logged", () => {
    fc.assert(
      fc.property(nastyText, (message) => {
        const { logger, text } = makeLogLines({ format: "json" });

        logger.info(message);

        assert.equal((JSON.parse(text()) as { msg: string }).msg, message);
      }),
    );
  });
});
