import type { Machine, Result } from "../measure/result.ts";
import type { Section, Table, Target } from "./section.ts";

export interface Part {
  readonly result: Result;
  readonly section: Section;
}

/** The whole report. @param plots the folder of the plots, as links name it */
export function report(parts: readonly Part[], plots: string): string {
  const targets = parts.flatMap(({ section }) => section.targets);
  const met = targets.filter((target) => target.met).length;
  return [
    "# Results",
    "",
    "Made by `npm run bench -- report` from the raw figures in [results](results); do not edit. How it",
    "is measured: [README](README.md).",
    "",
    ...machineLines(parts),
    "",
    "## Targets",
    "",
    `${met} of ${targets.length} are met.`,
    "",
    ...tableLines(targetTable(targets)),
    ...parts.flatMap((part) => partLines(part, plots)),
  ].join("\n");
}

/** One suite's part of it, as a terminal shows it. */
export function partText({ section }: Part): string {
  const tables = section.targets.length > 0 ? [targetTable(section.targets)] : [];
  return [...section.tables, ...tables]
    .flatMap((table) => [table.caption, "", ...tableLines(table), ""])
    .join("\n");
}

function machineLines(parts: readonly Part[]): string[] {
  const [part] = parts;
  if (part === undefined) return ["Nothing was measured."];
  const { cpu, cores, memoryGiB, system }: Machine = part.result.machine;
  return [`Machine: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}.`];
}

function partLines({ result, section }: Part, plots: string): string[] {
  const { machine, date, commit, seconds, pace } = result;
  const load = machine.load.map((figure) => figure.toFixed(1)).join(" and ");
  return [
    "",
    `## ${section.title}`,
    "",
    `\`${result.command}\``,
    "",
    ...section.text.flatMap((paragraph) => [paragraph, ""]),
    `Node.js ${machine.node}, ${date.slice(0, 16).replace("T", " ")} UTC, ` +
      `commit ${commit ?? "unknown"}, ${pace.generations} × ${pace.rounds} rounds, ` +
      `${seconds} s; load of the machine before and after: ${load}.`,
    ...section.plots.flatMap(({ name, title }) => ["", `![${title}](${plots}/${name}.svg)`]),
    ...section.tables.flatMap((table) => ["", `**${table.caption}**`, "", ...tableLines(table)]),
  ];
}

function targetTable(targets: readonly Target[]): Table {
  return {
    caption: "Targets",
    header: ["Target", "Wanted", "Reached", "Met"],
    rows: targets.map(({ what, wanted, reached, met }) => [
      what,
      wanted,
      reached,
      met ? "yes" : "**no**",
    ]),
  };
}

/** Cells are padded, so that it reads well as text too. */
export function tableLines({ header, rows }: Table): string[] {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)];
}
