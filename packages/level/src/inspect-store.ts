import { basename, dirname } from "node:path";
import type { Damage, Inspection } from "@class-cache/mapping";
import { DamagedError, damageOf, FormatVersionError } from "@class-cache/mapping";
import { namesIn } from "@class-cache/mapping/disk";
import { inspectFiles } from "./engine-files/inspect-files.ts";
import { read } from "./file-system.ts";
import { foreseeDamage } from "./foreseen-damage.ts";
import { inspectRows } from "./inspect-rows.ts";
import { isRefusal } from "./level-error.ts";
import type { StorePaths } from "./paths.ts";
import { storePaths } from "./paths.ts";
import { wantRepair } from "./rebuild-database.ts";
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
  const paths = storePaths(dir);
  const { database, repairWanted } = paths;
  if (!isThere(paths)) return;
  if (read(repairWanted) !== undefined) inspection.damaged(cutShort(repairWanted));
  // Before anybody opens it: LevelDB changes its files when it opens them.
  const foreseen = foreseeDamage(paths);
  const damaged = await inspectFiles(database, inspection);
  for (const { path, what } of foreseen.files) {
    if (damaged.has(path)) continue;
    damaged.add(path);
    inspection.damaged(damageOf(new DamagedError(what), undefined, path));
  }
  if (foreseen.isMadeAnew && !inspection.mends) return;
  if (inspection.mends && damaged.size > 0) wantRepair(paths);
  const told: Error[] = [];
  let refusal = await openDamage(database, store, told);
  if (refusal !== undefined) {
    inspection.damaged(refusal);
    if (!inspection.mends) return;
    if (refusal.code === "ERR_STORE") {
      wantRepair(paths);
      refusal = await openDamage(database, store, told);
    }
  }
  if (refusal === undefined && inspection.mends && read(repairWanted) !== undefined) {
    await store.perform<"retire">({ kind: "retire" });
    refusal = await openDamage(database, store, told);
  }
  // Its owner may have died since.
  if (damaged.size === 0 && refusal === undefined) {
    for (const error of told) inspection.damaged(damageOf(error, undefined, database));
  }
  if (refusal !== undefined) return inspection.leave(refusal);
  await inspectRows(store, inspection, damaged.size > 0);
}

/** Whether there is anything to look at: to open a store would make one. */
function isThere({ database }: StorePaths): boolean {
  return namesIn(dirname(database)).some((name) => name.startsWith(basename(database)));
}

function cutShort(where: string): Damage {
  return { id: undefined, where, problem: "A repair was cut short.", code: "ERR_DAMAGED" };
}

/**
 * @param told gets what is found damaged when it is opened for this
 * @returns why the database does not open, where damage or its version is the reason
 */
async function openDamage(
  database: string,
  store: LevelStore,
  told: Error[],
): Promise<Damage | undefined> {
  try {
    await store.perform<"ids">({ kind: "ids" }, (error) => told.push(error));
    return undefined;
  } catch (error) {
    if (isRefusal(error) || error instanceof FormatVersionError) {
      return damageOf(error, undefined, database);
    }
    throw error;
  }
}
