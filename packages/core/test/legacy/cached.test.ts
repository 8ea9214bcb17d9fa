import { describe } from "@jest/globals";
import { describeCached } from "../cached-suite.ts";

describe("cached, with experimental decorators", () => {
  describeCached();
});
