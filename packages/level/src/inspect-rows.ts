import type { Inspection, StoredRecord } from "@class-cache/mapping";
import { damageOf } from "@class-cache/mapping";
import { isNoAnswer } from "./no-answer.ts";
import { decodeRecord, recordSeed } from "./record.ts";
import type { LevelStore } from "./requests.ts";

/** Entries that are looked up together. */
const TOGETHER = 64;
/** Bytes of values that are looked up together, but for the last of them. */
const TOGETHER_BYTES: number = 4 * 1024 * 1024;

/**
 * Looks at every entry by its checksum, through the owner of the database. Mending deletes the damaged
 * ones.
 *
 * @param isDamaged whether the database's files are: then that LevelDB does not read is no other trouble
 * @throws StoreError when the store cannot be read for another reason
 */
export async function inspectRows(
  store: LevelStore,
  inspection: Inspection,
  isDamaged: boolean,
): Promise<void> {
  for (const id of await store.perform<"ids">({ kind: "ids" })) {
    if (!inspection.covers(id)) continue;
    inspection.mapping(id);
    try {
      await inspectMapping(store, id, inspection);
    } catch (error) {
      inspection.signal?.throwIfAborted();
      const damage = damageOf(error, id, id);
      if (damage.code === "ERR_STORE" && (!isDamaged || isNoAnswer(error))) throw error;
      inspection.damaged(damage);
      inspection.leave(damage);
    }
    await inspection.finish(id);
  }
}

async function inspectMapping(
  store: LevelStore,
  id: string,
  inspection: Inspection,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await store.perform<"page">({ kind: "page", id, after });
    const damaged = new Set(page.damaged);
    for (const records of groups(page.records)) {
      const keys = records.map(({ key }) => key);
      const found = await store.perform<"lookup">({ kind: "lookup", id, keys });
      for (const [index, { key, bytes }] of records.entries()) {
        const record = found[index];
        // Deleted since.
        if (record === undefined) continue;
        if (decodeRecord(recordSeed(id), key, record) === undefined) damaged.add(key);
        else inspection.intact(id, bytes);
        inspection.expect(bytes);
        await inspection.advance(bytes, id);
      }
    }
    for (const key of damaged) await mend(store, id, key, inspection);
    after = page.next;
  } while (after !== undefined);
}

async function mend(
  store: LevelStore,
  id: string,
  key: string,
  inspection: Inspection,
): Promise<void> {
  // Another process may have written it anew since.
  const [record] = await store.perform<"lookup">({ kind: "lookup", id, keys: [key] });
  const isSound = record === undefined || decodeRecord(recordSeed(id), key, record) !== undefined;
  if (isSound) return;
  inspection.damaged({ id, where: key, problem: "The entry is damaged.", code: "ERR_DAMAGED" });
  if (!inspection.mends) return;
  await store.perform<"write">({ kind: "write", id, changes: [{ kind: "bury", key }] });
}

function* groups(records: readonly StoredRecord[]): Iterable<StoredRecord[]> {
  let group: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    group.push(record);
    bytes += record.bytes;
    if (group.length < TOGETHER && bytes < TOGETHER_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
