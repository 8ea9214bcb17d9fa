import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ReportError } from "@class-cache/mapping";
import { namesIn, remove } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { rename } from "./file-system.ts";

/** What a mapping's folder is called from its drop until it is removed. */
const DROPPED = /[0-9a-f]{32}\.dropped-[0-9a-f]{12}$/;

/** Takes a mapping's folder out of the store in one step. */
export function putAside(calls: FileCalls, mappingFolder: string): void {
  rename(calls, mappingFolder, `${mappingFolder}.dropped-${randomBytes(6).toString("hex")}`);
}

/**
 * Removes what was put aside in a store, by whomever: the process that dropped a mapping may have
 * died before it could, and nobody may ever use that mapping again. Needs no lock, since nothing
 * brings such a folder back and any number of processes may remove one. A failure is reported: what
 * is left over takes space, and the next upkeep tries again.
 */
export function removeDropped(calls: FileCalls, storeFolder: string, report: ReportError): void {
  try {
    for (const name of namesIn(storeFolder, calls)) {
      if (DROPPED.test(name)) remove(join(storeFolder, name), calls);
    }
  } catch (error) {
    report(error as Error);
  }
}
