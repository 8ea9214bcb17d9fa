/** Does what it is told line by line, and answers each line with its outcome. */
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { sqlite } from "@class-cache/sqlite";
import { childArguments, say } from "./arguments.ts";

const { path, socket } = childArguments<{ path: string; socket: string }>();
const backend = sqlite({ path });
const mapping = backend.open<string, unknown>("shared");

async function act(line: string): Promise<unknown> {
  const [action, key, value] = JSON.parse(line) as [string, string, unknown];
  if (action === "set") return mapping.set(key, value);
  if (action === "get") return mapping.get(key);
  if (action === "delete") return mapping.delete(key);
  if (action === "clear") return mapping.clear();
  if (action === "drop") return backend.drop("shared");
  return mapping.size();
}

const server = createServer((connection) => {
  createInterface(connection).on("line", (line) => {
    void act(line).then((outcome) => connection.write(`${JSON.stringify(outcome ?? null)}\n`));
  });
});
server.listen(socket, () => say("ready"));
