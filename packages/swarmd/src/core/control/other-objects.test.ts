import { getCodec } from "@swarmkit/proto";
import { describe, expect, test } from "vitest";
import { ControlCaller } from "../../testing/control-caller.ts";
import { refuse } from "../lib/outcome.ts";

const data = new TextEncoder().encode("treasure");
const spec = { annotations: { name: "key" }, data };
const aSecret = (id: string, name: string, internal = false) =>
  getCodec("Secret").create({ id, internal, spec: { annotations: { name }, data } });

describe("an empty store", () => {
  const api = new ControlCaller();

  test("lists nothing", () => {
    expect([
      api.resultOf("ListNetworks", {}),
      api.resultOf("ListSecrets", {}),
      api.resultOf("ListConfigs", {}),
      api.resultOf("ListResources", {}),
      api.resultOf("ListVolumes", {}),
    ]).toEqual([
      { networks: [] },
      { secrets: [] },
      { configs: [] },
      { resources: [] },
      { volumes: [] },
    ]);
  });

  test("finds nothing, and asks for an id", () => {
    expect([
      api.call("GetNetwork", { networkId: "x" }),
      api.call("GetNetwork", { name: "x" }),
      api.call("GetSecret", { secretId: "x" }),
      api.call("GetConfig", { configId: "x" }),
      api.call("GetExtension", { extensionId: "x" }),
      api.call("GetResource", { resourceId: "x" }),
      api.call("GetVolume", { volumeId: "x" }),
    ]).toEqual(
      ["network", "network", "secret", "config", "extension", "resource", "volume"].map((kind) =>
        refuse("not-found", `${kind} x not found`),
      ),
    );
    const none = [api.call("GetNetwork", {}), api.call("GetSecret", {}), api.call("GetVolume", {})];
    expect(none).toEqual(Array(3).fill(refuse("invalid-argument", "invalid argument")));
  });
});

describe("objects taken over from SwarmKit", () => {
  test("secrets are shown without their data, and internal ones are not listed", () => {
    const api = new ControlCaller().add("secret", aSecret("s1", "key"), aSecret("s2", "own", true));
    const { secrets } = api.resultOf("ListSecrets", {});
    expect(secrets.map(({ id, spec: shown }) => [id, shown.data])).toEqual([
      ["s1", new Uint8Array()],
    ]);
    const got = api.resultOf("GetSecret", { secretId: "s1" }).secret;
    expect([got?.spec.annotations.name, got?.spec.data]).toEqual(["key", new Uint8Array()]);
  });

  test("configs are shown with their data", () => {
    const api = new ControlCaller().add("config", getCodec("Config").create({ id: "c", spec }));
    expect(api.resultOf("GetConfig", { configId: "c" }).config?.spec.data).toEqual(data);
    expect(api.resultOf("ListConfigs", { filters: { names: ["KEY"] } }).configs).toHaveLength(1);
  });

  test("networks are found by name, and volumes and resources by their own filters", () => {
    const annotations = { name: "net" };
    const api = new ControlCaller()
      .add("network", getCodec("Network").create({ id: "n", spec: { annotations } }))
      .add(
        "volume",
        getCodec("Volume").create({
          id: "v",
          spec: { annotations, group: "g", driver: { name: "d" } },
        }),
      )
      .add("extension", getCodec("Extension").create({ id: "e", annotations: { name: "kind" } }))
      .add("resource", getCodec("Resource").create({ id: "r", kind: "kind", annotations }));
    const volumes = (filters: object) => api.resultOf("ListVolumes", { filters }).volumes.length;
    const resources = (kind: string) =>
      api.resultOf("ListResources", { filters: { kind } }).resources.length;
    expect(api.resultOf("GetNetwork", { name: "NET" }).network?.id).toBe("n");
    expect([volumes({ groups: ["g"], drivers: ["d"] }), volumes({ drivers: ["x"] })]).toEqual([
      1, 0,
    ]);
    expect([resources(""), resources("kind"), resources("other")]).toEqual([1, 1, 0]);
  });
});
