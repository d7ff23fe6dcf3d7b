import { expect, it } from "vitest";
import { aNode, aTask } from "../../testing/builders.ts";
import { failureKeysMax, failuresMax, NodeInfo } from "./node-info.ts";

it("counts a task once, however often it is put, and forgets it whole", () => {
  const node = new NodeInfo(aNode());
  const spec = { resources: { reservations: { nanoCpus: 1e9, memoryBytes: 100 } } };
  const endpoint = {
    ports: [{ protocol: "TCP", publishedPort: 80, publishMode: "HOST" }],
  } as const;
  const before = [node.nanoCpusAvailable, node.memoryBytesAvailable];
  const task = aTask({ spec, endpoint });
  expect(node.put(task)).toBe(false);
  expect(node.put({ ...task, status: { ...task.status, state: "RUNNING" } })).toBe(false);
  expect(node.nanoCpusAvailable).toBe(3e9);
  expect([node.activeCount, node.activeCountOf("service-1"), node.usesPort("TCP/80")]).toEqual([
    1,
    1,
    true,
  ]);
  expect(node.put({ ...task, desiredState: "SHUTDOWN" })).toBe(true);
  expect([node.activeCount, node.nanoCpusAvailable]).toEqual([0, 3e9]);
  expect([node.delete(task.id), node.delete(task.id)]).toEqual([true, false]);
  expect([node.nanoCpusAvailable, node.memoryBytesAvailable]).toEqual(before);
  expect(node.usesPort("TCP/80")).toBe(false);
});

it("remembers failures of a bounded number of services", () => {
  const node = new NodeInfo(aNode());
  const failOften = (key: string): void => {
    for (let count = 0; count < failuresMax; count += 1) node.recordFailure(key, 0);
  };
  failOften("first");
  expect(node.isFaulty("first", 1)).toBe(true);
  for (let index = 1; index < failureKeysMax; index += 1) failOften(`other-${index}`);
  expect(node.isFaulty("first", 1)).toBe(true);
  failOften("last");
  expect(node.isFaulty("first", 1)).toBe(false);
  expect(node.isFaulty("other-1", 1)).toBe(true);
});
