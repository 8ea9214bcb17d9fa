import type { PassReport } from "./pass.ts";

/** The demo's result as a small table. */
export function summary(backend: string, cold: PassReport, warm: PassReport): string {
  const rows: [string, string][] = [
    ["backend", backend],
    ["files", String(cold.files)],
    ["declarations found", String(warm.declarations)],
    ["cold run", `${cold.seconds.toFixed(3)} s (${cold.misses} computed)`],
    ["warm run", `${warm.seconds.toFixed(3)} s (${warm.misses} computed)`],
    ["speed-up", `${(cold.seconds / warm.seconds).toFixed(1)} times`],
    ["hits", String(warm.hits)],
    ["time saved", `${warm.secondsSaved.toFixed(3)} s`],
    ["store size", `${(warm.bytes / 1024 / 1024).toFixed(2)} MiB`],
    ["where", warm.where],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
