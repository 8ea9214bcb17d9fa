/** Says how all that only looks at a store ends. */
import { repair, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "@class-cache/testkit/processes";

const { path } = childArguments<{ path: string }>();
const backend = sqlite({ path, busyTimeout: 100 });
const mapping = backend.open<string, unknown>("shared");
const looks = {
  get: () => mapping.get("key"),
  has: () => mapping.has("key"),
  size: () => mapping.size(),
  ids: () => backend.ids().next(),
  verify: () => verify(backend),
  repair: () => repair(backend),
};
for (const [name, look] of Object.entries(looks)) {
  const outcome = await look().then(
    () => "done",
    (error: unknown) => String((error as { code?: unknown }).code),
  );
  say(`${name} ${outcome}`);
}
