import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

const executable = process.platform === "win32" ? "node.exe" : "node";

/** The Node.js that the workspace installs for itself, whatever the machine's own version is. */
export const pinnedNode = `${root}node_modules/node/bin/${executable}`;
