import type { Key } from "@class-cache/mapping";
import { keyKinds } from "../themes/key-kinds.ts";

/** Entries that one process writes and another reads. */
export type Sample = "keys" | "plain values" | "rich values";

/** Made anew at each call, and the same in every process: no error is among them, as it has a stack. */
export function samplesOf(sample: Sample): (readonly [Key, unknown])[] {
  if (sample === "keys") return keyKinds.map(([name, key]) => [key, name]);
  const values = sample === "plain values" ? plainValues() : richValues();
  return values.map((value, number) => [number, value]);
}

function plainValues(): unknown[] {
  const nested = { list: [1, [2, { three: 3 }], "four"], of: { of: { of: {} } } };
  const texts = ["", "text", "\0", "é🙂\ud800", "large ".repeat(50_000)];
  return [null, true, false, 0, -1, 1.5, 1e300, ...texts, [], {}, nested];
}

function richValues(): unknown[] {
  const cycle: Record<string, unknown> = { name: "cycle" };
  cycle.self = cycle;
  const shared = [1];
  const holes = Object.assign([1], { 5: "five", length: 9 });
  const numbers = [NaN, -0, Infinity, 2n ** 70n];
  const absences = [undefined, [undefined], { a: undefined }, holes];
  const objects = [new Date(5), new Date(NaN), /a+/gi, new Map([[{ k: 1 }, new Set([1])]])];
  const bytes = [Uint8Array.of(1, 2, 3), new Float32Array(20_000).fill(0.5), new ArrayBuffer(3)];
  return [...numbers, ...absences, ...objects, ...bytes, cycle, [shared, shared]];
}
