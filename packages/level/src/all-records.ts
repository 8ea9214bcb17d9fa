import type { StoredRecord } from "@class-cache/mapping";
import type { LevelStore } from "./requests.ts";

/**
 * Every entry of a mapping in the order of the keys, page by page. Each page goes on behind the last
 * key of the one before, so that no write in between can bring an entry twice or hide one.
 *
 * @param onDamaged told the keys whose records cannot be read
 */
export async function* allRecords(
  store: LevelStore,
  id: string,
  onDamaged: (key: string) => void,
): AsyncIterableIterator<StoredRecord> {
  let after: string | undefined;
  do {
    const page = await store.perform<"page">({ kind: "page", id, after });
    for (const key of page.damaged) onDamaged(key);
    yield* page.records;
    after = page.next;
  } while (after !== undefined);
}
