export type { FuzzOptions } from "./fuzz.ts";
export { fuzz } from "./fuzz.ts";
