/** A process that runs the program of the module that is its first argument, as its parent asks. */
import type { Program, ProgramModule } from "./program.ts";

const [module = "", options = "{}"] = process.argv.slice(2);
let program: Program | undefined;

process.on("message", ({ call, name }: { call: keyof Program; name: string }) => {
  void answer(call, name);
});
process.on("disconnect", () => process.exit());

async function answer(call: keyof Program, name: string): Promise<void> {
  try {
    if (program === undefined) {
      const { program: begin } = (await import(module)) as ProgramModule;
      program = await begin(JSON.parse(options) as never);
    }
    process.send?.({ result: (await program[call](name)) ?? null });
  } catch (error) {
    process.send?.({ error: error instanceof Error ? error.stack : String(error) });
  }
}
