import type { Backend } from "../backend.ts";
import type { ValueCodec } from "../codec/codec.ts";
import type { Key } from "../key.ts";
import { encodeKey } from "../key.ts";
import type { Damage, Inspection } from "./inspection.ts";
import { damageOf } from "./inspection.ts";

/** Whatever codec a mapping is used with: only the stored bytes are looked at. */
const asStored: ValueCodec = {
  name: "as stored",
  encode: (value) => value as Uint8Array,
  decode: (bytes) => bytes,
};

/**
 * Inspects a backend by reading every entry through its mappings, as every backend allows: it finds
 * what reads report. Mending deletes the entries that cannot be read.
 */
export async function inspectEntries(backend: Backend, inspection: Inspection): Promise<void> {
  const ids = new Set(inspection.ids ?? []);
  if (inspection.ids === undefined) for await (const id of backend.ids()) ids.add(id);
  for (const id of ids) await inspectMapping(backend, id, inspection);
}

async function inspectMapping(backend: Backend, id: string, inspection: Inspection): Promise<void> {
  const reports = new Map<string, Error>();
  const onError = (error: Error): unknown => reports.set(error.message, error);
  await using mapping = backend.open<Key, Uint8Array>(id, { codec: asStored, onError });
  const hidden: Damage[] = [];
  try {
    for await (const record of mapping.records()) {
      inspection.expect(record.bytes);
      const known = reports.size;
      const entry = await mapping.lookup(record.key);
      if (entry !== undefined) inspection.intact(id, record.bytes);
      else if (reports.size > known) {
        const [problem = "", error] = Array.from(reports).at(-1) ?? [];
        const damage = damageOf(error, id, encodeKey(record.key));
        inspection.damaged({ ...damage, problem });
        if (inspection.mends) await mapping.delete(record.key);
        reports.delete(problem);
      }
      await inspection.advance(record.bytes, id);
    }
    for (const error of reports.values()) hidden.push(damageOf(error, id, id));
  } catch (error) {
    inspection.throwIfStopped();
    hidden.push(damageOf(error, id, id));
  }
  for (const damage of hidden) {
    inspection.damaged(damage);
    inspection.leave(damage);
  }
  await inspection.finish(id);
}
