import type { Store } from "./connection.ts";
import type { WriteBatch } from "./write-batch.ts";

/** Pages that are given back together; other processes may write in between. */
const STEP = 2000;

/** Cuts pages that hold nothing off the end of the file, and empties the write-ahead log. */
export async function giveBackPages(
  batch: WriteBatch,
  store: () => Store | undefined,
): Promise<void> {
  const free = (): number =>
    Number(store()?.db.prepare("PRAGMA freelist_count").get()?.freelist_count ?? 0);
  for (let left = free(); left > 0;) {
    await batch.add(({ db }) => db.exec(`PRAGMA incremental_vacuum(${STEP})`), true);
    const now = free();
    if (now >= left) break;
    left = now;
  }
  store()?.db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all();
}
