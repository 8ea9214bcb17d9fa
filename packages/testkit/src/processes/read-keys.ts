import type { Backend } from "@class-cache/mapping";
import type { Call } from "./calls.ts";
import { machineTime } from "./machine-time.ts";
import type { MarkedValue } from "./marked-value.ts";
import { markOf } from "./marked-value.ts";

/** Reads every key that a `Workload` was on. @returns the calls */
export async function readKeys(backend: Backend, id: string, keys: number): Promise<Call[]> {
  const mapping = backend.open<string, MarkedValue>(id);
  const calls: Call[] = [];
  for (let number = 0; number < keys; number += 1) {
    const key = String(number);
    const begin = machineTime();
    const outcome = markOf(await mapping.get(key));
    calls.push({ action: "get", key, mark: null, begin, end: machineTime(), outcome });
  }
  return calls;
}
