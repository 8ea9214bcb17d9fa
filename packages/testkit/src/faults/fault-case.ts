import type { Need } from "../need.ts";
import type { World } from "../world.ts";
import type { Plan } from "./plan.ts";

/** One kind of fault, and what a store has to do about it. */
export interface FaultCase {
  /** As a behaviour: what holds under the fault. */
  readonly name: string;
  readonly needs?: readonly Need[];
  /** Time allowed in a bounded run. Default: 60. */
  readonly seconds?: number;
  readonly run: (world: World, plan: Plan) => Promise<void>;
}

/** Faults of one kind. */
export interface FaultTheme {
  readonly name: string;
  readonly cases: readonly FaultCase[];
}
