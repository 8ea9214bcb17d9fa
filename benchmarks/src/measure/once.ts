/** A process that runs `measure` of the module that is its first argument, and tells the result. */
const [module = "", options = "{}"] = process.argv.slice(2);
process.on("disconnect", () => process.exit(1));
const { measure } = (await import(module)) as {
  measure: (options: unknown) => Promise<unknown>;
};
const result = (await measure(JSON.parse(options))) ?? null;
process.send?.(result, () => process.exit());
