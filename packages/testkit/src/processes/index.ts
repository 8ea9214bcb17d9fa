export { childArguments, say } from "./child-program.ts";
export type { ChildSettings } from "./child.ts";
export { Child } from "./child.ts";
