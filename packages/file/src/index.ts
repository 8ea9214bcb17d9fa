export type { FileBlocksOptions } from "./file-blocks.ts";
export { FileBlockBackend, fileBlocks } from "./file-blocks.ts";
