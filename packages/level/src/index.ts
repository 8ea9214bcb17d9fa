export type { LevelOptions } from "./level.ts";
export { level, LevelBackend } from "./level.ts";
