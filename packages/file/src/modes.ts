import type { Stats } from "node:fs";
import type { FileCalls } from "./file-calls.ts";

/** What others than its owner may do with a file or folder. */
const OTHERS = 0o077;

/** Takes a file from others, to whom a copy or whoever restored it may have opened it. */
export function takeFileFromOthers(calls: FileCalls, fd: number, stats: Stats): void {
  take(stats, (mode) => calls.fchmodSync(fd, mode));
}

/** The same for a folder, and with it all that is in it. */
export function takeFolderFromOthers(calls: FileCalls, path: string): void {
  try {
    take(calls.statSync(path), (mode) => calls.chmodSync(path, mode));
  } catch {
    // What uses it next tells what is wrong with it.
  }
}

function take({ mode, uid }: Stats, change: (mode: number) => void): void {
  if ((mode & OTHERS) === 0 || uid !== process.geteuid?.()) return;
  try {
    change(mode & 0o700);
  } catch {
    // Some file systems have no modes of their own.
  }
}
