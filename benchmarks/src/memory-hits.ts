import { cached, configure } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { interleave } from "./interleave.ts";
import type { Row, Wanted } from "./table.ts";
import { rowsOf } from "./table.ts";

const OPERATIONS = 20_000;
const ROUNDS = 15;

class Computed {
  @cached()
  async ofNumber(n: number): Promise<number> {
    return n + 1;
  }

  @cached()
  async ofStringAndNumber(text: string, n: number): Promise<number> {
    return text.length + n;
  }

  @cached()
  async ofObject(query: object): Promise<number> {
    return Object.keys(query).length;
  }
}

class ComputedWithFields {
  readonly model: string = "small";
  readonly size: number = 256;

  @cached()
  async ofNumber(n: number): Promise<number> {
    return n + this.size;
  }
}

/** A hit in this process's memory against an awaited `Map.get` of a ready key, in µs a call. */
export async function benchmarkMemoryHits(isWanted: Wanted): Promise<Row[]> {
  configure({ backend: memory() });
  const plain = new Computed();
  const withFields = new ComputedWithFields();
  const query = { filter: { tag: ["a", "b"], since: 5 }, sort: "name", page: { size: 20, at: 3 } };
  const hits: Readonly<Record<string, () => Promise<number>>> = {
    "hit (number)": () => plain.ofNumber(7),
    "hit (string, number)": () => plain.ofStringAndNumber("hello", 7),
    "hit (number), two fields": () => withFields.ofNumber(7),
    "hit (nested object)": () => plain.ofObject(query),
  };
  const rows: Row[] = [];
  for (const [label, hit] of Object.entries(hits)) {
    if (isWanted(label)) rows.push(...(await compare(label, hit)));
  }
  return rows;
}

async function compare(label: string, hit: () => Promise<number>): Promise<Row[]> {
  const ready = new Map([["key", Promise.resolve(await hit())]]);
  const contenders = [
    {
      name: "awaited Map.get",
      async run(count: number): Promise<void> {
        for (let index = 0; index < count; index += 1) await ready.get("key");
      },
    },
    {
      name: "@cached",
      async run(count: number): Promise<void> {
        for (let index = 0; index < count; index += 1) await hit();
      },
    },
  ];
  return rowsOf(label, await interleave(contenders, { operations: OPERATIONS, rounds: ROUNDS }));
}
