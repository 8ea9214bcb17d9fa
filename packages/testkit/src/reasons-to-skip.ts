import type { Capabilities } from "@class-cache/mapping";
import type { Need } from "./need.ts";
import type { SuiteOptions } from "./options.ts";

/** The needs that a backend does not meet, each with the reason. */
export function reasonsToSkip(
  options: SuiteOptions,
  supports: Capabilities,
): ReadonlyMap<Need, string> {
  const reasons = new Map<Need, string>();
  const takesPlace = options.backend.length > 0;
  const need = (name: Need, given: unknown, otherwise: string | undefined): void => {
    const reason = typeof given === "string" ? given : given === undefined ? otherwise : undefined;
    if (reason !== undefined) reasons.set(name, reason);
  };
  const unplaced = takesPlace ? undefined : "the factory takes no place, so passes no options on";
  need("options", options.options, unplaced);
  const passing = supports.permanence ? undefined : "entries do not outlive the backend";
  need("reopens", options.reopens, passing ?? unplaced);
  const alone = supports.sharedAccess
    ? "no module is named that makes the backend in other processes"
    : "the backend is not shared by processes";
  const shared = supports.sharedAccess ? undefined : "the backend's store is not shared";
  need("sharedAccess", undefined, shared);
  need("processes", options.processes, alone);
  need("richValues", options.richValues, undefined);
  need("ownFiles", options.ownFiles, undefined);
  const isAsked = ["misses", "errors", "setbacks"].includes(options.damage ?? "");
  need("damage", isAsked ? true : options.damage, reasons.get("reopens"));
  const errors = options.damage === "misses" ? undefined : "damage may be answered with errors";
  need("damageMisses", undefined, reasons.get("damage") ?? errors);
  need("snapshots", undefined, supports.snapshots ? undefined : "values are not snapshots");
  const partial = "bulk writes are not declared atomic";
  need("atomicBulk", undefined, supports.atomicBulk ? undefined : partial);
  return reasons;
}
