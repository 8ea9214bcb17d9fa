/** Packs every public package as it would be published, and checks what is in the tarballs. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinnedNode, root } from "./pinned-node.mjs";

const publint = join(root, "node_modules/publint/src/cli.js");
const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");

/** What the entries of a bundled package share: see bundle.mjs. */
const SHARED = "shared";

const packages = readdirSync(join(root, "packages"))
  .map((name) => join(root, "packages", name))
  .filter((folder) => existsSync(join(folder, "package.json")) && !manifest(folder).private);

const scratch = mkdtempSync(join(tmpdir(), "class-cache-packages-"));
try {
  const complaints = packages.flatMap((folder) => check(folder));
  for (const complaint of complaints) {
    process.stderr.write(`${complaint}\n`);
  }
  process.stdout.write(`${packages.length} packages checked, ${complaints.length} faults found.\n`);
  process.exitCode = complaints.length === 0 && packages.length > 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function check(folder) {
  const { name } = manifest(folder);
  const [packed] = JSON.parse(npm(["pack", "--json", "--pack-destination", scratch], folder));
  const files = packed.files.map(({ path }) => path);
  const tarball = join(scratch, packed.filename);
  return [
    ...missingFiles(name, files),
    ...unwantedFiles(name, files),
    ...tool(name, publint, ["run", tarball, "--strict"]),
    ...tool(name, attw, [tarball, "--profile", "esm-only", "--no-emoji"]),
  ];
}

function missingFiles(name, files) {
  const wanted = ["README.md", "LICENSE", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
  return wanted
    .filter((file) => !files.includes(file))
    .map((file) => `${name}: the tarball has no ${file}.`);
}

function unwantedFiles(name, files) {
  const sources = new Set(files.filter((file) => file.startsWith("src/")).map(stem));
  return files
    .filter((file) => file.endsWith(".tsbuildinfo") || isLeftover(file, sources))
    .map((file) => `${name}: ${file} has no source, delete dist and build again.`);
}

function isLeftover(file, sources) {
  return file.startsWith("dist/") && !sources.has(stem(file)) && stem(file) !== SHARED;
}

/** The path of a module without its folder and endings: `dist/a/b.d.ts.map` is `a/b`. */
function stem(file) {
  return file.replace(/^(src|dist)\//, "").replace(/(\.d)?\.(ts|js)(\.map)?$/, "");
}

function tool(name, cli, args) {
  const { status, stdout, stderr } = spawnSync(pinnedNode, [cli, ...args], { encoding: "utf8" });
  return status === 0 ? [] : [`${name}:\n${stdout}${stderr}`];
}

function npm(args, cwd) {
  const { status, stdout, stderr } = spawnSync("npm", args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) {
    throw new Error(`npm ${args.join(" ")} failed in ${cwd}:\n${stderr}`);
  }
  return stdout;
}

function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}
