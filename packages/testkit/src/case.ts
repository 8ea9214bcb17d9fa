import type { Need } from "./need.ts";
import type { World } from "./world.ts";

/** One promise of the contract, and how it is put to the test. */
export interface Case {
  /** As a behaviour: what holds, not what is called. */
  readonly name: string;
  readonly needs?: readonly Need[];
  /** Time allowed. Default: 30. */
  readonly seconds?: number;
  readonly run: (world: World) => Promise<void>;
}

/** Cases of one kind. */
export interface Theme {
  readonly name: string;
  readonly cases: readonly Case[];
}
