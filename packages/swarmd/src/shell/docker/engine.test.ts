import { expect, test } from "vitest";
import { lowerVersion } from "./engine.ts";

test.each([
  ["1.41", "1.47", "1.41"],
  ["1.50", "1.47", "1.47"],
  ["1.9", "1.47", "1.9"],
  ["2.0", "1.47", "1.47"],
])("of API versions %s and %s the lower one is %s", (left, right, lower) => {
  expect(lowerVersion(left, right)).toBe(lower);
});
