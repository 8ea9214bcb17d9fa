import { mkdirSync } from "node:fs";
import type { FileBlocksOptions } from "@class-cache/file";
import { fileBlocks } from "@class-cache/file";
import type { Ledger } from "./ledger.ts";
import type { TestedStore } from "./tested-store.ts";
import { ID } from "./tested-store.ts";

/** Something that a store does while calls fail. */
export interface Scenario {
  readonly name: string;
  readonly options?: FileBlocksOptions;
  /** What is in the store before. Default: small and large values. */
  readonly entries?: ReadonlyMap<string, string>;
  /** Leaves the store as a process does that died over this. */
  readonly interrupted?: (store: TestedStore) => Promise<void>;
  readonly run: (store: TestedStore) => Promise<void>;
}

const small = new Map(Array.from({ length: 12 }, (_, at) => [`old ${at}`, `v${at}`.repeat(25)]));
const large = new Map(Array.from({ length: 4 }, (_, at) => [`large ${at}`, `${at}`.repeat(9000)]));

const SPLITS = async (store: TestedStore): Promise<void> => {
  for (let at = 0; at < 12; at += 1) await store.set(`new ${at}`, `new ${at}`);
};

const COMPACTS = async (store: TestedStore): Promise<void> => {
  for (let at = 0; at < 12; at += 1) await store.set("old 1", `${at}`.repeat(400));
};

export const scenarios: readonly Scenario[] = [
  {
    name: "the first write",
    entries: new Map(),
    async run(store) {
      await store.read(["a"]);
      await store.set("a", "first");
      await store.set("b", "first and large".repeat(1000));
      await store.read();
    },
  },
  {
    name: "reading and writing",
    async run(store) {
      await store.read();
      await store.set("old 1", "other");
      await store.set("large 1", "other".repeat(2000));
      await store.set("huge", "huge".repeat(150_000));
      await store.setMany([
        ["old 2", "many"],
        ["large 2", "many".repeat(2000)],
        ["many", "many"],
      ]);
      await store.setDefault("old 3", "default");
      await store.setDefault("default", "default");
      await store.delete("old 4");
      await store.delete("large 3");
      await store.lease();
      await store.read();
    },
  },
  { name: "a split", run: SPLITS },
  { name: "a compaction", entries: new Map([["old 1", "old"]]), run: COMPACTS },
  {
    name: "a collection of large values",
    async run(store) {
      for (const key of ["large 0", "large 2", "large 3"]) await store.delete(key);
      await store.prune();
      await store.read();
    },
  },
  {
    name: "a clear",
    async run(store) {
      await store.clear();
      await store.set("old 1", "after it");
    },
  },
  {
    name: "a drop",
    async run(store) {
      await store.drop();
      await store.set("old 1", "after it");
    },
  },
  {
    name: "recovery from an interrupted split",
    interrupted: SPLITS,
    async run(store) {
      await store.read();
      await store.set("old 1", "after it");
      await store.prune();
      await store.read();
    },
  },
  {
    name: "recovery from an interrupted compaction",
    entries: new Map([["old 1", "old"]]),
    interrupted: COMPACTS,
    async run(store) {
      await store.read();
      await store.set("old 1", "after it");
      await store.prune();
    },
  },
  {
    name: "recovery from an interrupted clear",
    interrupted: (store) => store.clear(),
    async run(store) {
      await store.read();
      await store.set("old 1", "after it");
      await store.prune();
    },
  },
  {
    name: "keeping within limits",
    options: { maxEntries: 6 },
    entries: new Map([...small].slice(0, 6)),
    async run(store) {
      for (let at = 0; at < 4; at += 1) await store.set(`new ${at}`, `new ${at}`);
    },
  },
  {
    name: "durable writes",
    options: { durability: "sync" },
    async run(store) {
      await store.set("old 1", "durable");
      await store.set("large 1", "durable".repeat(2000));
      await store.setMany([
        ["old 2", "many"],
        ["many", "many"],
      ]);
      await store.delete("old 4");
      await store.read();
    },
  },
];

/** Makes the store of a scenario in a folder, as it is before. */
export async function prepare(
  { entries = new Map([...small, ...large]), options }: Scenario,
  dir: string,
  ledger: Ledger,
): Promise<void> {
  mkdirSync(dir);
  await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
  for (const [key, value] of entries) {
    await backend.open<string, string>(ID).set(key, value);
    ledger.settle(key, value);
    if (options?.maxEntries !== undefined) ledger.begin(key, undefined);
  }
}
