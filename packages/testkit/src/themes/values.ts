import type { Case, Theme } from "../case.ts";
import { all } from "../world.ts";
import { snapshots } from "./snapshots.ts";
import { unstorable } from "./unstorable.ts";
import { plainValues, richValues } from "./value-kinds.ts";

function kind([name, value]: readonly [string, unknown], needs: Case["needs"] = []): Case {
  return {
    name: `${name} is read as it was written`,
    needs,
    async run(world) {
      const mapping = world.mapping();
      await mapping.set("key", value);
      world.check.equal(await mapping.get("key"), value);
      world.check.fields(await mapping.lookup("key"), { value });
      world.check.equal(await all(mapping.values()), [value]);
    },
  };
}

/** Around the sizes at which stores begin to treat a value differently, so far as we know them. */
const SIZES = [0, 1, 100, 4096, 32_768, 33_000, 100_000, 700_000];

/** What values promise. */
export const values: Theme = {
  name: "values",
  cases: [
    ...plainValues.map((value) => kind(value)),
    ...richValues.map((value) => kind(value, ["richValues"])),
    {
      name: "values of all sizes are written, replaced by others, and kept",
      async run(world) {
        const mapping = world.mapping();
        for (const size of SIZES) await mapping.set(size, "v".repeat(size));
        for (const size of SIZES) world.check.equal(await mapping.get(size), "v".repeat(size));
        for (const size of SIZES) await mapping.set(size, "w".repeat(700_000 - size));
        const isReplaced = async (): Promise<void> => {
          for (const size of SIZES) {
            world.check.equal(await mapping.get(size), "w".repeat(700_000 - size));
          }
        };
        await isReplaced();
        await mapping.prune();
        await isReplaced();
        world.check.equal(await mapping.size(), SIZES.length);
      },
    },
    {
      name: "values of all kinds stand beside each other",
      needs: ["richValues"],
      async run(world) {
        const mapping = world.mapping<string, unknown>();
        const kinds = [...plainValues, ...richValues];
        await mapping.setMany(kinds);
        const names = kinds.map(([name]) => name);
        const found = await mapping.getMany(names);
        for (const [at, [name, value]] of kinds.entries()) {
          world.check.equal(found[at], value, name);
        }
      },
    },
    ...snapshots,
    ...unstorable,
  ],
};
