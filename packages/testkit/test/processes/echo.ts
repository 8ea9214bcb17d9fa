/** Says what it was given, then does what it was told to: exits, fails or stays. */
import { childArguments, say } from "@class-cache/testkit/processes";

const { text, end } = childArguments<{ text: string; end: "exit" | "fail" | "stay" }>();
say(text);
if (end === "fail") throw new Error("told to fail");
if (end === "stay") setInterval(() => {}, 1000);
