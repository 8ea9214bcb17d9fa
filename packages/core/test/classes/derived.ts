import { Base } from "./base.ts";

export class WithoutConstructor extends Base {}

export class WithConstructor extends Base {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

/** Makes an instance of any class from within a constructor that is written here. */
export class Maker<T> {
  readonly made: T;

  constructor(constructor: new (name: string) => T) {
    this.made = new constructor("made");
  }
}
