import { describe, expect, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";
import { CacheWithDefault } from "../../src/cache/cache-with-default.ts";
import { cacheable } from "../../src/keys/cacheable.ts";
import { transient } from "../../src/keys/transient.ts";

const backend = memory();

@cacheable({ id: "legacy-client", version: 1, backend })
class Client extends CacheWithDefault<string, string> {
  url: string;
  @transient calls = 0;
  @transient handler: () => void = () => {};

  constructor(url: string) {
    super();
    this.url = url;
  }

  protected async getDefault(path: string): Promise<string> {
    this.calls += 1;
    return `${this.url}/${path}`;
  }
}

describe("with experimental decorators", () => {
  test("class id, version and backend are those of cacheable, transient fields do not count", async () => {
    const client = new Client("http://x");
    expect(await client.get("a")).toBe("http://x/a");
    await client.flush();
    const again = new Client("http://x");
    again.calls = 100;
    expect(await again.get("a")).toBe("http://x/a");
    expect(again.calls).toBe(100);
    expect(client.id).toMatch(/^legacy-client~~\[\{"url":"http:\/\/x"\},/);
    expect(await backend.open(client.id).has("a")).toBe(true);
  });

  test("assigning to a field of the identity after the first use throws TypeError", async () => {
    const client = new Client("http://x");
    client.url = "http://y";
    expect(await client.get("a")).toBe("http://y/a");
    expect(() => {
      client.url = "http://z";
    }).toThrow(TypeError);
  });
});
