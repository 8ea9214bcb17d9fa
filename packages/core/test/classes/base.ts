import { definingFile } from "../../src/defining-file.ts";

export class Base {
  readonly file: string | undefined;

  constructor() {
    this.file = definingFile(new.target, Base);
  }
}
