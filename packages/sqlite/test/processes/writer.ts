/** Writes without end, and says of each key that it is acknowledged. */
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "./arguments.ts";

const { path, number } = childArguments<{ path: string; number: number }>();
const mapping = sqlite({ path }).open<string, string>("shared");
for (let index = 0; ; index += 1) {
  const key = `${number} ${index}`;
  if (index % 5 === 0) {
    const entries = Array.from({ length: 4 }, (_, part): [string, string] => [
      `${key} ${part}`,
      "b".repeat(part * 3000),
    ]);
    await mapping.setMany(entries);
    say(`many ${key}`);
  } else {
    await mapping.set(key, "v".repeat((index % 7) * 1000));
    say(`one ${key}`);
  }
}
