import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { join } from "node:path";
import {
  areOfOne,
  ioCode,
  ioError,
  namesIn,
  remove,
  statsAt,
  tryLockFile,
} from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { rename } from "./file-system.ts";
import { takeFileFromOthers } from "./modes.ts";
import { OpenFile } from "./open-file.ts";

const NAME = /^([0-9a-f]{12})\.(segment|spare)$/;

/** The files that there are, by number, with their sizes. */
export interface SegmentSizes {
  readonly segments: Map<number, number>;
  readonly spares: Map<number, number>;
}

/** A segment whose lock this process has. */
export interface HeldSegment {
  readonly number: number;
  readonly file: OpenFile;
  readonly size: number;
}

/**
 * The files in which an epoch's large records lie. One that has been emptied becomes a spare, since to
 * write where a file has pages already takes a fraction of the time that new ones take. A spare that is
 * used again gets a new number, so that nothing which led to what it held before leads into it.
 */
export class SegmentFiles {
  readonly #calls: FileCalls;
  readonly #folder: string;

  constructor(calls: FileCalls, epochFolder: string) {
    this.#calls = calls;
    this.#folder = epochFolder;
  }

  path(number: number): string {
    return this.#pathOf(number, "segment");
  }

  list(): SegmentSizes {
    const sizes = { segments: new Map<number, number>(), spares: new Map<number, number>() };
    for (const name of namesIn(this.#folder, this.#calls)) {
      const match = NAME.exec(name);
      if (match === null) continue;
      const kind = match[2] === "spare" ? sizes.spares : sizes.segments;
      try {
        const { size } = this.#calls.statSync(join(this.#folder, name));
        kind.set(Number.parseInt(match[1]!, 16), size);
      } catch (error) {
        if (ioCode(error) !== "ENOENT") throw ioError("look at a segment in", this.#folder, error);
      }
    }
    return sizes;
  }

  isThere(number: number): boolean {
    return statsAt(this.path(number), this.#calls) !== undefined;
  }

  /** @returns undefined when it is not there */
  openToRead(number: number): OpenFile | undefined {
    return this.#open(this.path(number), constants.O_RDONLY);
  }

  /** Locks a segment. @returns undefined when somebody else has it, or it is not there */
  hold(number: number): HeldSegment | undefined {
    return this.#held(number, this.#open(this.path(number), constants.O_RDWR));
  }

  /** Makes a segment and locks it. @returns undefined when the folder is not there */
  create(): HeldSegment | undefined {
    for (;;) {
      const number = newNumber();
      const { O_RDWR, O_CREAT, O_EXCL } = constants;
      const file = this.#open(this.path(number), O_RDWR | O_CREAT | O_EXCL, 0o600);
      if (file === undefined) return undefined;
      const held = this.#held(number, file);
      // Where not, another process adopted or removed it between the two steps.
      if (held !== undefined) return held;
    }
  }

  /** Locks a spare and makes a segment of it. @returns undefined when somebody else took it */
  takeSpare(spare: number): HeldSegment | undefined {
    const path = this.#pathOf(spare, "spare");
    const held = this.#held(spare, this.#open(path, constants.O_RDWR));
    if (held === undefined) return undefined;
    const number = newNumber();
    try {
      this.#calls.renameSync(path, this.path(number));
      return { ...held, number };
    } catch (error) {
      held.file.close();
      if (ioCode(error) === "ENOENT") return undefined;
      throw ioError("rename", path, error);
    }
  }

  /** Makes a spare of a segment that is held and of no use any more. @returns its number */
  makeSpare(number: number): number {
    const spare = newNumber();
    rename(this.#calls, this.path(number), this.#pathOf(spare, "spare"));
    return spare;
  }

  remove(number: number): void {
    remove(this.path(number), this.#calls);
  }

  removeSpare(spare: number): void {
    remove(this.#pathOf(spare, "spare"), this.#calls);
  }

  #pathOf(number: number, kind: "segment" | "spare"): string {
    return join(this.#folder, `${number.toString(16).padStart(12, "0")}.${kind}`);
  }

  #open(path: string, flags: number, mode?: number): OpenFile | undefined {
    try {
      return new OpenFile(this.#calls, this.#calls.openSync(path, flags, mode), path);
    } catch (error) {
      if (ioCode(error) === "ENOENT") return undefined;
      throw ioError("open", path, error);
    }
  }

  /**
   * The file, locked, that still has the name it was opened by; where it cannot be had, it is closed.
   * Whoever had the lock in between may have removed it, or given it another number, and only who has the
   * lock may do that.
   */
  #held(number: number, file: OpenFile | undefined): HeldSegment | undefined {
    if (file === undefined) return undefined;
    let held: HeldSegment | undefined;
    try {
      if (!tryLockFile(file.fd, this.#calls)) return undefined;
      const stats = this.#calls.fstatSync(file.fd);
      takeFileFromOthers(this.#calls, file.fd, stats);
      const isInPlace = areOfOne(stats, statsAt(file.path, this.#calls));
      if (isInPlace) held = { number, file, size: stats.size };
      return held;
    } catch (error) {
      throw ioError("lock", file.path, error);
    } finally {
      if (held === undefined) file.close();
    }
  }
}

function newNumber(): number {
  return randomBytes(6).readUIntLE(0, 6);
}
