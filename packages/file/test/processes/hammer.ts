/**
 * Writes and deletes keys of its own without a pause, and some that all share; clears now and then
 * if told so. At the end it says what its own keys hold.
 */
import { fileBlocks } from "@class-cache/file";
import { childArguments, say } from "./arguments.ts";

const { dir, number, rounds } = childArguments<{ dir: string; number: number; rounds: number }>();
const errors: string[] = [];
await using backend = fileBlocks({ dir, maxBlockBytes: 3000 });
const mapping = backend.open<string, { by: number; round: number; fill: string }>("shared", {
  onError: (error) => errors.push(error.message),
});
const expected = new Map<string, number>();
let seed = number * 7919 + 1;
const random = (bound: number): number => {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  return Math.floor((seed / 2147483648) * bound);
};
for (let round = 0; round < rounds; round += 1) {
  const own = `own ${number} ${random(30)}`;
  const choice = random(10);
  if (choice < 6) {
    const fill = "f".repeat(random(20) === 0 ? 40_000 : random(300));
    await mapping.set(own, { by: number, round, fill });
    expected.set(own, round);
  } else if (choice < 8) {
    const was = expected.delete(own);
    if ((await mapping.delete(own)) !== was) errors.push(`delete ${own} said ${String(!was)}`);
  } else {
    await mapping.set(`common ${random(10)}`, { by: number, round, fill: "c".repeat(random(500)) });
  }
  const looked = `own ${number} ${random(30)}`;
  const found = await mapping.get(looked);
  if (found?.round !== expected.get(looked)) {
    errors.push(`${looked} is of round ${found?.round}, not ${expected.get(looked)}`);
  }
  const common = await mapping.get(`common ${random(10)}`);
  if (common !== undefined && !/^c*$/.test(common.fill)) errors.push("a common value is wrong");
}
say(JSON.stringify({ expected: [...expected], errors }));
