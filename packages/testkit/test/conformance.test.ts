import { expect, test } from "@jest/globals";
import { compressed, encrypted, json, memory, structured } from "@class-cache/mapping";
import { suite } from "@class-cache/testkit";

suite({ test, expect, name: "memory() bare", backend: () => memory() });
suite({ test, expect, name: "memory() by options", backend: (place) => memory(place) });
suite({
  test,
  expect,
  name: "memory() with json and limits far away",
  backend: (place) => memory({ codec: json(), maxBytes: 1e9, maxEntries: 1e6, ...place }),
  richValues: "JSON does not keep them",
});
suite({
  test,
  expect,
  name: "memory() compressed",
  backend: (place) => memory({ codec: compressed(structured()), ...place }),
});
suite({
  test,
  expect,
  name: "memory() encrypted",
  backend: (place) =>
    memory({ codec: encrypted(structured(), { key: Buffer.alloc(32, 7) }), ...place }),
});
