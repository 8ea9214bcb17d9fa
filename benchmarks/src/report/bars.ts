import type { Plot } from "./section.ts";

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly isOurs: boolean;
}

const OURS = "#2563eb";
const OTHERS = "#94a3b8";
const ROW = 24;

/** Horizontal bars on a logarithmic axis, the shortest on top. */
export function bars(name: string, title: string, axis: string, all: readonly Bar[]): Plot {
  const sorted = all
    .filter(({ value }) => Number.isFinite(value) && value > 0)
    .sort((a, b) => b.value - a.value);
  const least = Math.min(...sorted.map(({ value }) => value));
  return {
    name,
    title,
    height: 96 + ROW * sorted.length,
    option: {
      title: { text: title, left: 10, textStyle: { fontSize: 15 } },
      grid: { left: 180, right: 70, top: 42, bottom: 44 },
      xAxis: {
        type: "log",
        name: axis,
        nameLocation: "middle",
        nameGap: 26,
        min: 10 ** Math.floor(Math.log10(least) - 0.01),
        splitLine: { lineStyle: { color: "#e2e8f0" } },
      },
      yAxis: { type: "category", data: sorted.map((bar) => bar.name), axisTick: { show: false } },
      series: [
        {
          type: "bar",
          barWidth: "70%",
          data: sorted.map(({ value, isOurs }) => ({
            value: Number(value.toPrecision(3)),
            itemStyle: { color: isOurs ? OURS : OTHERS },
          })),
          label: { show: true, position: "right" },
        },
      ],
    },
  };
}
