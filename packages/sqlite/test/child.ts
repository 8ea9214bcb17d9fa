import { afterEach } from "@jest/globals";
import { Child as AnyChild } from "@class-cache/testkit/processes";

const running = new Set<Child>();

afterEach(async () => {
  await Promise.all(Array.from(running, (child) => child.kill()));
});

export interface ChildOptions {
  readonly uid?: number;
  readonly gid?: number;
}

/** A process that runs a file of `test/processes/` until the test's end. */
export class Child extends AnyChild {
  constructor(file: string, options: object, { uid, gid }: ChildOptions = {}) {
    super(new URL(`processes/${file}`, import.meta.url), options, {
      execArgv: ["--conditions=@class-cache/source"],
      uid,
      gid,
    });
    running.add(this);
    void this.ended.then(() => running.delete(this));
  }
}
