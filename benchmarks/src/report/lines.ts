import type { Plot } from "./section.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Axis {
  readonly name: string;
  readonly type: "log" | "value";
}

const COLOURS = ["#2563eb", "#ea580c", "#16a34a", "#94a3b8", "#a855f7", "#475569"];

/** Lines of a figure over another one. */
export function lines(
  name: string,
  title: string,
  axes: { readonly x: Axis; readonly y: Axis },
  all: readonly Line[],
): Plot {
  const split = { splitLine: { lineStyle: { color: "#e2e8f0" } } };
  return {
    name,
    title,
    height: 340,
    option: {
      color: COLOURS,
      title: { text: title, left: 10, textStyle: { fontSize: 15 } },
      legend: { right: 10, top: 40, orient: "vertical" },
      grid: { left: 70, right: 190, top: 52, bottom: 50 },
      xAxis: { ...axes.x, min: "dataMin", nameLocation: "middle", nameGap: 30, ...split },
      yAxis: { ...axes.y, nameLocation: "middle", nameGap: 50, ...split },
      series: all.map(({ name: line, points }) => ({
        type: "line",
        name: line,
        symbolSize: 7,
        data: points.map(([x, y]) => [x, Number(y.toPrecision(4))]),
      })),
    },
  };
}
