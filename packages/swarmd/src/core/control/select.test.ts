import { describe, expect, test } from "vitest";
import { aService } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { type CommonFilters, matchesLabels, selectAll, selectAny, type Traits } from "./select.ts";

const traits: Traits<"service"> = {
  table: "service",
  name: ({ spec }) => spec.annotations.name,
  labels: ({ spec }) => spec.annotations.labels,
};

const named = (id: string, name: string, labels: Record<string, string> = {}) =>
  aService({ id, spec: { annotations: { name, labels } } });

const view = new ControlCaller()
  .add("service", named("b1", "web", { tier: "front" }), named("a1", "web-db", { tier: "back" }))
  .add("service", named("a2", "DB", { tier: "" }))
  .store.view();

const none: CommonFilters = { names: [], namePrefixes: [], idPrefixes: [], labels: {} };

const idsOfAll = (filters: Partial<CommonFilters>): string[] =>
  selectAll(view, traits, { ...none, ...filters }).map(({ id }) => id);
const idsOfAny = (filters: Partial<CommonFilters>): string[] =>
  selectAny(view, traits, { ...none, ...filters }).map(({ id }) => id);

describe("a list", () => {
  test("has everything by id when there is no filter", () => {
    expect([idsOfAll({}), selectAll(view, traits, undefined).length]).toEqual([
      ["a1", "a2", "b1"],
      3,
    ]);
  });

  test("takes any value of one filter, each object once", () => {
    expect(idsOfAll({ names: ["web", "DB", "nobody"] })).toEqual(["a2", "b1"]);
    expect(idsOfAll({ namePrefixes: ["web", "we"] })).toEqual(["a1", "b1"]);
    expect(idsOfAll({ idPrefixes: ["a", "a1"] })).toEqual(["a1", "a2"]);
  });

  test("takes what passes all filters", () => {
    expect(idsOfAll({ names: ["web", "DB"], idPrefixes: ["a"] })).toEqual(["a2"]);
    expect(idsOfAll({ namePrefixes: ["web"], labels: { tier: "back" } })).toEqual(["a1"]);
  });

  test("compares names with their case", () => {
    expect(idsOfAll({ names: ["db"] })).toEqual([]);
    expect(idsOfAll({ namePrefixes: ["WEB"] })).toEqual([]);
  });
});

describe("a list of secrets, configs or resources", () => {
  test("takes what passes one of names and prefixes, whatever the case, and has the labels", () => {
    expect(idsOfAny({ names: ["db"], idPrefixes: ["b"] })).toEqual(["a2", "b1"]);
    expect(idsOfAny({ namePrefixes: ["WEB"], labels: { tier: "front" } })).toEqual(["b1"]);
    expect(idsOfAny({})).toEqual(["a1", "a2", "b1"]);
  });
});

test("a label must be there, and have the value unless none is asked for", () => {
  const labels = { tier: "front", empty: "" };
  expect([
    matchesLabels(labels, {}),
    matchesLabels(labels, { tier: "" }),
    matchesLabels(labels, { tier: "front", empty: "" }),
    matchesLabels(labels, { tier: "back" }),
    matchesLabels(labels, { missing: "" }),
    matchesLabels(labels, { toString: "" }),
    matchesLabels(undefined, {}),
    matchesLabels(undefined, { tier: "" }),
  ]).toEqual([true, true, true, false, false, false, true, false]);
});
