import { expect, test } from "vitest";
import { editDistance, suggest } from "./suggest.ts";

test.each([
  ["", "", 0],
  ["web", "web", 0],
  ["web", "we", 1],
  ["web", "wbe", 1],
  ["web", "api", 3],
  ["defalt", "default", 1],
  ["", "abc", 3],
])("%s and %s are %i apart", (left, right, distance) => {
  expect(editDistance(left, right)).toBe(distance);
  expect(editDistance(right, left)).toBe(distance);
});

test("the nearest candidate is offered, and none that is nothing like the word", () => {
  expect(suggest("wbe", ["api", "web", "webs"])).toBe("web");
  expect(suggest("database", ["api", "web"])).toBeUndefined();
  expect(suggest("x", [""])).toBeUndefined();
});
