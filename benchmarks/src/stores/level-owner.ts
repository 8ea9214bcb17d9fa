/** Owns the LevelDB store in the folder that is its argument until its parent disconnects. */
import { once } from "node:events";
import { level } from "@class-cache/level";

await using backend = level({ dir: process.argv[2] });
await backend.open<string, number>("owner").set("began", Date.now());
process.send?.("ready");
await once(process, "disconnect");
