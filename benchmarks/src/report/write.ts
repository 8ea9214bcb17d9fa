import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { init } from "echarts";
import { report } from "./markdown.ts";
import { partsOf } from "./parts.ts";
import type { Plot } from "./section.ts";

const WIDTH = 760;

/**
 * Writes the report of what was measured, and its plots beside the raw figures.
 *
 * @param folder of the raw figures
 * @param path of the report, in the folder above
 */
export function writeReport(folder: string, path: string, plots: string): void {
  const parts = partsOf(folder);
  for (const { section } of parts) {
    for (const plot of section.plots) {
      writeFileSync(join(folder, `${plot.name}.svg`), `${drawn(plot)}\n`);
    }
  }
  writeFileSync(path, `${report(parts, plots)}\n`);
}

function drawn({ option, height }: Plot): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: "sans-serif" },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
