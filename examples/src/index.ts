export type { Analysis, Declaration, Source } from "./code-analyser.ts";
export { CodeAnalyser } from "./code-analyser.ts";
export type { Change } from "./diff-lines.ts";
export { diffLines } from "./diff-lines.ts";
export type { Rate } from "./exchange-rates.ts";
export { ExchangeRates } from "./exchange-rates.ts";
export type { Place, Tour } from "./legacy/route-planner.ts";
export { RoutePlanner } from "./legacy/route-planner.ts";
export { TextEmbedder } from "./text-embedder.ts";
