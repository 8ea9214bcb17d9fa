import type { Backend } from "../backend.ts";
import { checkFunction, checkOptions, checkSignal } from "../check-option.ts";
import { OptionError } from "../errors.ts";
import { inspectEntries } from "./inspect-entries.ts";
import type { InspectionOptions, RepairReport, VerifyReport } from "./inspection.ts";
import { Inspection } from "./inspection.ts";

/**
 * Looks at everything that a backend has stored and reports what is not as it was written. It changes
 * nothing, and the store may be in use meanwhile, by any number of processes.
 *
 * Only stored bytes are looked at, against their checksums: what a codec makes of them is not.
 *
 * @throws OptionError when an option is not of its form
 * @throws StoreError when the store cannot be read for reasons other than damage
 * @throws whatever the signal or `onProgress` throw
 */
export async function verify(
  backend: Backend,
  options: InspectionOptions = {},
): Promise<VerifyReport> {
  const { left: _, ...report } = await inspect("verify", backend, options);
  return report;
}

/**
 * Mends what `verify()` reports: every intact record is kept, what is damaged goes, and then the store
 * verifies without damages but for those that the report calls `left`. The store may be in use
 * meanwhile, and a death in the middle, by whatever, loses nothing that was intact; then repair it again.
 *
 * Nothing is made up: an entry of which a byte is lost is absent afterwards, and is computed anew.
 *
 * @throws as `verify()`
 */
export function repair(backend: Backend, options: InspectionOptions = {}): Promise<RepairReport> {
  return inspect("repair", backend, options);
}

async function inspect(
  what: "verify" | "repair",
  backend: Backend,
  options: InspectionOptions,
): Promise<RepairReport> {
  checkArguments(what, backend, options);
  const ids = checkIds(`${what}.ids`, options.ids);
  options.signal?.throwIfAborted();
  const inspection = new Inspection(what === "repair", { ...options, ids });
  if (backend.inspect === undefined) await inspectEntries(backend, inspection);
  else await backend.inspect(inspection);
  await inspection.finish();
  return inspection.report();
}

function checkArguments(what: string, backend: Backend, options: InspectionOptions): void {
  if (typeof backend?.open !== "function" || typeof backend.ids !== "function") {
    throw new OptionError(`${what}.backend`, "a backend", backend);
  }
  const { signal, onProgress } = checkOptions(options, `${what}.options`);
  checkSignal(signal, `${what}.signal`);
  checkFunction(onProgress, `${what}.onProgress`);
}

/** Goes through them once only: they may be what can be gone through once. */
function checkIds(option: string, ids: InspectionOptions["ids"]): string[] | undefined {
  if (ids === undefined) return undefined;
  const isIterable = typeof (ids as Iterable<string> | null)?.[Symbol.iterator] === "function";
  if (typeof ids === "string" || !isIterable) {
    throw new OptionError(option, "an iterable of ids", ids);
  }
  const all = Array.from(ids);
  for (const id of all) {
    if (typeof id !== "string") throw new OptionError(option, "an iterable of strings alone", id);
  }
  return all;
}
