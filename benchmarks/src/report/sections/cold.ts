import type { Cold } from "../../cold/suite.ts";
import { quartiles } from "../../measure/quartiles.ts";
import { bars } from "../bars.ts";
import { bytes, short } from "../format.ts";
import type { Section } from "../section.ts";

export function coldSection(raw: readonly Cold[]): Section {
  const sorted = [...raw].sort((a, b) => median(a) - median(b));
  return {
    title: "Cold start",
    text: [
      "The import of a package in fresh processes that take turns, its files in the system's cache, and its " +
        "bytes: **packed** as npm downloads it, **installed** with all it depends on, binaries for every " +
        "platform included where they come along, **bundled** what it loads at its import or later, in one " +
        "minified file (and gzipped).",
    ],
    tables: [
      {
        caption: "Import and bytes",
        header: ["", "import, ms", "packed", "installed", "packages", "bundled", "gzipped"],
        rows: sorted.map((one) => {
          const { low, high } = quartiles(one.imports);
          const { packed, installed, packages, bundled, zipped } = one.bytes;
          return [
            one.package,
            `${short(median(one))} (${short(low)} to ${short(high)})`,
            packed === null ? "–" : bytes(packed),
            bytes(installed),
            `${packages}`,
            bytes(bundled),
            bytes(zipped),
          ];
        }),
      },
    ],
    plots: [
      bars(
        "cold-import",
        "Import",
        "ms",
        raw.map((one) => ({
          name: one.package,
          value: median(one),
          isOurs: one.package.startsWith("@class-cache/"),
        })),
      ),
    ],
    targets: [],
  };
}

function median({ imports }: Cold): number {
  return quartiles(imports).median;
}
