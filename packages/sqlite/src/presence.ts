import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeFile } from "./database-file.ts";
import type { DatabaseSync } from "./engine.ts";
import { lock, remove } from "./file-lock.ts";

const NAME = /^[0-9a-f]{32}$/;

export function isPresenceName(name: string): boolean {
  return NAME.test(name);
}

/**
 * Shows others that its owner lives: a file of its own that it keeps locked. The lock is the
 * operating system's, which takes it back when the process dies, however it dies.
 */
export class Presence {
  /** Never used again by anybody. */
  readonly name: string;
  readonly #path: string;
  readonly #db: DatabaseSync;

  /** Shows oneself in a folder, and removes what the dead have left there. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (isPresenceName(name)) isPresent(folder, name);
    for (;;) {
      const name = randomBytes(16).toString("hex");
      const path = join(folder, name);
      makeFile(path);
      const db = lock(path);
      // Between making and locking it, another process may have taken it for one of the dead.
      if (db !== undefined) {
        this.name = name;
        this.#path = path;
        this.#db = db;
        return;
      }
    }
  }

  /** Whether others can see it: not once a stranger has removed the folder. */
  get isSeen(): boolean {
    return existsSync(this.#path);
  }

  end(): void {
    remove(this.#path);
    this.#db.close();
  }
}

/** Whether the owner of this name lives. What one of the dead has left is removed. */
export function isPresent(folder: string, name: string): boolean {
  const path = join(folder, name);
  if (!existsSync(path)) return false;
  const db = lock(path);
  if (db === undefined) return true;
  remove(path);
  db.close();
  return false;
}
