/**
 * Lets a child process of a test run TypeScript sources, decorators included:
 * `node --conditions=@class-cache/source --import <this file> child.ts`.
 */
import { readFileSync } from "node:fs";
import { enableCompileCache, registerHooks } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./pinned-node.mjs";
import "./swc-binding-cache.mjs";
import { transformSync } from "@swc/core";
import { swcOptions } from "./swc-options.mjs";

process.setSourceMapsEnabled(true);
enableCompileCache(join(root, "node_modules/.cache/compiled"));

/** They have no decorators: Node.js strips their types by itself, and keeps what it compiled. */
const SOURCES = /^packages[\\/][^\\/]+[\\/]src[\\/]/;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith("file:")) {
      return nextLoad(url, context);
    }
    const path = fileURLToPath(url);
    const place = relative(root, path);
    if (!path.endsWith(".ts") || /[\\/]node_modules[\\/]/.test(path) || SOURCES.test(place)) {
      return nextLoad(url, context);
    }
    const options = swcOptions({ legacy: /[\\/]legacy[\\/]/.test(place) });
    const { code } = transformSync(readFileSync(path, "utf8"), { ...options, filename: path });
    return { format: "module", source: code, shortCircuit: true };
  },
});
