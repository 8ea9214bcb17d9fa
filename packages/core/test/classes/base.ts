import { definingFile } from "../../src/keys/defining-file.ts";

export class Base {
  readonly file: string | undefined;

  constructor() {
    this.file = definingFile(new.target, Base);
  }
}
