import { expect, test } from "vitest";
import { isRaftId, sortRaftIds } from "./raft-id.ts";

test("ids are ordered as numbers, beyond what a double can tell apart", () => {
  const ids = ["9223372036854775808", "10", "9", "9223372036854775807", "10", "1"];
  expect(sortRaftIds(ids)).toEqual(["1", "9", "10", "9223372036854775807", "9223372036854775808"]);
});

test("an id is a uint64 in decimal, and nobody's id is not one", () => {
  for (const id of ["1", "42", "18446744073709551615"]) expect(isRaftId(id), id).toBe(true);
  for (const id of [
    "",
    "0",
    "01",
    "-1",
    "1.0",
    "0x1",
    " 1",
    "18446744073709551616",
    "9".repeat(21),
  ]) {
    expect(isRaftId(id), id).toBe(false);
  }
});
