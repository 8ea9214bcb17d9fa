import { fileBlocks } from "@class-cache/file";
import type { Call } from "../../../testkit/src/processes/calls.ts";
import { User } from "./uses.ts";

export const MOST_BLOCK_BYTES = 2000;

/** What a store is like before two users are at it. */
const histories: Record<string, (user: User) => Promise<void>> = {
  "nothing there": async () => {},
  "a few entries": async (user) => {
    for (const key of ["0", "3", "4", "5"]) await user.set(key);
    await user.set("1", 11);
  },
  "much that is dead": async (user) => {
    for (const key of ["0", "1", "2", "3", "4", "5", "6", "7", "8"]) await user.set(key, 12);
    for (let times = 0; times < 3; times += 1) {
      for (const key of ["1", "2", "3"]) await user.set(key, 11);
    }
    await user.set("2", 9000);
    await user.delete("4");
    await user.delete("8");
  },
  "files to be written to again": async (user) => {
    for (const key of ["0", "3", "4", "5"]) await user.set(key);
    for (let times = 0; times < 36; times += 1) await user.set("1", 47);
  },
};

export type State = keyof typeof histories;

export const states: readonly State[] = Object.keys(histories);

/** Makes a store and closes it. @returns what was done */
export async function makeStore(dir: string, state: State): Promise<Call[]> {
  await using backend = fileBlocks({ dir, maxBlockBytes: MOST_BLOCK_BYTES });
  const user = new User(backend, "before");
  await histories[state]!(user);
  return user.calls;
}
