import { hash } from "node:crypto";
import { encodeKey } from "@class-cache/mapping";
import { classChain } from "./class-chain.ts";
import { classDeclaration } from "./metadata.ts";

/** The versions that count in a key, as canonical text: the method's and those of its classes. */
export function versionText(
  version: number | string | undefined,
  method: Function,
  constructor?: Function,
): string {
  const own =
    version === "source"
      ? { source: hash("sha256", Function.prototype.toString.call(method), "hex") }
      : (version ?? null);
  const ofClasses = (constructor === undefined ? [] : classChain(constructor)).map(
    (parent) => classDeclaration(parent)?.version ?? null,
  );
  return encodeKey(ofClasses.every((declared) => declared === null) ? own : [own, ...ofClasses]);
}
