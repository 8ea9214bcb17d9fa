export type { ExpectFunction, TestFunction } from "./runner.ts";
export type {
  BackendModule,
  Capability,
  Place,
  SuiteCapabilities,
  SuiteOptions,
} from "./options.ts";
export type { RegisteredCase } from "./register-themes.ts";
export { suite } from "./suite.ts";
export type { ChildSettings } from "./processes/child.ts";
export { Child } from "./processes/child.ts";
export { childArguments, say } from "./processes/child-program.ts";
