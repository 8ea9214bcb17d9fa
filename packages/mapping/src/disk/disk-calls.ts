import type { Stats } from "node:fs";
import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { nativeLocks } from "./native-locks.ts";

/** The calls of the file system that folders and locks need, so that tests can have each of them fail. */
export interface DiskCalls {
  closeSync(fd: number): void;
  fstatSync(fd: number): Stats;
  mkdirSync(path: string, options: { recursive: true; mode: number }): string | undefined;
  openSync(path: string, flags: string | number, mode?: number): number;
  readdirSync(path: string): string[];
  rmSync(path: string, options: { recursive?: boolean; force: true }): void;
  statSync(path: string): Stats;
  statSync(path: string, options: { throwIfNoEntry: false }): Stats | undefined;
  /** Locks a range of a file, or all of it, unless somebody else has it locked. */
  tryLock(fd: number, offset?: number, length?: number): boolean;
  unlock(fd: number, offset: number, length: number): void;
}

/** The calls of Node.js. */
export const diskCalls: DiskCalls = {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  tryLock: (fd, offset, length) => nativeLocks().tryLock(fd, offset, length),
  unlock: (fd, offset, length) => nativeLocks().unlock(fd, offset, length),
};
