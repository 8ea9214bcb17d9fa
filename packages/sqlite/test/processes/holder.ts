/** Takes a lease again and again, holds it for a while, and says when; or holds it for good. */
import { setTimeout as sleep } from "node:timers/promises";
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path, rounds, ms } = childArguments<{ path: string; rounds: number; ms: number }>();
const backend = sqlite({ path });
for (let round = 0; round < rounds; round += 1) {
  const lease = await backend.lease("name");
  say("held");
  say(`from ${performance.timeOrigin + performance.now()}`);
  await sleep(ms);
  say(`to ${performance.timeOrigin + performance.now()}`);
  await lease.release();
}
await backend.close();
