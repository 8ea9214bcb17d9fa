/** Looks who is present in a folder, as processes do that wait for leases, until its input ends. */
import { readdirSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isPresenceName, isPresent } from "../../src/presence.ts";
import { childArguments } from "@class-cache/testkit/processes";

const { folder, ms } = childArguments<{ folder: string; ms: number }>();
for (const end = performance.now() + ms; performance.now() < end;) {
  for (const name of readdirSync(folder)) if (isPresenceName(name)) isPresent(folder, name);
  await nextTurn();
}
