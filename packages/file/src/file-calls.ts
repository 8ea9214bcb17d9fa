import {
  chmodSync,
  close,
  fchmodSync,
  fdatasync,
  fsync,
  ftruncateSync,
  read,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
  writev,
  writevSync,
} from "node:fs";
import { promisify } from "node:util";
import type { DiskCalls } from "@class-cache/mapping/disk";
import { diskCalls } from "@class-cache/mapping/disk";

/** Every call of the file system that a store makes, so that tests can have each of them fail. */
export interface FileCalls extends DiskCalls {
  chmodSync(path: string, mode: number): void;
  close(fd: number, done: (error: Error | null) => void): void;
  fchmodSync(fd: number, mode: number): void;
  fdatasync(fd: number): Promise<void>;
  fsync(fd: number): Promise<void>;
  ftruncateSync(fd: number, length: number): void;
  read(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  readFileSync(path: string, encoding: "utf8"): string;
  readSync(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): number;
  renameSync(from: string, to: string): void;
  writeFileSync(fd: number, content: Uint8Array): void;
  writeSync(
    fd: number,
    buffer: Uint8Array,
    offset?: number,
    length?: number,
    position?: number,
  ): number;
  writev(
    fd: number,
    pieces: readonly Uint8Array[],
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  writevSync(fd: number, pieces: readonly Uint8Array[], position: number): number;
}

/** The calls of Node.js. */
export const fileCalls: FileCalls = {
  ...diskCalls,
  chmodSync,
  close,
  fchmodSync,
  fdatasync: promisify(fdatasync),
  fsync: promisify(fsync),
  ftruncateSync,
  read: promisify(read),
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
  writev: promisify(writev),
  writevSync,
};
