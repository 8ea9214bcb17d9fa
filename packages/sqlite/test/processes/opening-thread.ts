/** Opens the store at each path that it is told, and reads an entry. */
import { parentPort } from "node:worker_threads";
import type { SqliteBackend } from "@class-cache/sqlite";
import { sqlite } from "@class-cache/sqlite";

const port = parentPort!;
let backend: SqliteBackend | undefined;

async function answer(message: string): Promise<unknown> {
  if (message === "close") return backend?.close();
  backend = sqlite({ path: message });
  return backend.open("a mapping").get("key 1");
}

port.on("message", (message: string) => {
  void answer(message).then((value) => port.postMessage(value));
});
port.postMessage("ready");
