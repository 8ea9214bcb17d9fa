/** Does what may be refused, with a code. @returns undefined when it was */
export function unlessRefused<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_STORE") return undefined;
    throw error;
  }
}
