import type { Damage, Inspection } from "@class-cache/mapping";
import { damageOf } from "@class-cache/mapping";
import { inspectFiles } from "./engine-files/inspect-files.ts";
import { read, replaceFile } from "./file-system.ts";
import { inspectRows } from "./inspect-rows.ts";
import { storePaths } from "./paths.ts";
import type { LevelStore } from "./requests.ts";

/**
 * Inspects a store, as its owner or as a guest: first LevelDB's files, as they lie on the disk, then
 * every entry. Where files are damaged, mending has the database made anew: a note in the folder tells
 * whoever opens it next, and its owner is asked to step down.
 */
export async function inspectStore(
  dir: string,
  store: LevelStore,
  inspection: Inspection,
): Promise<void> {
  const { database, repairWanted } = storePaths(dir);
  if (read(repairWanted) !== undefined) inspection.damaged(cutShort(repairWanted));
  const isSound = await inspectFiles(database, inspection);
  // Before anybody opens it: LevelDB changes its files when it opens them.
  if (inspection.mends && !isSound) replaceFile(repairWanted, Buffer.alloc(0));
  let refusal = await openDamage(database, store);
  if (refusal !== undefined) {
    inspection.damaged(refusal);
    if (!inspection.mends) return;
    replaceFile(repairWanted, Buffer.alloc(0));
    refusal = await openDamage(database, store);
  }
  if (refusal === undefined && inspection.mends && read(repairWanted) !== undefined) {
    await store.perform<"retire">({ kind: "retire" });
    refusal = await openDamage(database, store);
  }
  if (refusal !== undefined) return inspection.leave(refusal);
  await inspectRows(store, inspection);
}

function cutShort(where: string): Damage {
  return { id: undefined, where, problem: "A repair was cut short.", code: "ERR_DAMAGED" };
}

/** @returns why the database does not open, where damage is the reason */
async function openDamage(database: string, store: LevelStore): Promise<Damage | undefined> {
  try {
    await store.perform<"ids">({ kind: "ids" });
    return undefined;
  } catch (error) {
    return damageOf(error, undefined, database);
  }
}
