/**
 * Gives @swc/core a folder for its unpacked binary. By default that is $XDG_CACHE_HOME, which tests
 * set to an empty folder of their own. Import this before @swc/core.
 */
import { join } from "node:path";
import { root } from "./pinned-node.mjs";

process.env.SWC_NATIVE_BINDING_CACHE ??= join(root, "node_modules/.cache/swc-native");
