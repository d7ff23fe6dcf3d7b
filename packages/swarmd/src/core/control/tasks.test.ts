import type { DeepPartial, ListTasksRequestFilters } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aNode, aService, aTask } from "../../testing/builders.ts";
import { ControlCaller } from "../../testing/control-caller.ts";
import { refuse } from "../lib/outcome.ts";

const api = new ControlCaller({
  isTaskDirty: (service, task, node) => task.slot !== 2 || node?.id !== "n" || service.id !== "s",
})
  .add("service", aService({ id: "s" }))
  .add("node", aNode({ id: "n" }))
  .add(
    "task",
    aTask({
      id: "a",
      serviceId: "s",
      nodeId: "n",
      slot: 1,
      serviceAnnotations: { name: "web", labels: { x: "1" } },
    }),
    aTask({ id: "b", serviceId: "s", nodeId: "n", slot: 2, desiredState: "SHUTDOWN" }),
    aTask({ id: "c", serviceId: "gone", nodeId: "m", slot: 2, annotations: { name: "alone" } }),
  );

const list = (filters?: DeepPartial<ListTasksRequestFilters>): string =>
  api
    .resultOf("ListTasks", { filters })
    .tasks.map(({ id }) => id)
    .join("");

test("tasks are listed by every filter and by their combination", () => {
  expect([
    list(),
    list({}),
    list({ names: ["web.1.a", "alone"] }),
    list({ namePrefixes: ["web."] }),
    list({ idPrefixes: ["b"] }),
    list({ labels: { x: "" } }),
    list({ serviceIds: ["s", "gone"] }),
    list({ nodeIds: ["m"] }),
    list({ desiredStates: ["SHUTDOWN"] }),
    list({ desiredStates: ["SHUTDOWN", "RUNNING"], nodeIds: ["n"] }),
    list({ serviceIds: ["s"], namePrefixes: ["web.2"] }),
    list({ runtimes: ["container"] }),
    list({ runtimes: ["attachment"] }),
  ]).toEqual(["abc", "abc", "ac", "ab", "b", "a", "abc", "c", "b", "ab", "b", "abc", ""]);
});

test("up to date are the tasks that the orchestrators would leave alone", () => {
  expect(list({ upToDate: true })).toBe("b");
});

test("a task is got and removed by its id", () => {
  const caller = new ControlCaller().add("task", aTask());
  expect(caller.resultOf("GetTask", { taskId: "task-1" }).task?.id).toBe("task-1");
  expect(caller.call("RemoveTask", { taskId: "task-1" })).toEqual({ ok: true, value: {} });
  const notFound = refuse("not-found", "task task-1 not found");
  const invalid = refuse("invalid-argument", "invalid argument");
  expect([
    caller.call("GetTask", { taskId: "task-1" }),
    caller.call("RemoveTask", { taskId: "task-1" }),
    caller.call("GetTask", {}),
    caller.call("RemoveTask", {}),
  ]).toEqual([notFound, notFound, invalid, invalid]);
});
