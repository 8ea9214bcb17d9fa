import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Child } from "./child.ts";

/** Those of the processes that have the database of a store open, as the kernel tells. */
export function holders(dir: string, children: Iterable<Child>): Child[] {
  const lock = join(dir, "db", "LOCK");
  return Array.from(children).filter((child) => openFiles(child.pid).includes(lock));
}

/** What the descriptors of a process stand for. */
export function openFiles(pid: number | "self"): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
