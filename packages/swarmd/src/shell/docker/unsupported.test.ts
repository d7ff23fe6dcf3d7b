import type { DeepPartial, Task } from "@swarmkit/proto/types";
import { expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { findUnsupported } from "./unsupported.ts";

const image = "web:1";

test.each<[string, DeepPartial<Task>, RegExp]>([
  ["no image", { spec: { container: { image: "" } } }, /names no image.*--image/],
  ["a secret", { spec: { container: { image, secrets: [{ secretId: "s" }] } } }, /secrets/],
  ["a config", { spec: { container: { image, configs: [{ configId: "c" }] } } }, /configs/],
  [
    "a cluster volume",
    { spec: { container: { image, mounts: [{ type: "CLUSTER" }] } } },
    /volumes/,
  ],
  [
    "an overlay network",
    { networks: [{ network: { spec: { annotations: { name: "back" } } } }] },
    /network back is an overlay/,
  ],
])("a task with %s is refused with the reason", (_, init, reason) => {
  expect(findUnsupported(aTask(init))).toMatch(reason);
});

test("a plain container task is not refused", () => {
  expect(findUnsupported(aTask())).toBeUndefined();
});

test("the engine's own networks are no overlays", () => {
  const spec = { annotations: { name: "host" }, driverConfig: { name: "host" } };
  expect(findUnsupported(aTask({ networks: [{ network: { spec } }] }))).toBeUndefined();
});
