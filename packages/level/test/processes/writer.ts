/**
 * Works on keys that all writers share and on some of its own, several operations at a time. Each
 * operation is told before it begins and when it is acknowledged, with the clock of the machine.
 */
import { level } from "@class-cache/level";
import { childArguments, say } from "@class-cache/testkit/processes";

const { dir, writer, lanes } = childArguments<{ dir: string; writer: string; lanes: number }>();
const backend = level({ dir });
const mapping = backend.open<string, string>("shared");
let ending = false;
let count = 0;

const now = (): string => process.hrtime.bigint().toString();

async function told<T>(
  action: string,
  key: string,
  value: string,
  work: () => Promise<T>,
): Promise<T> {
  const operation = `${writer}.${count}`;
  count += 1;
  say(`begin ${operation} ${now()} ${action} ${key} ${value}`);
  const outcome = await work();
  say(`end ${operation} ${now()} ${String(outcome)}`);
  return outcome;
}

async function work(lane: number): Promise<void> {
  for (let round = 0; !ending; round += 1) {
    const value = `${writer}-${lane}-${round}`;
    const shared = `shared-${(lane + round) % 3}`;
    await told("set", shared, value, () => mapping.set(shared, value));
    await told("get", shared, "-", () => mapping.get(shared));
    const own = `own-${writer}-${lane}-${round}`;
    await told("set", own, value, () => mapping.set(own, value));
    if (round % 2 === 0) await told("delete", own, "-", () => mapping.delete(own));
  }
}

process.on("SIGTERM", () => (ending = true));
await mapping.size();
say("works");
await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane)));
await backend.close();
