/** Standard output as a target: slow readers, readers that are gone, the journal's prefix. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DescriptorSink, type DescriptorSinkOptions } from "../../../src/log/descriptor-sink.ts";
import { FakeClock } from "../../support/fake-clock.ts";

class FakeDescriptor {
  readonly clock = new FakeClock();
  written = "";
  /** Bytes that the reader still takes. */
  room = Number.POSITIVE_INFINITY;
  fault: string | undefined;
  calls = 0;

  makeSink(options: Partial<DescriptorSinkOptions> = {}): DescriptorSink {
    return new DescriptorSink({
      descriptor: 99,
      clock: this.clock,
      hasSeverityPrefix: false,
      write: (_descriptor, data) => this.#write(data),
      ...options,
    });
  }

  #write(data: Buffer): number {
    this.calls++;

    if (this.fault !== undefined || this.room === 0) {
      throw Object.assign(new Error("refused"), { code: this.fault ?? "EAGAIN" });
    }

    const taken = Math.min(this.room, data.length);

    this.written += data.toString("utf8", 0, taken);
    this.room -= taken;

    return taken;
  }
}

describe("descriptor sink", () => {
  it("writes each entry at once, with its line break", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink();

    sink.write("info", "one");
    sink.write("info", "two\n    more");

    assert.equal(descriptor.written, "one\ntwo\n    more\n");
    assert.equal(descriptor.clock.pendingCount, 0);
  });

  it("sd-daemon(3): each line begins with its severity for the journal", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink({ hasSeverityPrefix: true });

    sink.write("crit", "one\n    at x\n    at y");
    sink.write("debug", "two");

    assert.equal(descriptor.written, "<2>one\n<2>    at x\n<2>    at y\n<7>two\n");
  });

  it("a slow reader gets everything in order, when it reads again", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink();

    descriptor.room = 2;
    sink.write("info", "first");
    sink.write("info", "second");

    assert.equal(descriptor.written, "fi");

    descriptor.room = Number.POSITIVE_INFINITY;
    descriptor.clock.advance(50);

    assert.equal(descriptor.written, "first\nsecond\n");
    assert.equal(descriptor.clock.pendingCount, 0);
  });

  it("what waits for a slow reader is bounded, and what was dropped is said", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink({ maxBacklogBytes: 100 });

    descriptor.room = 0;

    for (let i = 0; i < 50; i++) {
      sink.write("info", "123456789");
    }

    descriptor.room = Number.POSITIVE_INFINITY;
    descriptor.clock.advance(50);

    assert.equal(
      descriptor.written,
      `${"123456789\n".repeat(10)}40 log lines dropped: nobody reads fast enough\n`,
    );
  });

  it("a reader that is gone (EPIPE) is survived and not asked again", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink();

    descriptor.fault = "EPIPE";
    sink.write("crit", "one");
    descriptor.fault = undefined;
    sink.write("crit", "two");

    assert.equal(descriptor.calls, 1);
    assert.equal(descriptor.written, "");
    assert.equal(descriptor.clock.pendingCount, 0);
  });

  it("a full disk (ENOSPC) loses only what was written meanwhile", () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink();

    descriptor.fault = "ENOSPC";
    sink.write("info", "one");
    descriptor.fault = undefined;
    sink.write("info", "two");

    assert.equal(descriptor.written, "two\n");
  });

  it("close hands over what waits, and stops waiting in the end", async () => {
    const descriptor = new FakeDescriptor();
    const sink = descriptor.makeSink();

    descriptor.room = 0;
    sink.write("info", "one");
    descriptor.room = Number.POSITIVE_INFINITY;
    await sink.close();

    assert.equal(descriptor.written, "one\n");

    descriptor.room = 0;
    sink.write("info", "two");
    await sink.close();

    assert.equal(descriptor.clock.pendingCount, 0);
  });
});
