import { describe, expect, it } from "vitest";
import { aNode } from "../../testing/builders.ts";
import { nodeMatches, parseConstraints } from "./constraint.ts";

const node = aNode({
  id: "abc123",
  role: "MANAGER",
  spec: { annotations: { labels: { zone: "East", "com.example/tier": "1" } } },
  status: { addr: "10.0.0.7" },
  description: {
    hostname: "Web-1",
    platform: { os: "linux", architecture: "x86_64" },
    engine: { labels: { storage: "ssd" } },
  },
});

function matches(expression: string, candidate = node): boolean {
  const parsed = parseConstraints([expression]);
  if (!parsed.ok) throw new Error(parsed.message);
  return nodeMatches(parsed.constraints, candidate);
}

describe("parseConstraints", () => {
  it.each([
    ["node.role=manager", 'constraint expected one operator from ==, !=: "node.role=manager"'],
    ["", 'constraint expected one operator from ==, !=: ""'],
    ["1node==a", "key '1node' is invalid"],
    ["no de==a", "key 'no de' is invalid"],
    ["a!=b==c", "key 'a!=b' is invalid"],
    ["==a", "key '' is invalid"],
    ["node.id==", "value '' is invalid"],
    ["node.id==a,b", "value 'a,b' is invalid"],
    ["node.id==a=b", "value 'a=b' is invalid"],
    ["node.id==é", "value 'é' is invalid"],
  ])("refuses %j with SwarmKit's text", (expression, message) => {
    expect(parseConstraints(["node.id==fine", expression])).toEqual({ ok: false, message });
  });

  it("trims keys and values and keeps their case", () => {
    expect(parseConstraints([" Node.Labels.Zone != East 1 "])).toEqual({
      ok: true,
      constraints: [{ key: "Node.Labels.Zone", operator: "!=", value: "East 1" }],
    });
  });

  it("takes no expressions as no constraints, which every node satisfies", () => {
    expect(parseConstraints([])).toEqual({ ok: true, constraints: [] });
    expect(nodeMatches([], node)).toBe(true);
  });
});

describe("nodeMatches", () => {
  it.each([
    ["node.id==ABC123", true],
    ["node.id!=abc123", false],
    ["NODE.HOSTNAME==web-1", true],
    ["node.hostname==web", false],
    ["node.role==Manager", true],
    ["node.role!=worker", true],
    ["node.platform.os==linux", true],
    ["node.platform.arch==amd64", false],
    ["node.labels.zone==east", true],
    ["node.labels.ZONE==east", false],
    ["Node.Labels.zone!=west", true],
    ["node.labels.missing!=anything", true],
    ["node.labels.missing==anything", false],
    ["node.labels.toString!=anything", true],
    ["engine.labels.storage==SSD", true],
    ["engine.labels.storage!=ssd", false],
    ["node.ip==10.0.0.7", true],
    ["node.ip!=10.0.0.7", false],
    ["node.ip==::ffff:10.0.0.7", true],
    ["node.ip==10.0.0.0/24", true],
    ["node.ip!=10.0.0.0/24", false],
    ["node.ip==10.0.1.0/24", false],
    ["node.ip!=10.0.1.0/24", true],
  ])("%s is %s", (expression, expected) => {
    expect(matches(expression)).toBe(expected);
  });

  it.each(["node.unknown", "node.labels.", "engine.name", "label.zone"])(
    "no node satisfies the unknown key %s, with either operator",
    (key) => {
      expect(matches(`${key}==a`)).toBe(false);
      expect(matches(`${key}!=a`)).toBe(false);
    },
  );

  it.each(["10.0.0", "10.0.0.0/33", "web", "10.0.0.0/"])(
    "no node satisfies the unreadable address %s, with either operator",
    (value) => {
      expect(matches(`node.ip==${value}`)).toBe(false);
      expect(matches(`node.ip!=${value}`)).toBe(false);
    },
  );

  it("a node that has not described itself has empty properties", () => {
    const bare = aNode({ id: "bare", status: { addr: "" } });
    const undescribed = { ...bare, description: undefined };
    expect(matches("node.platform.os!=linux", undescribed)).toBe(true);
    expect(matches("node.hostname==bare", undescribed)).toBe(false);
    expect(matches("node.ip!=10.0.0.1", undescribed)).toBe(true);
  });

  it("wants all constraints satisfied", () => {
    const parsed = parseConstraints(["node.role==manager", "node.labels.zone==west"]);
    expect(parsed.ok && nodeMatches(parsed.constraints, node)).toBe(false);
  });
});
