import { configure, memoOf, resetStats, stats } from "@class-cache/core";
import { CodeAnalyser } from "../code-analyser.ts";
import { demoBackends } from "./backends.ts";
import { sourceFiles } from "./source-files.ts";

/** What one pass over all files found, sent to the process that started it. */
export interface PassReport {
  readonly files: number;
  readonly declarations: number;
  readonly seconds: number;
  readonly hits: number;
  readonly misses: number;
  readonly errors: number;
  /** Seconds that the hits would have taken to compute. */
  readonly secondsSaved: number;
  readonly bytes: number;
  readonly where: string;
}

/** What a pass tells while it works, and at its end. */
export type PassMessage =
  { readonly done: number; readonly of: number } | { readonly report: PassReport };

/** How often progress is told. */
const PROGRESS_MS = 50;

// Run by the demo as a process of its own: `node pass.js <backend> <passes>`, where a pass is `cold`,
// which begins by forgetting what earlier runs found, or `warm`.
const [backendName = "file", ...passes] = process.argv.slice(2);
const store = await demoBackends[backendName]!();
configure({ backend: store.backend });
for (const pass of passes) {
  if (pass === "cold") await memoOf(new CodeAnalyser(), "analyse").clear();
  tell({ report: await analyseAll() });
}
await store.backend.close();
process.disconnect?.();

async function analyseAll(): Promise<PassReport> {
  const files = await sourceFiles();
  resetStats();
  const analyser = new CodeAnalyser();
  const start = performance.now();
  let done = 0;
  let told = start;
  const analyses = await Promise.all(
    files.map(async (file) => {
      const analysis = await analyser.analyseFile(file);
      done += 1;
      if (done === files.length || performance.now() - told > PROGRESS_MS) {
        told = performance.now();
        tell({ done, of: files.length });
      }
      return analysis;
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const { hits, misses, errors, timeSaved } = stats();
  const declarations = analyses.reduce((sum, { declared }) => sum + declared, 0);
  const secondsSaved = timeSaved / 1000;
  const bytes = await store.size();
  return {
    files: files.length,
    declarations,
    seconds,
    hits,
    misses,
    errors,
    secondsSaved,
    bytes,
    where: store.where,
  };
}

function tell(message: PassMessage): void {
  process.send?.(message);
}
