/** Reads an entry, which has a store that is damaged mended. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments } from "@class-cache/testkit/processes";

const { path, key } = childArguments<{ path: string; key: string }>();
await using backend = sqlite({ path });
await backend.open(key).get(key);
await backend.open("m").get(key);
