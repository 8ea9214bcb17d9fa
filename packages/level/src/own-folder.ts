import { closeSync, constants, openSync } from "node:fs";
import { ioError, isAt } from "@class-cache/mapping/disk";
import { storePaths } from "./paths.ts";

/** The folder of a database, which others may move or replace while it is open. */
export interface DatabaseFolder {
  /** What it is called. */
  readonly path: string;
  /** Leads to it; where `OwnFolder` can have it so, also once it was moved, and never to what has its place then. */
  readonly files: string;
  /** Whether `path` leads to it now. */
  isThere(): boolean;
  /**
   * A path at which it is, and never something else, until that is left. Below a path that begins at the
   * descriptor of a folder that was removed, Node.js makes folders, as the binding of LevelDB has it do, without
   * end: at this path nothing is to be made.
   *
   * @throws StoreError when it is not there
   */
  enter(): EnteredFolder;
}

/** A folder that is in use. */
export interface EnteredFolder {
  readonly path: string;
  leave(): void;
}

/** @returns one that nobody moves */
export function settledFolder(path: string): DatabaseFolder {
  return { path, files: path, isThere: () => true, enter: () => ({ path, leave() {} }) };
}

/**
 * The folder of a store while this process owns it. LevelDB makes and deletes files by their paths: where
 * a folder was moved away, those of whoever has a store there by now. So on Linux it is given a path that
 * begins at a descriptor of the folder.
 */
export class OwnFolder {
  readonly database: DatabaseFolder;
  readonly #path: string;
  readonly #lock: number;
  readonly #descriptor: number | undefined;

  /** @param lock descriptor of the locked file in the folder */
  constructor(path: string, lock: number) {
    this.#path = path;
    this.#lock = lock;
    this.#descriptor = descriptorOf(path, lock);
    this.database = {
      path: storePaths(path).database,
      files: storePaths(this.#start).database,
      isThere: () => this.isThere(),
      enter: () => this.#enter(),
    };
  }

  /** Whether the path leads to it now. */
  isThere(): boolean {
    return isAt(storePaths(this.#path).ownerLock, this.#lock);
  }

  /** A path to it that leads to no other folder; undefined: there may be none. */
  get files(): string | undefined {
    return this.#descriptor !== undefined || this.isThere() ? this.#start : undefined;
  }

  /** Asks for that the database is closed. */
  leave(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }

  #enter(): EnteredFolder {
    const { files } = this.database;
    if (this.#descriptor === undefined) return { path: files, leave() {} };
    const descriptor = openFolder(files);
    return { path: startAt(descriptor), leave: () => closeSync(descriptor) };
  }

  get #start(): string {
    return this.#descriptor === undefined ? this.#path : startAt(this.#descriptor);
  }
}

function startAt(descriptor: number): string {
  return `/proc/self/fd/${descriptor}`;
}

/** @returns undefined where no path can begin at one */
function descriptorOf(folder: string, lock: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const descriptor = openFolder(folder);
  // Not in a container without /proc.
  if (isAt(storePaths(startAt(descriptor)).ownerLock, lock)) return descriptor;
  closeSync(descriptor);
  return undefined;
}

function openFolder(folder: string): number {
  try {
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw ioError("open the folder", folder, error);
  }
}
