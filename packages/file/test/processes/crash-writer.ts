/**
 * Writes, deletes and clears without end. Each step is told before it is tried (`t`) and once it is
 * acknowledged (`a`), through a pipe that outlives this process.
 */
import { fileBlocks } from "@class-cache/file";
import { crashValue } from "../crash-values.ts";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, slot, life } = childArguments<{ dir: string; slot: number; life: number }>();
const report = { onError: (error: Error): void => say(`e ${error.message}`) };
const backend = fileBlocks({ dir, maxBlockBytes: 2500 });
const shared = backend.open("shared", report);
const own = backend.open(`own ${slot}`, report);
const contested = backend.open("contested", report);

async function tell(what: string, step: number, act: () => Promise<unknown>): Promise<void> {
  say(`t ${step} ${what}`);
  await act();
  say(`a ${step}`);
}

await shared.has("anything");
say("ready");
for (let step = 1; ; step += 1) {
  const mark = `${slot}.${life}.${step}`;
  const key = `${slot} ${Math.floor(Math.random() * 40)}`;
  const dice = Math.random();
  if (dice < 0.55) await tell(`shared set ${key}`, step, () => shared.set(key, crashValue(mark)));
  else if (dice < 0.7) await tell(`shared delete ${key}`, step, () => shared.delete(key));
  else if (dice < 0.8) await tell(`own set ${key}`, step, () => own.set(key, crashValue(mark)));
  else if (dice < 0.81) await tell("own clear", step, () => own.clear());
  else if (dice < 0.82) await tell("own clear", step, () => backend.drop(`own ${slot}`));
  else if (dice < 0.822) await shared.prune();
  else if (dice < 0.83) await contested.clear();
  else await contested.set(Math.floor(dice * 1000), crashValue(mark));
}
