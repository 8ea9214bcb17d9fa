import type { Backend, MutableMapping } from "@class-cache/mapping";
import type { Action, Call } from "../../../testkit/src/processes/calls.ts";
import { machineTime } from "../../../testkit/src/processes/machine-time.ts";
import type { MarkedValue } from "../../../testkit/src/processes/marked-value.ts";
import { markedValue, markOf } from "../../../testkit/src/processes/marked-value.ts";

const ID = "interleaved";

/** Those that a store has from the beginning, and more. */
const KEYS: readonly string[] = Array.from({ length: 16 }, (_, key) => String(key));

/** The number of a mark decides how large its value is. */
const SMALL = 5;
const LARGE = 11;
const HUGE = 9000;

type Concern = readonly [key: string, mark: string | null];

/** A user of a store, who notes each call. */
export class User {
  readonly calls: Call[] = [];
  readonly #backend: Backend;
  readonly #mapping: MutableMapping<string, MarkedValue>;
  readonly #name: string;
  #count = 0;

  /** @param name no two users of a store have the same */
  constructor(backend: Backend, name: string) {
    this.#backend = backend;
    this.#mapping = backend.open(ID);
    this.#name = name;
  }

  async set(key: string, size: number = SMALL): Promise<void> {
    const mark = this.#mark(size);
    await this.#note("set", [[key, mark]], () => this.#mapping.set(key, markedValue(mark)));
  }

  async setMany(keys: readonly string[], size: number = SMALL): Promise<void> {
    const marks = keys.map((key) => [key, this.#mark(size)] as const);
    const entries = marks.map(([key, mark]) => [key, markedValue(mark)] as const);
    await this.#note("set", marks, () => this.#mapping.setMany(entries));
  }

  async setDefault(key: string): Promise<void> {
    const mark = this.#mark(SMALL);
    const value = markedValue(mark);
    await this.#note("setDefault", [[key, mark]], async () =>
      markOf(await this.#mapping.setDefault(key, value)),
    );
  }

  async delete(key: string): Promise<void> {
    await this.#note("delete", [[key, null]], () => this.#mapping.delete(key));
  }

  async deleteMany(keys: readonly string[]): Promise<void> {
    const concerns = keys.map((key) => [key, null] as const);
    await this.#note("delete", concerns, async () => void (await this.#mapping.deleteMany(keys)));
  }

  async clear(): Promise<void> {
    const all = KEYS.map((key) => [key, null] as const);
    await this.#note("delete", all, () => this.#mapping.clear());
  }

  async drop(): Promise<void> {
    const all = KEYS.map((key) => [key, null] as const);
    await this.#note("delete", all, async () => void (await this.#backend.drop(ID)));
  }

  async prune(): Promise<void> {
    await this.#mapping.prune();
  }

  async get(key: string): Promise<void> {
    await this.#note("get", [[key, null]], async () => markOf(await this.#mapping.get(key)));
  }

  async has(key: string): Promise<void> {
    await this.#note("has", [[key, null]], () => this.#mapping.has(key));
  }

  /** What an iteration gives was there at a moment of it, and what it does not give was not. */
  async iterate(): Promise<void> {
    const begin = machineTime();
    const found = new Map<string, string | null>();
    for await (const [key, value] of this.#mapping.entries()) {
      if (found.has(key)) throw new Error(`the key ${key} comes twice`);
      found.set(key, markOf(value));
    }
    const end = machineTime();
    for (const key of KEYS) {
      const outcome = found.get(key) ?? null;
      this.calls.push({ action: "get", key, mark: null, begin, end, outcome });
    }
  }

  /** All that can be read, once nobody writes. */
  async readAll(): Promise<void> {
    let there = 0;
    for (const key of KEYS) {
      await this.get(key);
      if (this.calls.at(-1)?.outcome !== null) there += 1;
    }
    await this.iterate();
    const size = await this.#mapping.size();
    if (size !== there) throw new Error(`the size is ${size}, and ${there} keys hold something`);
  }

  #mark(size: number): string {
    this.#count += 1;
    const step = size === HUGE ? HUGE + this.#count : size;
    return `${size === HUGE ? "large" : ""}${this.#name}${this.#count}.${step}`;
  }

  async #note(
    action: Action,
    concerns: readonly Concern[],
    use: () => Promise<string | boolean | null | void>,
  ): Promise<void> {
    const begin = machineTime();
    const outcome = (await use()) ?? null;
    const end = machineTime();
    for (const [key, mark] of concerns) this.calls.push({ action, key, mark, begin, end, outcome });
  }
}

/** What a user does, while another does something else. */
export const uses = {
  set: (user) => user.set("0"),
  "set of a new key": (user) => user.set("12"),
  "large set": (user) => user.set("1", LARGE),
  "large set of a new key": (user) => user.set("13", LARGE),
  "huge set": (user) => user.set("2", HUGE),
  setMany: (user) => user.setMany(["0", "1", "12", "14"]),
  "large setMany": (user) => user.setMany(["1", "3", "13"], LARGE),
  "setDefault that finds something": (user) => user.setDefault("3"),
  setDefault: (user) => user.setDefault("12"),
  delete: (user) => user.delete("0"),
  "delete of a large value": (user) => user.delete("1"),
  deleteMany: (user) => user.deleteMany(["0", "1", "3", "5"]),
  clear: (user) => user.clear(),
  drop: (user) => user.drop(),
  prune: (user) => user.prune(),
  "large get": (user) => user.get("1"),
  "huge get": (user) => user.get("2"),
  reading: async (user) => {
    for (const key of KEYS) await user.get(key);
    for (const key of KEYS) await user.has(key);
  },
  iteration: (user) => user.iterate(),
  split: async (user) => {
    for (const key of KEYS) await user.set(key, 12);
  },
  compaction: async (user) => {
    for (let times = 0; times < 8; times += 1) await user.set("5", 12);
  },
  "overwriting of large values": async (user) => {
    for (let times = 0; times < 3; times += 1) await user.set("3", LARGE);
    await user.delete("1");
  },
  "overwriting of large values, and prune": async (user) => {
    for (let times = 0; times < 3; times += 1) await user.set("3", LARGE);
    await user.prune();
  },
  "clear, and a set": async (user) => {
    await user.clear();
    await user.set("0");
    await user.set("1", LARGE);
  },
  "drop, and a set": async (user) => {
    await user.drop();
    await user.set("0");
    await user.set("1", LARGE);
  },
} satisfies Record<string, (user: User) => Promise<void>>;

export type Use = keyof typeof uses;
