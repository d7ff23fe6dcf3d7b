import type { DeepPartial, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { findUnsupported } from "./unsupported.ts";

const command = ["sleep", "1"];
const port = (targetPort: number, publishedPort: number): DeepPartial<Task> => ({
  endpoint: { ports: [{ targetPort, publishedPort, publishMode: "HOST" }] },
});

test.each<[string, DeepPartial<Task>, RegExp]>([
  [
    "no command",
    { spec: { container: { image: "web:1", command: [] } } },
    /give the service a com/,
  ],
  ["a user", { spec: { container: { command, user: "www" } } }, /--user.*node with Docker/],
  ["a mount", { spec: { container: { command, mounts: [{ type: "BIND" }] } } }, /--mount/],
  [
    "a memory limit",
    { spec: { resources: { limits: { memoryBytes: 1 } } } },
    /limit on CPU or mem/,
  ],
  ["a mapped port", port(80, 8080), /port 8080 cannot lead to port 80/],
])("a task with %s is refused with the reason", (_, init, reason) => {
  expect(findUnsupported(aTask(init))).toMatch(reason);
});

test.each<[string, DeepPartial<Task>]>([
  ["a command, arguments, environment and directory", {}],
  ["arguments only", { spec: { container: { command: [], args: ["sleep", "1"] } } }],
  ["a port that it has itself", port(8080, 8080)],
  ["reservations", { spec: { resources: { reservations: { memoryBytes: 1 } } } }],
])("a task with %s is not refused", (_, init) => {
  expect(findUnsupported(aTask(init))).toBeUndefined();
});
