/** What is called, and what it is called with. */
export const CASES = [
  "number",
  "string and number",
  "nested object",
  "new nested object",
  "instance of two fields",
  "number, object result",
] as const;

export type Case = (typeof CASES)[number];

/** How many different calls take turns. */
export const CALLS = 16;

export interface Query {
  readonly filter: { readonly tags: readonly string[]; readonly since: number };
  readonly text: string;
  readonly sort: readonly { readonly by: string; readonly descending: boolean }[];
  readonly page: { readonly size: number; readonly at: number };
}

/** About 200 bytes as JSON, in an object of its own. */
export function newQuery(index: number): Query {
  return {
    filter: { tags: ["archive", "public"], since: 1_700_000_000 + index },
    text: "what a person might look for",
    sort: [
      { by: "name", descending: false },
      { by: "changed", descending: true },
    ],
    page: { size: 20, at: 3 },
  };
}

/** Those that are given again and again. */
export const queries: readonly Query[] = Array.from({ length: CALLS }, (_, index) =>
  newQuery(index),
);

export const texts: readonly string[] = queries.map((_, index) => `text ${index}`);

let computed = 0;

/** How often something was computed, rather than remembered. */
export function computations(): number {
  return computed;
}

export async function ofNumber(n: number): Promise<number> {
  computed += 1;
  return n + 1;
}

export async function ofStringAndNumber(text: string, n: number): Promise<number> {
  computed += 1;
  return text.length + n;
}

export async function ofObject(query: Query): Promise<number> {
  computed += 1;
  return query.page.size;
}

export async function ofFieldsAndNumber(model: string, size: number, n: number): Promise<number> {
  computed += 1;
  return model.length + size + n;
}

export async function toObject(n: number): Promise<Query> {
  computed += 1;
  return queries[n]!;
}
