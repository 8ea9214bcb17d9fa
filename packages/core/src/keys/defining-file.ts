import { fileURLToPath } from "node:url";

/**
 * The file that a class is written in, told from the stack while one of its instances is made: the
 * frame of its constructor, which is there also when it was not written out.
 *
 * @param constructor the class, as in `new.target`
 * @param base a class that it extends, in whose constructor this is called
 * @returns a path; undefined when the class is not in a file
 */
export function definingFile(constructor: Function, base: Function): string | undefined {
  const below = framesBelow(base);
  const name = below[below.length - framesBelow(constructor).length - 1]?.getFileName();
  return name?.startsWith("file:") ? fileURLToPath(name) : (name ?? undefined);
}

/** The frames of those who called `callee`, nearest first, all of them. */
function framesBelow(callee: Function): readonly NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const format = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Error.stackTraceLimit = Infinity;
    Error.prepareStackTrace = (_error, frames) => frames;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, callee);
    return holder.stack as readonly NodeJS.CallSite[];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (format === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", format);
  }
}
