/** Shows its presence in a folder again and again, as a process does when it first takes a lease. */
import { Presence } from "../../src/presence.ts";
import { childArguments } from "@class-cache/testkit/processes";

const { folder, rounds } = childArguments<{ folder: string; rounds: number }>();
for (let round = 0; round < rounds; round += 1) new Presence(folder).end();
