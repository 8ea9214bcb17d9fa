/** What is waited for, or "hangs" where it does not come: a test of that is to fail, not to hang. */
export async function inTime<T>(
  waiting: Promise<T>,
  milliseconds: number = 1500,
): Promise<T | "hangs"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"hangs">((resolve) => {
    timer = setTimeout(resolve, milliseconds, "hangs");
  });
  try {
    return await Promise.race([waiting, late]);
  } finally {
    clearTimeout(timer);
  }
}
