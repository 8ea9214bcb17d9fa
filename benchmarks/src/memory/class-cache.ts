import { join } from "node:path";
import { cached, configure } from "@class-cache/core";
import { fileBlocks } from "@class-cache/file";
import { memory } from "@class-cache/mapping";
import { scratchFolder } from "../measure/scratch.ts";
import type { Case, Query } from "./cases.ts";
import {
  newQuery,
  ofFieldsAndNumber,
  ofNumber,
  ofObject,
  ofStringAndNumber,
  queries,
  texts,
  toObject,
} from "./cases.ts";
import type { Hit } from "./contender.ts";

class Plain {
  @cached()
  ofNumber(n: number): Promise<number> {
    return ofNumber(n);
  }

  @cached()
  ofStringAndNumber(text: string, n: number): Promise<number> {
    return ofStringAndNumber(text, n);
  }

  @cached()
  ofObject(query: Query): Promise<number> {
    return ofObject(query);
  }

  @cached()
  toObject(n: number): Promise<Query> {
    return toObject(n);
  }
}

class Shared {
  @cached({ isolate: false })
  ofNumber(n: number): Promise<number> {
    return ofNumber(n);
  }

  @cached({ isolate: false })
  ofStringAndNumber(text: string, n: number): Promise<number> {
    return ofStringAndNumber(text, n);
  }

  @cached({ isolate: false })
  ofObject(query: Query): Promise<number> {
    return ofObject(query);
  }

  @cached({ isolate: false })
  toObject(n: number): Promise<Query> {
    return toObject(n);
  }
}

class PlainWithFields {
  readonly model: string = "small";
  readonly size: number = 256;

  @cached()
  ofNumber(n: number): Promise<number> {
    return ofFieldsAndNumber(this.model, this.size, n);
  }
}

class SharedWithFields {
  readonly model: string = "small";
  readonly size: number = 256;

  @cached({ isolate: false })
  ofNumber(n: number): Promise<number> {
    return ofFieldsAndNumber(this.model, this.size, n);
  }
}

/** `@cached()` as it comes, in front of the default backend. */
export async function onFiles(name: Case): Promise<Hit> {
  configure({ backend: fileBlocks({ dir: join(scratchFolder(), "store") }) });
  return hitOf(name, new Plain(), new PlainWithFields());
}

export async function onMemory(name: Case): Promise<Hit> {
  configure({ backend: memory() });
  return hitOf(name, new Plain(), new PlainWithFields());
}

/** Callers share the results. */
export async function notIsolated(name: Case): Promise<Hit> {
  configure({ backend: fileBlocks({ dir: join(scratchFolder(), "store") }) });
  return hitOf(name, new Shared(), new SharedWithFields());
}

function hitOf(
  name: Case,
  plain: Plain | Shared,
  withFields: PlainWithFields | SharedWithFields,
): Hit {
  switch (name) {
    case "number":
      return (index) => plain.ofNumber(index);
    case "string and number":
      return (index) => plain.ofStringAndNumber(texts[index]!, index);
    case "nested object":
      return (index) => plain.ofObject(queries[index]!);
    case "new nested object":
      return (index) => plain.ofObject(newQuery(index));
    case "instance of two fields":
      return (index) => withFields.ofNumber(index);
    case "number, object result":
      return (index) => plain.toObject(index);
  }
}
