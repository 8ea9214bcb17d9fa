import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export interface Bytes {
  /** Of the archive that npm downloads; null for others' packages, which are here unpacked. */
  readonly packed: number | null;
  /** With everything it depends on. */
  readonly installed: number;
  /** The packages that are installed, itself included. */
  readonly packages: number;
  /** What it loads at its import or later, in one minified file. */
  readonly bundled: number;
  readonly zipped: number;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
}

/** @param from the folder whose node_modules holds the package */
export async function bytesOf(name: string, from: string): Promise<Bytes> {
  const installed = new Map<string, number>();
  collect(name, from, installed);
  const own = isOwn(name) ? packedAs(locate(name, from)!) : undefined;
  const code = await bundleOf(name, from);
  return {
    packed: own?.size ?? null,
    installed: [...installed.values()].reduce((sum, bytes) => sum + bytes, 0),
    packages: installed.size,
    bundled: code.length,
    zipped: gzipSync(code).length,
  };
}

function isOwn(name: string): boolean {
  return name.startsWith("@class-cache/");
}

const packed = new Map<string, Packed>();

function packedAs(folder: string): Packed {
  const known = packed.get(folder);
  if (known !== undefined) return known;
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
  const output = execFileSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const report = JSON.parse(output) as readonly Packed[] | Readonly<Record<string, Packed>>;
  const [own] = Object.values(report) as [Packed];
  packed.set(folder, own);
  return own;
}

/** Adds a package and what it depends on, by folder. Those that are not here are for other systems. */
function collect(name: string, from: string, installed: Map<string, number>): void {
  const folder = locate(name, from);
  if (folder === undefined || installed.has(folder)) return;
  installed.set(folder, isOwn(name) ? packedAs(folder).unpackedSize : bytesIn(folder));
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies };
  for (const dependency of Object.keys(needed)) collect(dependency, folder, installed);
}

/** As Node.js looks for it: in the node_modules of this folder and of those above. */
function locate(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name);
    if (existsSync(place)) return realpathSync(place);
    if (folder === dirname(folder)) return undefined;
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.slice(folder.length).includes("/node_modules/"))
    .reduce((sum, path) => sum + statSync(path).size, 0);
}

async function bundleOf(name: string, folder: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    platform: "node",
    format: "esm",
    logLevel: "silent",
    loader: { ".node": "empty" },
    external: ["*.node"],
  });
  return outputFiles[0]!.contents;
}
