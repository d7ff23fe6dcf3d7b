import type { DeepPartial, Node } from "@swarmkit/proto/types";
import { describe, expect, it } from "vitest";
import { aNode, aTask } from "../../testing/builders.ts";
import type { Filter } from "./filter.ts";
import { NodeInfo } from "./node-info.ts";
import { PlacementTree } from "./placement-tree.ts";

function aLabelled(
  id: string,
  labels: Record<string, string>,
  init: DeepPartial<Node> = {},
): NodeInfo {
  return new NodeInfo(aNode({ id, ...init, spec: { annotations: { labels } } }));
}

function spreadOver(...descriptors: readonly string[]) {
  return descriptors.map((spreadDescriptor) => ({ spread: { spreadDescriptor } }));
}

/** Places `count` tasks and counts them by node. */
function place(
  nodes: readonly NodeInfo[],
  count: number,
  options: { preferences?: readonly string[]; filters?: readonly Filter[] } = {},
): Readonly<Record<string, number>> {
  const tree = new PlacementTree({
    nodes,
    serviceId: "service-1",
    preferences: spreadOver(...(options.preferences ?? [])),
    filters: options.filters ?? [],
    isFaulty: () => false,
    onRejected: () => {},
  });
  const counts: Record<string, number> = {};
  for (let position = 0; position < count; position += 1) {
    const node = tree.next();
    if (node === undefined) break;
    node.put(aTask({ id: `placed-${position}`, nodeId: node.id }));
    tree.confirm();
    counts[node.id] = (counts[node.id] ?? 0) + 1;
  }
  return counts;
}

/** Lets a node take so many tasks in all. */
function upTo(limits: Readonly<Record<string, number>>): Filter {
  return {
    isStatic: false,
    passes: (node) => node.activeCount < (limits[node.id] ?? Number.POSITIVE_INFINITY),
    explain: () => "full",
  };
}

describe("spreading over labels", () => {
  const zones = [
    aLabelled("east-1", { zone: "east" }),
    aLabelled("east-2", { zone: "east" }),
    aLabelled("east-3", { zone: "east" }),
    aLabelled("west-1", { zone: "west" }),
  ];

  it("evens out the branches, not the nodes", () => {
    expect(place(fresh(zones), 6, { preferences: ["node.labels.zone"] })).toEqual({
      "east-1": 1,
      "east-2": 1,
      "east-3": 1,
      "west-1": 3,
    });
  });

  it("without preferences, or with unknown ones, it evens out the nodes", () => {
    const even = { "east-1": 2, "east-2": 2, "east-3": 1, "west-1": 1 };
    expect(place(fresh(zones), 6)).toEqual(even);
    expect(place(fresh(zones), 6, { preferences: ["node.id", "node.labels."] })).toEqual(even);
  });

  it("counts what a branch has already", () => {
    const nodes = fresh(zones);
    for (const id of ["a", "b", "c"]) nodes[0]?.put(aTask({ id, nodeId: "east-1" }));
    expect(place(nodes, 3, { preferences: ["node.labels.zone"] })).toEqual({ "west-1": 3 });
  });

  it("a node without the label is in a branch of its own", () => {
    const nodes = [...fresh(zones), aLabelled("bare", {})];
    expect(place(nodes, 3, { preferences: ["node.labels.zone"] })).toEqual({
      bare: 1,
      "east-1": 1,
      "west-1": 1,
    });
  });

  it("what a full branch cannot take goes to the others", () => {
    const preferences = ["node.labels.zone"];
    const filters = [upTo({ "west-1": 1 })];
    expect(place(fresh(zones), 7, { preferences, filters })).toEqual({
      "east-1": 2,
      "east-2": 2,
      "east-3": 2,
      "west-1": 1,
    });
  });

  it("levels nest: zones first, then the racks of a zone, with one rack that is nearly full", () => {
    const nodes = [
      aLabelled("e1", { zone: "east", rack: "1" }),
      aLabelled("e2", { zone: "east", rack: "2" }),
      aLabelled("e3", { zone: "east", rack: "2" }),
      aLabelled("w1", { zone: "west", rack: "1" }),
      aLabelled("w2", { zone: "west", rack: "2" }),
    ];
    const preferences = ["node.labels.zone", "node.labels.rack"];
    expect(place(nodes, 12, { preferences, filters: [upTo({ w1: 1 })] })).toEqual({
      e1: 3,
      e2: 2,
      e3: 1,
      w1: 1,
      w2: 5,
    });
  });

  it("engine labels serve as well, and names of labels are exact", () => {
    const nodes = ["a", "b", "c"].map(
      (id) =>
        new NodeInfo(
          aNode({ id, description: { engine: { labels: { disk: id === "c" ? "hdd" : "ssd" } } } }),
        ),
    );
    expect(place(nodes, 4, { preferences: ["Engine.Labels.disk"] })).toEqual({ a: 1, b: 1, c: 2 });
    const others = ["a", "b", "c"].map((id) => new NodeInfo(aNode({ id })));
    expect(place(others, 3, { preferences: ["engine.labels.DISK"] })).toEqual({ a: 1, b: 1, c: 1 });
  });
});

describe("a tree that is used up", () => {
  it("gives no node, and has told of each once, with the filter that failed", () => {
    const nodes = [aLabelled("a", { zone: "x" }), aLabelled("b", { zone: "y" })];
    const rejected: string[] = [];
    const never: Filter = { isStatic: true, passes: ({ id }) => id === "a", explain: () => "" };
    const tree = new PlacementTree({
      nodes,
      serviceId: "service-1",
      preferences: spreadOver("node.labels.zone"),
      filters: [never, upTo({ a: 1 })],
      isFaulty: () => false,
      onRejected: (node, filterIndex) => rejected.push(`${node.id} ${filterIndex}`),
    });
    const node = tree.next();
    expect(node?.id).toBe("a");
    node?.put(aTask({ nodeId: "a" }));
    tree.confirm();
    expect(tree.next()).toBeUndefined();
    expect(tree.next()).toBeUndefined();
    expect(rejected).toEqual(["b 0", "a 1"]);
  });
});

/** The same nodes without tasks. */
function fresh(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  return nodes.map(({ node }) => new NodeInfo(node));
}
