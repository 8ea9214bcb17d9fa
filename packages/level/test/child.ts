import { afterEach } from "@jest/globals";
import { Child as AnyChild } from "@class-cache/testkit/processes";

const running = new Set<Child>();

afterEach(async () => {
  await Promise.all(Array.from(running, (child) => child.kill()));
});

/** A process that runs a file of `test/processes/`. */
export class Child extends AnyChild {
  /** @param lives `"test"`: until the test's end, `"file"`: until it is killed */
  constructor(file: string, options: object, lives: "test" | "file" = "test") {
    super(new URL(`processes/${file}`, import.meta.url), options, {
      execArgv: ["--conditions=@class-cache/source"],
    });
    if (lives === "test") running.add(this);
    void this.ended.then(() => running.delete(this));
  }
}
