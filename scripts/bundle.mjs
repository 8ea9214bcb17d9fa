/**
 * Makes one JavaScript file of each entry of a package, with what its entries share in another: to load
 * hundreds of small modules takes longer than all else that an import does. The declarations beside them
 * are TypeScript's: `node scripts/bundle.mjs [<package>...]`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { root } from "./pinned-node.mjs";

/** Those that programs import. The test kit starts processes from a module of its own. */
const bundled = ["mapping", "file", "sqlite", "level", "core"];

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? bundled : wanted)
  await bundle(join(root, "packages", name));

async function bundle(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const outdir = join(folder, "dist");
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: Object.values(exports)
      .map((entry) => entry["@class-cache/source"])
      .filter((source) => source !== undefined),
    outbase: "src",
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "shared",
    packages: "external",
    platform: "node",
    target: "node20.19",
    format: "esm",
    sourcemap: true,
    sourcesContent: false,
    write: false,
    logLevel: "warning",
  });
  for (const { path, text } of outputFiles) {
    const renamed = /\bclass (_\w*Error|\w*Error\d+)\b/.exec(text);
    // Errors are named after their class, which is renamed where another has its name.
    if (renamed !== null) throw new Error(`${path}: ${renamed[1]} is renamed.`);
    // Who runs what is there already is not disturbed.
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  removeOthers(outdir, new Set(outputFiles.map(({ path }) => path)));
}

/** Removes the JavaScript of modules that are gone, or were compiled one by one. */
function removeOthers(outdir, written) {
  for (const { name, parentPath } of readdirSync(outdir, {
    recursive: true,
    withFileTypes: true,
  })) {
    const path = join(parentPath, name);
    if (/\.js(\.map)?$/.test(name) && !written.has(path)) rmSync(path);
  }
}
