import type { Case } from "./cases.ts";

/** The call with one of the sets of arguments, which is remembered after it was made once. */
export type Hit = (index: number) => Promise<unknown>;

/** Loads itself and gets ready for a case. */
export type MemoryContender = (name: Case) => Promise<Hit>;
