import { expect, test } from "vitest";
import { toNameKey } from "./schema.ts";

test("names are compared as Go lower-cases them, character by character", () => {
  expect(["Web-1", "ÄÖ", "ΟΔΟΣ", "İx", "\u{10400}"].map(toNameKey)).toEqual([
    "web-1",
    "äö",
    "οδοσ",
    "ix",
    "\u{10428}",
  ]);
});
