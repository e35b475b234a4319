/** A configuration directory on disk for one test. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class UserFiles {
  /** Absolute, without symbolic links. */
  readonly directory: string = realpathSync(mkdtempSync(join(tmpdir(), "oversip-")));

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) {
      this.write(name, text);
    }
  }

  /** Absolute path of a file, whether it is there or not. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes the folders that the name asks for. */
  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
