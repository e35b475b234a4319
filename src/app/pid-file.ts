/** A file that holds the process id of this server, for whoever sends it signals. */
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";

const MODE = 0o644;

export class PidFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws {Error} when the file names a live process, or is no PID file at all. */
  check(): void {
    const text = this.#read();

    if (text === undefined || text.trim() === "") {
      return;
    }

    // SECURITY: a mistyped --pid must not cost the file that it names.
    if (!/^\d{1,10}\s*$/.test(text)) {
      throw new Error(`${this.#path} exists and is no PID file`);
    }

    const pid = Number(text);

    // In a container the last run may have had this very number.
    if (pid !== process.pid && isAlive(pid)) {
      throw new Error(`PID file ${this.#path} names process ${pid}, which is running`);
    }
  }

  /** @throws {Error} as `check`, and when the file cannot be written. */
  write(): void {
    this.check();

    try {
      this.#unlink();
      writeFileSync(this.#path, `${process.pid}\n`, { flag: "wx", mode: MODE });
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;

      // With --user it is written with that user's rights.
      throw new Error(`PID file ${this.#path} cannot be written (${code ?? message})`, { cause });
    }
  }

  /** Deletes the file if it still names this process. Never throws. */
  remove(): void {
    try {
      if (this.#read()?.trim() === String(process.pid)) {
        this.#unlink();
      }
    } catch {
      // Its folder is gone or no longer ours; there is nothing left to tidy.
    }
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;

      if (code === "ENOENT") {
        return undefined;
      }

      throw new Error(`PID file ${this.#path} cannot be read (${code ?? message})`, { cause });
    }
  }

  #unlink(): void {
    try {
      unlinkSync(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
        throw error;
      }
    }
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) {
    return false;
  }

  try {
    process.kill(pid, 0);

    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
