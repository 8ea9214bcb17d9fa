import type { Action, Call } from "./calls.ts";
import { say } from "./child-program.ts";
import { machineTime } from "./machine-time.ts";

/** A key that a call concerns, with the mark of what it writes there. */
export type Concern = readonly [key: string, mark: string | null];

/** What a worker prints of its calls. */
type CallLine =
  | readonly ["begin", number: number, at: number, action: Action, concerns: readonly Concern[]]
  | readonly ["end", number: number, at: number, outcome: string | boolean | null];

let count = 0;

/** Makes a call that is printed before it is made and when it is answered. */
export async function recorded(
  action: Action,
  concerns: readonly Concern[],
  call: () => Promise<string | boolean | null | void>,
): Promise<void> {
  count += 1;
  const number = count;
  print(["begin", number, machineTime(), action, concerns]);
  const outcome = await call();
  print(["end", number, machineTime(), outcome ?? null]);
}

/** The calls that a process printed; what was never answered has no end. */
export function callsIn(lines: readonly (readonly unknown[])[]): Call[] {
  const calls = new Map<number, Call[]>();
  for (const line of lines as readonly CallLine[]) {
    if (line[0] === "begin") {
      const [, number, begin, action, concerns] = line;
      const made = concerns.map(([key, mark]) => {
        return { action, key, mark, begin, end: Infinity, outcome: null };
      });
      calls.set(number, made);
    } else {
      const [, number, end, outcome] = line;
      const made = calls.get(number) ?? [];
      calls.set(
        number,
        made.map((call) => ({ ...call, end, outcome })),
      );
    }
  }
  return [...calls.values()].flat();
}

function print(line: CallLine): void {
  say(JSON.stringify(line));
}
