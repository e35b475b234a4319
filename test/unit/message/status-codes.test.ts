import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reasonPhraseOf } from "../../../src/message/status-codes.ts";

/** The codes that OverSIP 2.0 has a phrase for, and those registered since. */
const CODES = [
  ...[100, 180, 181, 182, 183, 199, 200, 202, 204, 300, 301, 302, 305, 380],
  ...[400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 412, 413, 414, 415, 416, 417],
  ...[420, 421, 422, 423, 424, 425, 428, 429, 430, 433, 436, 437, 438, 439, 440, 469, 470, 478],
  ...[480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493, 494],
  ...[500, 501, 502, 503, 504, 505, 513, 555, 580, 600, 603, 604, 606, 607, 608],
];

describe("reason phrases", () => {
  it("every registered code has one of its own", () => {
    assert.deepEqual(
      CODES.filter((code) => reasonPhraseOf(code) === reasonPhraseOf(299)),
      [],
    );
  });

  it("are those of RFC 3261 section 21, RFC 5626 and RFC 8599", () => {
    assert.equal(reasonPhraseOf(180), "Ringing");
    assert.equal(reasonPhraseOf(481), "Call/Transaction Does Not Exist");
    assert.equal(reasonPhraseOf(504), "Server Time-out");
    assert.equal(reasonPhraseOf(430), "Flow Failed");
    assert.equal(reasonPhraseOf(555), "Push Notification Service Not Supported");
  });

  it("a code without one gets a text that says so", () => {
    assert.equal(reasonPhraseOf(299), "Reason Phrase Not Set");
  });
});
