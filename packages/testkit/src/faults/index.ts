export type { World } from "../world.ts";
export type { FaultCase, FaultTheme } from "./fault-case.ts";
export { faults } from "./faults.ts";
export type { FaultsOptions } from "./faults-options.ts";
export type { Plan, SetVersion } from "./plan.ts";
