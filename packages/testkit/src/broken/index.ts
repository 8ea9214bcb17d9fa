import type { BrokenBackend } from "./broken-backend.ts";
import { carelessLeases } from "./careless-leases.ts";
import { changingValues } from "./changing-values.ts";
import { livingOn } from "./living-on.ts";
import { losingWrites } from "./losing-writes.ts";
import { misalignedBulk } from "./misaligned-bulk.ts";
import { mistakingTime } from "./mistaking-time.ts";
import { mixingMappings } from "./mixing-mappings.ts";
import { takingKeysWrong } from "./taking-keys-wrong.ts";
import { unstableIteration } from "./unstable-iteration.ts";

export type { BrokenBackend } from "./broken-backend.ts";
export { ForwardingBackend } from "./forwarding-backend.ts";
export { ForwardingMapping } from "./forwarding-mapping.ts";

/** Backends with one fault each, all of which the suite has to find. */
export const brokenBackends: readonly BrokenBackend[] = [
  ...losingWrites,
  ...takingKeysWrong,
  ...changingValues,
  ...misalignedBulk,
  ...unstableIteration,
  ...mistakingTime,
  ...mixingMappings,
  ...livingOn,
  ...carelessLeases,
];
