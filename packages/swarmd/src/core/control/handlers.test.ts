import { services } from "@swarmkit/proto";
import { expect, test } from "vitest";
import { ControlCaller } from "../../testing/control-caller.ts";
import { type ControlMethod, controlHandlers } from "./handlers.ts";

test("every RPC of the service has a handler, and there is no other", () => {
  expect(Object.keys(controlHandlers).sort()).toEqual(Object.keys(services.Control).sort());
});

test("what cannot be written yet is refused with what to do instead", () => {
  const api = new ControlCaller();
  const methods = Object.keys(controlHandlers) as ControlMethod[];
  const texts = new Map<string, string[]>();
  for (const method of methods) {
    if (controlHandlers[method].kind !== "unimplemented") continue;
    const outcome = api.call(method, {});
    if (outcome.ok || outcome.code !== "unimplemented") expect.fail(`${method} is not refused`);
    texts.set(outcome.message, [...(texts.get(outcome.message) ?? []), method]);
  }
  const bindMount = "pass the value by another way, such as a bind mount";
  expect(Object.fromEntries(texts)).toEqual({
    "networks are not built yet: run services without networks, with ports in host mode": [
      "CreateNetwork",
      "RemoveNetwork",
    ],
    [`secrets are not built yet: ${bindMount}`]: ["UpdateSecret", "CreateSecret", "RemoveSecret"],
    [`configs are not built yet: ${bindMount}`]: ["UpdateConfig", "CreateConfig", "RemoveConfig"],
    "extensions are not built yet: run services without them": [
      "CreateExtension",
      "RemoveExtension",
    ],
    "resources are not built yet: run services without them": [
      "UpdateResource",
      "CreateResource",
      "RemoveResource",
    ],
    "cluster (CSI) volumes are not built yet: use bind, volume or tmpfs mounts": [
      "CreateVolume",
      "UpdateVolume",
      "RemoveVolume",
    ],
  });
});
