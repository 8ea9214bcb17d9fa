import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { AssertionError } from "node:assert";
import { join } from "node:path";
import { everyCut, everyFlip } from "../../damage/every-injury.ts";
import type { Injury } from "../../damage/injuries.ts";
import { StoreFiles } from "../../damage/store-files.ts";
import { isSame } from "../../same-value.ts";
import type { World } from "../../world.ts";
import { all } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";
import type { Plan } from "../plan.ts";

/** What damage is tried on: a store of some entries, or one of about a mebibyte. */
const sizes = { small: [12, 40], large: [96, 18_000] } as const;

/** Files of a closed store of which a part is lost, or one bit is another. */
export const damage: FaultTheme = {
  name: "damage",
  cases: (["small", "large"] as const).flatMap((size) => [
    {
      name: `a ${size} store cut to any length gives right values or reported misses`,
      needs: ["damage"],
      seconds: 180,
      run: (world, plan) => endure(world, plan, size, everyCut, Infinity),
    },
    {
      name: `a ${size} store with any bit flipped gives right values or reported misses, and loses little`,
      needs: ["damage"],
      seconds: 180,
      run: (world, plan) => endure(world, plan, size, everyFlip, plan.flipCosts),
    },
  ]),
};

/** @param mostLost entries that one injury may cost */
async function endure(
  world: World,
  plan: Plan,
  size: keyof typeof sizes,
  injuries: typeof everyFlip,
  mostLost: number,
): Promise<void> {
  const id = world.id("damaged");
  const expected = await fill(world, id, size);
  const saved = new StoreFiles(world.folder, join(world.root, "saved"));
  const most = Number(process.env.CLASS_CACHE_INJURIES ?? Infinity);
  const count = size === "small" ? plan.pick(80, most) : plan.pick(20, Math.min(4000, most));
  const random = plan.random(`${size} ${injuries.name}`);
  for (const injury of injuries(saved.files, count, random)) {
    injury.inflict(join(world.folder, injury.file));
    try {
      const lost = await read(world, id, expected, plan.reportsLoss);
      if (lost > mostLost) throw new AssertionError({ message: `it costs ${lost} entries` });
    } catch (cause) {
      throw told(injury, cause);
    }
    saved.putBack();
  }
}

function told({ file, what }: Injury, cause: unknown): Error {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${file}, ${what}: ${message}`, { cause });
}

/** Entries of which some replaced others, and some were deleted. @returns what each key holds */
async function fill(
  world: World,
  id: string,
  size: keyof typeof sizes,
): Promise<Map<string, unknown>> {
  const [count, length] = sizes[size];
  const expected = new Map<string, unknown>();
  const backend = world.sharedBackend();
  const mapping = backend.open<string, unknown>(id);
  for (const round of ["first", "second"]) {
    for (let number = 0; number < count; number += round === "first" ? 1 : 3) {
      const value = { round, number, text: `${number} `.repeat((number % 3) * length * 0.2) };
      expected.set(`key ${number}`, value);
      await mapping.set(`key ${number}`, value);
    }
  }
  for (const key of ["key 1", "key 6"]) {
    expected.set(key, undefined);
    await mapping.delete(key);
  }
  await backend.close();
  return expected;
}

/** Reads all in every way. @returns how many entries are lost */
async function read(
  world: World,
  id: string,
  expected: ReadonlyMap<string, unknown>,
  reportsLoss: boolean,
): Promise<number> {
  let reports = 0;
  const onError = (): void => {
    reports += 1;
  };
  subscribe("class-cache:error", onError);
  const backend = world.options.backend({ folder: world.folder });
  let lost = 0;
  try {
    const mapping = backend.open<string, unknown>(id, { onError });
    const keys = [...expected.keys()];
    for (const key of keys) {
      const value = await mapping.get(key);
      if (value === undefined && expected.get(key) !== undefined) lost += 1;
      else right("get", key, value, expected);
    }
    if (lost > 0 && reports === 0 && reportsLoss) {
      throw new AssertionError({ message: `${lost} entries are lost without a word` });
    }
    await mapping.hasMany(keys);
    for (const [key, value] of await all(mapping)) right("an iteration", key, value, expected);
    await mapping.size();
  } finally {
    await backend.close();
    unsubscribe("class-cache:error", onError);
  }
  return lost;
}

function right(
  how: string,
  key: string,
  value: unknown,
  expected: ReadonlyMap<string, unknown>,
): void {
  if (expected.has(key) && isSame(expected.get(key), value)) return;
  throw new AssertionError({ message: `${how} gave a wrong value for ${key}`, actual: value });
}
