import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Theme } from "../case.ts";
import type { Tolerance } from "../damage/damaged-store.ts";
import { DamagedStore } from "../damage/damaged-store.ts";
import type { Injury } from "../damage/injuries.ts";
import {
  cuts,
  emptied,
  flips,
  overwrites,
  removed,
  replacedByFolders,
} from "../damage/injuries.ts";
import { StoreFiles } from "../damage/store-files.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

/** What a store does of which files were changed by somebody else. */
export const damage: Theme = {
  name: "damage",
  cases: [
    {
      name: "foreign files and folders in the store's folder disturb nothing and stay",
      needs: ["damage"],
      run: (world) => liveWithForeigners(world),
    },
    {
      name: "a flipped bit anywhere gives no wrong value and no stray error",
      needs: ["damage"],
      seconds: 60,
      run: (world) => endure(world, (files) => flips(files, 40 * world.effort)),
    },
    {
      name: "a file that is cut anywhere gives no wrong value and no stray error",
      needs: ["damage"],
      seconds: 60,
      run: (world) => endure(world, (files) => cuts(files, 24 * world.effort)),
    },
    {
      name: "a stretch of strange bytes anywhere gives no wrong value and no stray error",
      needs: ["damage"],
      seconds: 60,
      run: (world) => endure(world, (files) => overwrites(files, 16 * world.effort)),
    },
    {
      name: "an empty file in place of one of the store's gives no wrong value and no stray error",
      needs: ["damage"],
      run: (world) => endure(world, emptied),
    },
    {
      name: "a file that is gone gives no wrong value and no stray error",
      needs: ["damage"],
      run: (world) => endure(world, removed, { codedErrors: true }),
    },
    {
      name: "a folder in place of a file gives no wrong value and no stray error",
      needs: ["damage"],
      run: (world) => endure(world, replacedByFolders, { codedErrors: true }),
    },
    {
      name: "damage to the files of one mapping leaves another mapping whole",
      needs: ["damage", "damageMisses", "ownFiles"],
      run: (world) => damageNeighbour(world),
    },
  ],
};

async function endure(
  world: World,
  injuries: (files: ReadonlyMap<string, Buffer>) => Injury[],
  tolerance?: Partial<Tolerance>,
): Promise<void> {
  const store = await DamagedStore.make(world);
  const { damage = "errors" } = world.options;
  const codedErrors = damage !== "misses";
  const olderValues = damage === "setbacks";
  await store.endure(injuries(store.files), { codedErrors, olderValues, ...tolerance });
}

async function liveWithForeigners(world: World): Promise<void> {
  const { check } = world;
  const id = world.id("among foreigners");
  const first = world.backend();
  await first.open<string, unknown>(id).set("a", 1);
  await first.close();
  const { files } = StoreFiles.copyOf(world.folder, join(world.root, "saved"));
  const folders = new Set(["", ...Array.from(files.keys(), dirname)]);
  const foreign = Array.from(folders, (folder) => join(world.folder, folder)).flatMap((folder) =>
    ["README", ".DS_Store", "Thumbs.db", "notes.txt~", "ünïcode 🙂"].map((name) =>
      join(folder, name),
    ),
  );
  for (const path of foreign) writeFileSync(path, "foreign");
  const strange = join(world.folder, "strange folder", "deep");
  mkdirSync(strange, { recursive: true });
  writeFileSync(join(strange, "file"), "foreign");
  const backend = world.backend();
  const mapping = backend.open<string, unknown>(id);
  check.equal(await mapping.get("a"), 1);
  await mapping.set("b", 2);
  const found = new Map(await all(mapping));
  check.equal([found.size, found.get("a"), found.get("b")], [2, 1, 2]);
  check.equal((await all(backend.ids())).includes(id), true);
  await mapping.prune();
  await (await backend.lease(world.id("name"))).release();
  const stay = (path: string): void =>
    check.equal(readFileSync(path, "utf8"), "foreign", `${path} is as it was`);
  for (const path of [...foreign, join(strange, "file")]) stay(path);
  check.equal(await backend.drop(id), true);
  await backend.close();
  // A folder of the mapping's own may go with it, whatever is in it.
  for (const path of foreign) if (dirname(path) === world.folder) stay(path);
  stay(join(strange, "file"));
}

async function damageNeighbour(world: World): Promise<void> {
  const entries = Array.from({ length: 20 }, (_, number) => [`key ${number}`, `value ${number}`]);
  const own = world.id("own");
  const first = world.backend();
  await first.open(own).setMany(entries as [string, string][]);
  await first.close();
  const before = StoreFiles.copyOf(world.folder, join(world.root, "before"));
  const second = world.backend();
  await second.open(world.id("neighbour")).setMany(entries as [string, string][]);
  await second.close();
  const after = StoreFiles.copyOf(world.folder, join(world.root, "after"));
  const neighbours = Array.from(after.files).filter(([path]) => !before.files.has(path));
  world.check.ok(neighbours.length > 0, "the neighbour has no file of its own");
  for (const injury of [...flips(new Map(neighbours), 40), ...emptied(new Map(neighbours))]) {
    injury.inflict(join(world.folder, injury.file));
    const backend = world.backend();
    const mapping = backend.open<string, string>(own);
    world.check.equal(await mapping.size(), entries.length, `${injury.file}, ${injury.what}`);
    for (const [key = "", value] of entries) world.check.equal(await mapping.get(key), value);
    await backend.close();
    after.putBack();
  }
}
