export { faults } from "./faults.ts";
export type { FaultsOptions, SetVersion } from "./faults-options.ts";
