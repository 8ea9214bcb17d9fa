import type { Theme } from "../case.ts";
import { crashes } from "./crashes.ts";
import { damage } from "./damage.ts";
import { histories } from "./histories.ts";
import { inProcess } from "./in-process.ts";
import { processes } from "./processes.ts";
import { sharedLeases } from "./shared-leases.ts";

/** Every case of the contract, in the order in which they are registered. */
export const themes: readonly Theme[] = [
  ...inProcess,
  processes,
  histories,
  crashes,
  sharedLeases,
  damage,
];
