import type { MutableMapping } from "@class-cache/mapping";
import type { CrashValue } from "./crash-values.ts";
import { crashValue } from "./crash-values.ts";

/** What a key may hold: the mark of a value, or undefined for nothing. */
type Possible = Set<string | undefined>;

/** What the lives of the writer of one slot have been acknowledged, and what they tried last. */
export class CrashHistory {
  readonly #possible: Record<string, Map<string, Possible>> = { shared: new Map(), own: new Map() };
  acknowledged = 0;

  /** Takes in what one life told until its death. @returns what it reported as damaged */
  add(slot: number, life: number, lines: readonly string[]): string[] {
    const reports: string[] = [];
    let tried: string[] | undefined;
    for (const line of lines) {
      const [kind, step = "", mapping = "", action, ...key] = line.split(" ");
      if (kind === "e") reports.push(line);
      if (kind === "t") {
        this.#attempt(mapping, key.join(" "), action, `${slot}.${life}.${step}`, false);
        tried = [mapping, key.join(" "), action ?? "", `${slot}.${life}.${step}`];
      }
      if (kind === "a" && tried !== undefined) {
        const [name = "", text = "", done, mark = ""] = tried;
        this.#attempt(name, text, done, mark, true);
        this.acknowledged += 1;
      }
    }
    return reports;
  }

  #attempt(
    mapping: string,
    key: string,
    action: string | undefined,
    mark: string,
    isDone: boolean,
  ): void {
    const keys = this.#possible[mapping] ?? new Map<string, Possible>();
    const outcome = action === "set" ? mark : undefined;
    for (const one of action === "clear" ? [...keys.keys()] : [key]) {
      if (isDone) keys.set(one, new Set([outcome]));
      else keys.set(one, (keys.get(one) ?? new Set([undefined])).add(outcome));
    }
  }

  /** @returns what is wrong with the mapping; then settles on what was found */
  async check(
    name: "shared" | "own",
    mapping: MutableMapping<string, CrashValue>,
  ): Promise<string[]> {
    const wrong: string[] = [];
    for (const [key, possible] of this.#possible[name] ?? []) {
      const value = await mapping.get(key);
      if (!possible.has(value?.mark)) {
        wrong.push(`${name} ${key} holds ${value?.mark}, not ${[...possible].join(" or ")}`);
      }
      if (value !== undefined && value.fill !== crashValue(value.mark).fill) {
        wrong.push(`${name} ${key} holds wrong bytes`);
      }
      possible.clear();
      possible.add(value?.mark);
    }
    return wrong;
  }
}
