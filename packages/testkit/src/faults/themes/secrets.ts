import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Backend, Key, ValueCodec } from "@class-cache/mapping";
import { compressed, encrypted, structured } from "@class-cache/mapping";
import { asStored } from "../../as-stored.ts";
import type { World } from "../../world.ts";
import { all } from "../../world.ts";
import type { FaultTheme } from "../fault-case.ts";

const secret = randomBytes(32);

/** The codec of a store that has this name. */
const sealed = (store: string): ValueCodec => encrypted(structured(), { key: secret, store });

/** Texts that mean something to a file system, to SQL, to a shell or to JavaScript. */
const HOSTILE: readonly string[] = [
  "",
  ".",
  "..",
  "../../escaped",
  "..\\escaped",
  "/etc/passwd",
  "C:\\x",
  "\\\\host\\share",
  "nul\0escaped",
  "line\nescaped",
  "é",
  "e\u0301",
  "\ud800",
  "CON",
  "aux.txt",
  "COM1:",
  "a:b",
  "'; DROP TABLE entry; --",
  '" OR 1=1 --',
  "x' UNION SELECT * FROM mapping --",
  "%s%n",
  "?1",
  "$(touch escaped)",
  "`touch escaped`",
  "; touch escaped #",
  "| cat",
  "*",
  "~",
  "-rf",
  "--",
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "valueOf",
  "<script>",
  "\u202e",
  "\ufeff",
  "x".repeat(20_000),
  "../".repeat(2000),
];

/** What of a store others may learn, or make it do. */
export const secrets: FaultTheme = {
  name: "secrets",
  cases: [
    {
      name: "an encrypted value moved to another key, id or store does not decrypt",
      needs: ["options"],
      async run(world) {
        const backend = world.backend();
        const other = otherBackend(world);
        const [id, otherId] = [world.id("one"), world.id("another")];
        await backend.open(id, { codec: sealed("one") }).set("key", "the secret");
        const bytes = await backend.open<string, Uint8Array>(id, { codec: asStored }).get("key");
        const targets: readonly [Backend, string, string, string, unknown][] = [
          [backend, "one", id, "key", "the secret"],
          [backend, "one", id, "another key", undefined],
          [backend, "one", otherId, "key", undefined],
          [other, "two", id, "key", undefined],
          [other, "two", otherId, "another key", undefined],
        ];
        for (const [to, store, toId, key, expected] of targets) {
          await to.open<string, unknown>(toId, { codec: asStored }).set(key, bytes);
          const codes: unknown[] = [];
          const onError = (error: Error): unknown => codes.push((error as { code?: unknown }).code);
          const mapping = to.open<string, unknown>(toId, { codec: sealed(store), onError });
          world.check.equal(await mapping.get(key), expected);
          world.check.equal(codes, expected === undefined ? ["ERR_DAMAGED"] : []);
        }
      },
    },
    {
      name: "encrypted values that are swapped in a store's files are read by neither key",
      needs: ["damage"],
      async run(world) {
        const id = world.id("swapped");
        const keys = ["a", "b"];
        const first = world.sharedBackend();
        const written = first.open<string, string>(id, { codec: sealed("one") });
        for (const key of keys) await written.set(key, `value of ${key}`);
        const raw = first.open<string, Uint8Array>(id, { codec: asStored });
        const [a, b] = await Promise.all(keys.map((key) => raw.get(key)));
        await first.close();
        if (a === undefined || b === undefined) throw new Error("nothing was stored");
        world.check.ok(
          swapInFiles(world.folder, Buffer.from(a), Buffer.from(b)),
          "both were found",
        );
        const mapping = world
          .sharedBackend()
          .open<string, string>(id, { codec: sealed("one"), onError() {} });
        world.check.equal(await mapping.getMany(keys), [undefined, undefined]);
      },
    },
    {
      name: "of encrypted values nothing is in plain text in any file, open or closed",
      needs: ["damage"],
      async run(world) {
        const id = world.id("canaries");
        const canaries = Array.from({ length: 6 }, () => randomBytes(12).toString("hex"));
        const codec = encrypted(compressed(structured()), { key: secret });
        const backend = world.sharedBackend();
        const mapping = backend.open<string, unknown>(id, { codec });
        const [text = "", name = "", bytes = "", large = "", gone = "", many = ""] = canaries;
        await mapping.set("text", text);
        await mapping.set("name", { [name]: 1 });
        await mapping.set("bytes", Buffer.from(bytes));
        await mapping.set("large", `${large} `.repeat(4000));
        await mapping.set("gone", gone);
        await mapping.setMany([["many", many]]);
        await mapping.delete("gone");
        world.check.equal(found(world.root, canaries), []);
        await mapping.prune();
        await backend.close();
        world.check.equal(found(world.root, canaries), []);
        const anew = world.sharedBackend();
        world.check.equal(await anew.open(id, { codec }).get("text"), text);
        await anew.close();
        world.check.equal(found(world.root, canaries), []);
        // The search finds what there is to be found.
        const plain = world.sharedBackend();
        await plain.open(id).set("plain", text);
        await plain.close();
        world.check.equal(found(world.root, canaries), [text]);
      },
    },
    {
      name: "no file and no folder is anybody else's to read, whatever the umask",
      needs: ["damage"],
      async run(world) {
        if (process.platform === "win32") return;
        const folder = join(world.root, "made by the backend");
        const before = process.umask(0);
        try {
          const [first, second] = [0, 1].map(() => world.options.backend({ folder }));
          for (const backend of [first!, second!]) {
            const mapping = backend.open<number, string>(world.id("private"));
            for (let number = 0; number < 300; number += 1) {
              await mapping.set(number, "v".repeat((number % 20) * 300));
            }
            const lease = await backend.lease("a lease");
            await mapping.prune();
            world.check.equal(readableByOthers(folder), []);
            await lease.release();
          }
          await first!.close();
          await second!.open(world.id("private")).get(1);
          world.check.equal(readableByOthers(folder), []);
          await second!.close();
          world.check.equal(readableByOthers(folder), []);
        } finally {
          process.umask(before);
        }
      },
    },
    {
      name: "no id, key or name of a lease reaches a path, a statement or a shell",
      needs: ["options"],
      async run(world) {
        const backend = world.backend();
        const witness = backend.open<string, string>(world.id("witness"));
        await witness.set("key", "value");
        const keysOf = (number: number): readonly string[] =>
          number === 0 ? HOSTILE : HOSTILE.slice(number - 1, number + 1);
        for (const [number, text] of HOSTILE.entries()) {
          const mapping = backend.open<string, unknown>(text);
          for (const key of keysOf(number)) await mapping.set(key, [number, key]);
          await using _lease = await backend.lease(text);
        }
        for (const [number, text] of HOSTILE.entries()) {
          const mapping = backend.open<string, unknown>(text);
          const keys = keysOf(number);
          const values = keys.map((key) => [number, key]);
          world.check.equal(await mapping.getMany(keys), values);
          world.check.equal(await mapping.size(), keys.length);
        }
        world.check.equal(await witness.get("key"), "value");
        const ids = new Set(await all(backend.ids()));
        world.check.equal(
          HOSTILE.filter((text) => !ids.has(text)),
          [],
        );
        // What is beside the store is what the case itself put there.
        world.check.equal(readdirSync(world.root), ["store"]);
        const escaped = pathsIn(world.folder).filter((path) => path.includes("escaped"));
        world.check.equal(
          escaped.filter((path) => !/escaped-[0-9a-f]{32}/.test(path)),
          [],
        );
      },
    },
    {
      name: "keys and values with the names of prototypes are data, and change nothing else",
      async run(world) {
        const mapping = world.mapping<Key, unknown>();
        const polluting = [
          '{"__proto__":{"polluted":1}}',
          '{"constructor":{"prototype":{"polluted":1}}}',
          '{"a":{"__proto__":{"__proto__":{"polluted":1}}}}',
        ].map((text) => JSON.parse(text) as Key);
        for (const value of polluting) await mapping.set(value, value);
        await mapping.setMany(polluting.map((value, number) => [[number, value], value]));
        for (const [number, value] of polluting.entries()) {
          world.check.equal(JSON.stringify(await mapping.get(value)), JSON.stringify(value));
          const bulk = await mapping.get([number, value]);
          world.check.equal(JSON.stringify(bulk), JSON.stringify(value));
        }
        const keys = (await all(mapping.keys())).map((key) => JSON.stringify(key));
        world.check.equal(keys.length, 2 * polluting.length);
        for (const value of polluting) {
          world.check.ok(keys.includes(JSON.stringify(value)), "a key comes back as it is");
        }
        world.check.equal(({} as { polluted?: unknown }).polluted, undefined);
        world.check.equal(Object.keys(Object.prototype), []);
        await mapping.clear();
      },
    },
  ],
};

/** A backend of another store. */
function otherBackend(world: World): Backend {
  const folder = join(world.root, "another");
  mkdirSync(folder);
  const backend = world.options.backend({ folder });
  world.atEnd(() => backend.close());
  return backend;
}

function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

/** @returns whether both were there */
function swapInFiles(folder: string, a: Buffer, b: Buffer): boolean {
  const seen = new Set<Buffer>();
  for (const name of pathsIn(folder)) {
    const path = join(folder, name);
    if (!lstatSync(path).isFile()) continue;
    const before = readFileSync(path);
    const after = Buffer.from(before);
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      for (let at = before.indexOf(from); at >= 0; at = before.indexOf(from, at + 1)) {
        to.copy(after, at);
        seen.add(from);
      }
    }
    if (!after.equals(before)) writeFileSync(path, after);
  }
  return seen.size === 2;
}

/** Those of some texts that are in a file or in a name below a folder, in any of the usual forms. */
function found(folder: string, texts: readonly string[]): string[] {
  const files = pathsIn(folder).filter((name) => lstatSync(join(folder, name)).isFile());
  const contents = files.map((name) => readFileSync(join(folder, name)));
  return texts.filter((text) => {
    const forms = [text, text.toUpperCase(), Buffer.from(text).toString("hex")].map((form) =>
      Buffer.from(form),
    );
    forms.push(Buffer.from(text, "utf16le"), Buffer.from(text, "hex"));
    return (
      files.some((name) => name.includes(text)) ||
      contents.some((bytes) => forms.some((form) => bytes.includes(form)))
    );
  });
}

/** What lies at a folder and below it, and is not its owner's alone. */
function readableByOthers(folder: string): string[] {
  return [folder, ...pathsIn(folder).map((name) => join(folder, name))]
    .filter((path) => (lstatSync(path).mode & 0o077) !== 0)
    .map((path) => relative(folder, path));
}
