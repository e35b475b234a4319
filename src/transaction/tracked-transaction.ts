/** What all transactions have: their names and way, and what the table and the list of lingering ones keep in them. */
import type { Flow } from "../transport/flow.ts";
import type { LingeringTransaction } from "./lingering-transactions.ts";
import type { TableEntry } from "./transaction-table.ts";

export abstract class TrackedTransaction implements TableEntry, LingeringTransaction {
  /** Of the topmost Via; see also `ServerTransactionKey`. */
  branch: string;
  readonly method: string;
  readonly flow: Flow;
  readonly tableNumber: number;
  nextInTable: TableEntry | undefined = undefined;
  olderLingering: LingeringTransaction | undefined = undefined;
  newerLingering: LingeringTransaction | undefined = undefined;
  isLingering = false;

  constructor(branch: string, method: string, flow: Flow, tableNumber: number) {
    this.branch = branch;
    this.method = method;
    this.flow = flow;
    this.tableNumber = tableNumber;
  }

  endEarly(): void {
    this.end();
  }

  protected abstract end(): void;
}
