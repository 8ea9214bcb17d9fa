import { join } from "node:path";
import type { Damage, Inspection } from "@class-cache/mapping";
import { damageOf } from "@class-cache/mapping";
import { namesIn } from "@class-cache/mapping/disk";
import { currentEpoch } from "./epoch.ts";
import type { FileCalls } from "./file-calls.ts";
import type { Findings } from "./inspect-mapping.ts";
import { MappingInspection } from "./inspect-mapping.ts";
import { readManifest } from "./manifest.ts";
import { folderName, isFolderName } from "./paths.ts";

/** What mends a mapping, by what an inspection found in it. */
export type Mend = (id: string, findings: Findings) => Promise<void>;

/**
 * Inspects every mapping in a store's folder.
 *
 * @param known ids that this process has used, by which a folder is told whose manifest is lost
 */
export async function inspectStore(
  calls: FileCalls,
  storeFolder: string,
  known: Iterable<string>,
  inspection: Inspection,
  mend: Mend,
): Promise<void> {
  const ids = new Map<string, string>();
  for (const id of [...known, ...(inspection.ids ?? [])]) ids.set(folderName(id), id);
  for (const name of namesIn(storeFolder, calls)) {
    const folder = join(storeFolder, name);
    const manifest = isFolderName(name) ? inspectManifest(calls, folder, name, ids) : undefined;
    if (manifest === undefined) continue;
    const { id, damage } = manifest;
    if (id === undefined ? inspection.ids !== undefined : !inspection.covers(id)) continue;
    if (damage !== undefined) inspection.damaged(damage);
    if (id === undefined || damage?.code === "ERR_FORMAT_VERSION") {
      if (damage !== undefined) inspection.leave(damage);
      continue;
    }
    const findings = await new MappingInspection(calls, folder, id, inspection).run();
    const isSound = damage === undefined && findings.blocks.length + findings.lost.length === 0;
    if (inspection.mends && !isSound) await mend(id, findings);
  }
}

interface ManifestFindings {
  /** Undefined: nothing tells it. */
  readonly id: string | undefined;
  readonly damage: Damage | undefined;
}

/** @returns undefined when there is no mapping in the folder */
function inspectManifest(
  calls: FileCalls,
  folder: string,
  name: string,
  ids: ReadonlyMap<string, string>,
): ManifestFindings | undefined {
  const where = join(folder, "mapping.json");
  try {
    const id = readManifest(calls, folder)?.id;
    if (currentEpoch(calls, folder) === undefined) return undefined;
    if (id !== undefined && folderName(id) === name) return { id, damage: undefined };
  } catch (error) {
    return { id: ids.get(name), damage: damageOf(error, ids.get(name), where) };
  }
  const id = ids.get(name);
  const problem =
    id === undefined
      ? "The mapping's name is lost. Its entries are not: open it once, or name it in `ids`."
      : "The mapping's name is lost.";
  return { id, damage: { id, where, problem, code: "ERR_DAMAGED" } };
}
