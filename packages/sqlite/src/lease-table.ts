import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { layOut, makeFile, openDatabase } from "./database-file.ts";
import type { DatabaseSync, StatementSync } from "./engine.ts";
import { lock, remove } from "./file-lock.ts";
import { takeDatabaseFromOthers, takeFromOthers } from "./modes.ts";
import { isPresenceName, isPresent, Presence } from "./presence.ts";
import { isDamage } from "./sqlite-error.ts";

const SCHEMA =
  "CREATE TABLE IF NOT EXISTS lease (name BLOB PRIMARY KEY, owner TEXT NOT NULL) STRICT, WITHOUT ROWID";

const TABLE_NAME = "leases-1.sqlite";

/** Locked by who removes a damaged table. */
const REMOVAL = "removal";

/**
 * Who holds which name, in a small database of its own, so that leases neither wait for writes of
 * entries nor delay them. A row counts only while its owner shows its presence.
 */
export class LeaseTable {
  readonly #folder: string;
  readonly #presence: Presence;
  readonly #db: DatabaseSync;
  readonly #add: StatementSync;
  readonly #owner: StatementSync;
  readonly #remove: StatementSync;

  constructor(folder: string) {
    this.#folder = folder;
    this.#presence = new Presence(folder);
    let db: DatabaseSync | undefined;
    try {
      const path = join(folder, TABLE_NAME);
      takeFromOthers(folder);
      takeDatabaseFromOthers(path);
      // No lease outlives a loss of power, so that nothing has to reach the device.
      db = openDatabase(path, "off");
      layOut(db);
      db.exec(SCHEMA);
      this.#add = db.prepare("INSERT INTO lease VALUES (?, ?) ON CONFLICT DO NOTHING");
      this.#owner = db.prepare("SELECT owner FROM lease WHERE name = ?");
      this.#remove = db.prepare("DELETE FROM lease WHERE name = ? AND owner = ?");
      this.#db = db;
    } catch (error) {
      db?.close();
      this.#presence.end();
      throw error;
    }
  }

  /** Whether it is the table that others use: not once a stranger has removed the folder. */
  get isInPlace(): boolean {
    return this.#presence.isSeen;
  }

  /** @returns whether the name was free and is now held */
  take(name: Uint8Array): boolean {
    return this.#add.run(name, this.#presence.name).changes === 1;
  }

  isHeld(name: Uint8Array): boolean {
    return this.#owner.get(name) !== undefined;
  }

  /** Frees the name if its holder has died. */
  freeFromDead(name: Uint8Array): void {
    const owner = this.#owner.get(name)?.owner;
    if (owner === undefined || isPresent(this.#folder, String(owner))) return;
    this.#remove.run(name, String(owner));
  }

  giveBack(name: Uint8Array): void {
    this.#remove.run(name, this.#presence.name);
  }

  /** What is still held is free from now on: its owner is gone. */
  close(): void {
    this.#db.close();
    this.#presence.end();
  }
}

/**
 * Removes a table that is damaged, unless another process is at that or has made it anew: in a new table there
 * may be leases.
 *
 * @returns whether it was removed
 */
export function removeDamagedLeases(folder: string): boolean {
  const path = join(folder, REMOVAL);
  makeFile(path);
  const removal = lockForRemoval(path);
  if (removal === undefined) return false;
  try {
    if (!isTableDamaged(folder)) return false;
    removeLeases(folder);
    return true;
  } finally {
    remove(path);
    removal.close();
  }
}

/** The lock is a database as well, which somebody may have damaged. */
function lockForRemoval(path: string): DatabaseSync | undefined {
  try {
    return lock(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    remove(path);
    return undefined;
  }
}

function isTableDamaged(folder: string): boolean {
  try {
    new LeaseTable(folder).close();
    return false;
  } catch (error) {
    return isDamage(error);
  }
}

/** Removes the table, and the presences by which those who have it open know that it is in its place. */
function removeLeases(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (isPresenceName(name) || name.startsWith(TABLE_NAME))
      rmSync(join(folder, name), { force: true });
  }
}

/** What stands for a lease's name in the table: of one length, whatever the name. */
export function leaseKey(name: string): Uint8Array {
  return createHash("sha256").update(name, "utf16le").digest();
}
