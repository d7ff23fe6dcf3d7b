import { expect, test } from "vitest";
import { parseGenericResources } from "./generic-resources.ts";

test("numbers are counts and other values are sets", () => {
  expect(parseGenericResources("gpu=UUID2,fpga=2,gpu=UUID1")).toEqual({
    ok: true,
    resources: [
      { discreteResourceSpec: { kind: "fpga", value: 2 } },
      { namedResourceSpec: { kind: "gpu", value: "UUID2" } },
      { namedResourceSpec: { kind: "gpu", value: "UUID1" } },
    ],
  });
});

test("nothing gives nothing", () => {
  expect(parseGenericResources("")).toEqual({ ok: true, resources: [] });
});

test.each([
  ["gpu", '"gpu" is not kind=value'],
  ["gpu=1,", '"" is not kind=value'],
  ["gpu=1,gpu=UUID1", '"gpu" has several values, so none may be a number'],
  ["gpu=-1", '"gpu" has a count below 0'],
  ["gpu=99999999999999999999", '"gpu" has a count that is too large'],
])("%s is refused", (text, message) => {
  expect(parseGenericResources(text)).toEqual({ ok: false, message });
});
