import { readdirSync } from "node:fs";
import { json } from "@class-cache/mapping";
import type { Backend } from "@class-cache/mapping";
import type { Case, Theme } from "../case.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";

const LONG = "x".repeat(5000);

/** Ids that are easily taken for each other, for a path, or for something of the store's own. */
const odd: readonly (readonly [string, readonly string[]])[] = [
  ["the empty text and spaces", ["", " ", "  "]],
  ["dots", [".", "..", "...", "a.", "a.."]],
  ["paths upwards", ["../x", "../../x", "..\\x", "../store", "a/../b"]],
  ["absolute paths", ["/etc/passwd", "/", "//", "C:\\x", "\\\\host\\share"]],
  ["letters in both cases", ["a", "A", "ab", "AB", "aB", "Ab"]],
  ["separators of all kinds", ["a:b", "a/b", "a\\b", "a b", "a_b", "a-b", "a%2Fb", "a|b", "a*b"]],
  ["zero characters and controls", ["n", "n\0", "n\0b", "n\n", "n\t"]],
  ["composed and decomposed letters", ["é", "e\u0301", "É", "名前"]],
  ["surrogates", ["\ud800", "\udc00", "\udfff", "\ud800\udc00", "\ufffd"]],
  ["long texts", [LONG, `${LONG}y`, `${LONG}Y`, `${LONG}/`, "é".repeat(3000)]],
  ["names of devices", ["CON", "con", "nul.txt", "COM1", "aux"]],
  ["names of objects", ["__proto__", "constructor", "hasOwnProperty", "toString", "undefined"]],
  [
    "names of parts of stores",
    ["locks", "LOCK", "manifest", "epoch-00000001-00000000", "0", "tmp"],
  ],
  ["what looks like SQL and markup", ["'; DROP TABLE entries; --", '"', "`", "<a>", "%", "!"]],
];

async function idsOf(backend: Backend, known: readonly string[]): Promise<string[]> {
  return (await all(backend.ids())).filter((id) => known.includes(id)).toSorted();
}

const anyString = odd.map(([name, ids]): Case => ({
  name: `${name} are ids, and no two share entries`,
  async run(world) {
    const backend = world.backend();
    for (const id of ids) await world.oddId(backend, id);
    for (const [at, id] of ids.entries()) await backend.open(id).set("key", at);
    for (const [at, id] of ids.entries()) {
      const mapping = backend.open(id);
      world.check.equal(mapping.id, id);
      world.check.equal(await all(mapping), [["key", at]]);
    }
    world.check.equal(await idsOf(backend, ids), ids.toSorted());
    for (const [at, id] of ids.entries()) {
      world.check.equal(await backend.drop(id), true);
      world.check.equal(await idsOf(backend, ids), ids.slice(at + 1).toSorted());
    }
  },
}));

const notIds: readonly (readonly [string, unknown])[] = [
  ["a number", 7],
  ["undefined", undefined],
  ["an object", {}],
];

const refusals = notIds.map(([name, id]): Case => ({
  name: `${name} is no id`,
  async run(world) {
    const backend = world.backend();
    await world.check.refuses(() => backend.open(id as string), "ERR_OPTION");
    await world.check.refuses(() => backend.drop(id as string), "ERR_OPTION");
  },
}));

async function twoWritten(world: World): Promise<[Backend, string, string]> {
  const backend = world.backend();
  const [one, other] = [world.id("one"), world.id("other")];
  await backend.open(one).set(1, "one");
  await backend.open(other).set(1, "other");
  return [backend, one, other];
}

/** What ids promise: any string is one, and each has entries of its own. */
export const ids: Theme = {
  name: "ids",
  cases: [
    {
      name: "two handles of one id see the same entries",
      async run(world) {
        const backend = world.backend();
        const id = world.id("id");
        const [one, other] = [backend.open(id), backend.open(id)];
        await one.set("key", 1);
        world.check.equal(await other.get("key"), 1);
        await other.delete("key");
        world.check.equal(await one.has("key"), false);
        await other.set("key", 2);
        await one.clear();
        world.check.equal(await other.size(), 0);
      },
    },
    {
      name: "mappings of two ids share nothing",
      async run(world) {
        const [backend, one, other] = await twoWritten(world);
        world.check.equal(await backend.open(one).get(1), "one");
        world.check.equal(await backend.open(other).get(1), "other");
        await backend.open(one).clear();
        world.check.equal(await all(backend.open(other)), [[1, "other"]]);
      },
    },
    {
      name: "an id with that of another mapping at its beginning shares nothing with it",
      async run(world) {
        const backend = world.backend();
        const id = world.id("id");
        const longer = [`${id} `, `${id}/`, `${id}1`, `${id}!`, `${id}\0`];
        await backend.open(id).set("a", "short");
        for (const other of longer) {
          await world.oddId(backend, other);
          await backend.open(other).set("a", other);
        }
        await backend.open(id).clear();
        for (const other of longer) world.check.equal(await backend.open(other).get("a"), other);
        world.check.equal(await backend.open(id).size(), 0);
      },
    },
    ...anyString,
    {
      name: "no id leads out of the store's folder",
      needs: ["options"],
      async run(world) {
        const backend = world.backend();
        for (const id of ["../escaped", "..\\escaped", "../store2/x", "x/../../escaped"]) {
          await backend.open(id).set("key", "value");
        }
        await backend.close();
        world.check.equal(readdirSync(world.root), ["store"]);
      },
    },
    ...refusals,
    {
      name: "ids names the mappings that were written to",
      async run(world) {
        const [backend, one, other] = await twoWritten(world);
        const never = world.id("never written");
        backend.open(never);
        world.check.equal(await idsOf(backend, [one, other, never]), [one, other].toSorted());
      },
    },
    {
      name: "drop deletes a mapping whole, and says whether there was one",
      async run(world) {
        const [backend, one, other] = await twoWritten(world);
        world.check.equal(await backend.drop(one), true);
        world.check.equal(await backend.drop(one), false);
        world.check.equal(await backend.drop(world.id("never written")), false);
        world.check.equal(await idsOf(backend, [one, other]), [other]);
        world.check.equal(await backend.open(one).size(), 0);
        world.check.equal(await backend.open(other).get(1), "other");
      },
    },
    {
      name: "a handle of a dropped mapping finds it empty, and may write to it anew",
      async run(world) {
        const [backend, one, other] = await twoWritten(world);
        const [handle, second] = [backend.open(one), backend.open(one)];
        world.check.equal(await handle.get(1), "one");
        await backend.drop(one);
        world.check.equal(await handle.get(1), undefined);
        world.check.equal(await second.size(), 0);
        await handle.set(1, "anew");
        world.check.equal(await second.get(1), "anew");
        world.check.equal(await idsOf(backend, [one, other]), [one, other].toSorted());
      },
    },
    {
      name: "mappings are dropped and written again and again",
      async run(world) {
        const backend = world.backend();
        const id = world.id("id");
        for (let round = 0; round < 8; round += 1) {
          const mapping = backend.open<number, number>(id);
          await mapping.setMany(Array.from({ length: 20 }, (_, key) => [key, round]));
          world.check.equal(await mapping.size(), 20);
          world.check.equal(await backend.drop(id), true);
          world.check.equal(await mapping.size(), 0);
        }
        world.check.equal(await idsOf(backend, [id]), []);
      },
    },
    {
      name: "many mappings stand beside each other",
      async run(world) {
        const backend = world.backend();
        const many = Array.from({ length: 40 }, (_, at) => world.id(`mapping ${at}`));
        await Promise.all(many.map((id, at) => backend.open(id).set("at", at)));
        for (const [at, id] of many.entries()) {
          world.check.equal(await all(backend.open(id)), [["at", at]]);
        }
        world.check.equal(await idsOf(backend, many), many.toSorted());
      },
    },
    {
      name: "a mapping opened with a codec of its own uses it",
      async run(world) {
        const backend = world.backend();
        const mapping = backend.open(world.id("json"), { codec: json() });
        await mapping.set("a", { plain: [1] });
        world.check.equal(await mapping.get("a"), { plain: [1] });
        await world.check.refuses(() => mapping.set("b", 1n), "ERR_UNSTORABLE");
        world.check.equal(await mapping.size(), 1);
      },
    },
  ],
};
