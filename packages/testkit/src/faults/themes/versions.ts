import { all } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";

const REFUSED = "ERR_FORMAT_VERSION";

/** A store that another release wrote, in a version of the format that this one does not know. */
export const versions: FaultTheme = {
  name: "versions",
  cases: [
    {
      name: "a store of another version is refused by every call, and loses nothing by them",
      needs: ["setVersion", "reopens"],
      async run(world, { setVersion }) {
        const { check } = world;
        const id = world.id("another version");
        const first = world.backend();
        await first.open<string, string>(id).set("a", "b");
        await first.close();
        await setVersion(world.folder, "unknown");
        const backend = world.backend();
        const mapping = backend.open<string, string>(id);
        for (let round = 0; round < 2; round += 1) {
          await check.refuses(() => mapping.get("a"), REFUSED);
          await check.refuses(() => mapping.has("a"), REFUSED);
          await check.refuses(() => mapping.set("a", "c"), REFUSED);
          await check.refuses(() => mapping.setMany([["a", "c"]]), REFUSED);
          await check.refuses(() => mapping.delete("a"), REFUSED);
          await check.refuses(() => mapping.size(), REFUSED);
          await check.refuses(() => all(mapping.entries()), REFUSED);
          await check.refuses(() => mapping.clear(), REFUSED);
          await check.refuses(() => mapping.prune(), REFUSED);
          await check.refuses(() => backend.drop(id), REFUSED);
        }
        await backend.close();
        await setVersion(world.folder, "own");
        check.equal(await all(world.backend().open(id)), [["a", "b"]]);
      },
    },
  ],
};
