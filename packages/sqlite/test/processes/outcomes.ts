/** Says how a read and a write of a store end. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path } = childArguments<{ path: string }>();
const mapping = sqlite({ path, busyTimeout: 100 }).open<string, unknown>("shared");
const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
say(await mapping.get("key").then((value) => `got ${String(value)}`, codeOf));
say(await mapping.set("key", 2).then(() => "set", codeOf));
