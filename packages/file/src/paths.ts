import { createHash } from "node:crypto";

/** Characters of an id that its folder's name shows. */
const SLUG_LENGTH = 40;

const FOLDER = /^(?:[a-z0-9-]+-)?[0-9a-f]{32}$/;

/**
 * The name of the folder that holds a mapping: what of the id is harmless in a path, for people, and
 * 128 bits of its SHA-256, which alone keep ids apart. All lower case, so that it holds on file
 * systems that do not tell cases apart.
 */
export function folderName(id: string): string {
  const slug = id
    .slice(0, SLUG_LENGTH)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  // Hashed as UTF-16: two ids that differ only in a lone surrogate are one in UTF-8.
  const digest = createHash("sha256").update(id, "utf16le").digest("hex").slice(0, 32);
  return slug === "" ? digest : `${slug}-${digest}`;
}

/** Whether a folder of this name may hold a mapping. */
export function isFolderName(name: string): boolean {
  return FOLDER.test(name);
}
