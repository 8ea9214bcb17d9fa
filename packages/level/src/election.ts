import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReportError } from "@class-cache/mapping";
import { lockFile, makeFolder } from "@class-cache/mapping/disk";
import type { Address } from "./address.ts";
import { newAddress, publishAddress, readAddress, removeAddress } from "./address.ts";
import { Guest } from "./guest.ts";
import { OwnFolder } from "./own-folder.ts";
import { Owner } from "./owner.ts";
import { storePaths } from "./paths.ts";
import { rebuildAfterDeath, rebuildIfWanted } from "./rebuild-database.ts";
import { Server } from "./server.ts";
import { watchPlace } from "./watch-place.ts";

/** Bounds the pause between two tries, and with it how late a death or a new owner is noticed. */
const LONGEST_PAUSE_MS = 20;

/**
 * This process's time as the owner of a store. The kernel's lock on a file of the store decides who
 * it is: nobody else can have it while this process lives and has not given it back.
 */
export class Ownership {
  readonly owner: Owner;
  readonly #folder: OwnFolder;
  readonly #lock: number;
  readonly #server: Server;

  private constructor(folder: OwnFolder, lock: number, owner: Owner, server: Server) {
    this.#folder = folder;
    this.#lock = lock;
    this.owner = owner;
    this.#server = server;
  }

  /**
   * @param lock descriptor of the locked file; closed when this fails
   * @param report told of what is damaged
   * @returns undefined where the folder was moved since the file was locked
   */
  static async begin(
    dir: string,
    lock: number,
    report: ReportError,
  ): Promise<Ownership | undefined> {
    let folder: OwnFolder | undefined;
    let owner: Owner | undefined;
    let address: Address | undefined;
    try {
      folder = new OwnFolder(dir, lock);
      if (!folder.isThere()) {
        folder.leave();
        closeSync(lock);
        return undefined;
      }
      leaveNoAddress(folder);
      const paths = storePaths(dir);
      await rebuildIfWanted(paths, report);
      await rebuildAfterDeath(paths, report);
      owner = await open(folder, report);
      address = newAddress(dir);
      const server = await Server.listen(owner, address);
      if (folder.files !== undefined) publishAddress(folder.files, address);
      return new Ownership(folder, lock, owner, server);
    } catch (error) {
      try {
        await owner?.close();
        if (folder !== undefined && address !== undefined) leaveNoAddress(folder);
      } finally {
        folder?.leave();
        closeSync(lock);
      }
      throw error;
    }
  }

  /** Answers what is under way, closes the database and lets another process be the owner. */
  async end(): Promise<void> {
    try {
      await this.#server.close();
      await this.owner.close();
      leaveNoAddress(this.#folder);
    } finally {
      this.#folder.leave();
      closeSync(this.#lock);
    }
  }
}

function open({ database }: OwnFolder, report: ReportError): Promise<Owner> {
  return Owner.open(
    database,
    watchPlace(() => database.isThere()),
    report,
  );
}

/** Others may have a store where the folder was. */
function leaveNoAddress({ files }: OwnFolder): void {
  if (files !== undefined) removeAddress(files);
}

/**
 * Becomes the owner of a store where there is none, or else the guest of the one that is.
 *
 * @param name this process's as a guest
 * @param signal gives up
 * @param report told of what is damaged, where this process becomes the owner
 * @returns undefined when it was given up
 * @throws StoreError, FormatVersionError when the store cannot be used
 */
export async function elect(
  dir: string,
  name: string,
  signal: AbortSignal,
  report: ReportError,
): Promise<Ownership | Guest | undefined> {
  for (let pause = 1; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    makeFolder(dir);
    const lock = lockFile(storePaths(dir).ownerLock);
    if (lock !== undefined) {
      const ownership = await Ownership.begin(dir, lock, report);
      if (ownership !== undefined) return ownership;
      continue;
    }
    const address = readAddress(dir);
    if (address !== undefined) {
      const guest = await Guest.connect(address, name, dir, signal);
      if (guest !== undefined) return guest;
    }
    await sleep(pause, undefined, { signal }).catch(() => {});
  }
  return undefined;
}
