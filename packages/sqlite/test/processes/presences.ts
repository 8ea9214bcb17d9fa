/** Shows its presence in a folder again and again, as a process does when it first takes a lease. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { Presence } from "../../src/presence.ts";
import { childArguments, say } from "@class-cache/testkit/processes";

const { folder, rounds } = childArguments<{ folder: string; rounds: number }>();
for (let round = 0; round < rounds; round += 1) {
  const presence = new Presence(folder);
  for (let turn = 0; turn < round % 8; turn += 1) await nextTurn();
  if (!presence.isSeen) say(`not seen in round ${round}`);
  presence.end();
}
