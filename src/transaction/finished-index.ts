/**
 * Finds finished transactions by the number of what tells them apart: a hash table
 * whose chains are numbers, so that nothing of it concerns the garbage
 * collector.
 */
import { BATCH_SIZE, type FinishedBatch } from "./finished-batch.ts";

/** A power of two. */
const LEAST_CHAINS = 256;
/** For each entry; more make the table larger, fewer the way longer. */
const CHAINS_PER_ENTRY = 2;
/** Others begin at 1. */
export const NO_SLOT = 0;

export class FinishedIndex {
  /** The first slot of each chain; as many as a power of two. */
  private chains = new Int32Array(LEAST_CHAINS);
  /** By their place. */
  private readonly batches: (FinishedBatch | undefined)[] = [];
  private readonly freePlaces: number[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Gives a batch its place; before any of its entries is added. */
  admit(batch: FinishedBatch): void {
    batch.place = this.freePlaces.pop() ?? this.batches.length;
    this.batches[batch.place] = batch;
  }

  /** Takes a batch out, none of whose entries is there any more. */
  dismiss(batch: FinishedBatch): void {
    this.batches[batch.place] = undefined;
    this.freePlaces.push(batch.place);
    batch.release();
  }

  add(batch: FinishedBatch, index: number): void {
    this.link(batch, index);
    this.count++;

    if (CHAINS_PER_ENTRY * this.count > this.chains.length) {
      this.grow();
    }
  }

  delete(batch: FinishedBatch, index: number): void {
    const slot = slotOf(batch, index);
    const chain = this.chainOf(batch.tableNumberOf(index));
    const next = batch.nextInTable(index);
    let current = this.chains[chain] as number;

    this.count--;

    if (current === slot) {
      this.chains[chain] = next;

      return;
    }

    while (current !== NO_SLOT) {
      const following = this.nextSlot(current);

      if (following === slot) {
        this.batchOf(current).setNextInTable(indexOf(current), next);

        return;
      }

      current = following;
    }
  }

  /** Of a chain that holds those of that number, and others. */
  firstSlot(tableNumber: number): number {
    return this.chains[this.chainOf(tableNumber)] as number;
  }

  /** The next one of its chain; `NO_SLOT` when there is none. */
  nextSlot(slot: number): number {
    return this.batchOf(slot).nextInTable(indexOf(slot));
  }

  batchOf(slot: number): FinishedBatch {
    return this.batches[Math.floor((slot - 1) / BATCH_SIZE)] as FinishedBatch;
  }

  private link(batch: FinishedBatch, index: number): void {
    const chain = this.chainOf(batch.tableNumberOf(index));

    batch.setNextInTable(index, this.chains[chain] as number);
    this.chains[chain] = slotOf(batch, index);
  }

  private chainOf(tableNumber: number): number {
    return tableNumber & (this.chains.length - 1);
  }

  private grow(): void {
    this.chains = new Int32Array(2 * this.chains.length);

    for (const batch of this.batches) {
      for (let index = batch?.first ?? 0; batch !== undefined && index < batch.count; index++) {
        if (!batch.isEnded(index)) {
          this.link(batch, index);
        }
      }
    }
  }
}

function slotOf(batch: FinishedBatch, index: number): number {
  return batch.place * BATCH_SIZE + index + 1;
}

/** In its batch. */
export function indexOf(slot: number): number {
  return (slot - 1) % BATCH_SIZE;
}
