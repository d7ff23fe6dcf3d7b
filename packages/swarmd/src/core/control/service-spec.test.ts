import { getCodec } from "@swarmkit/proto";
import type { DeepPartial, ServiceSpec, TaskSpec } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { type Refusal, refuse } from "../lib/outcome.ts";
import { checkServiceSpec } from "./service-spec.ts";

type Container = NonNullable<DeepPartial<ServiceSpec>["task"]>["container"];

function check(init: DeepPartial<ServiceSpec>): Refusal | undefined {
  const spec = getCodec("ServiceSpec").create({
    annotations: { name: "web" },
    replicated: { replicas: 1 },
    ...init,
    task: { container: { image: "busybox" }, ...init.task },
  });
  return checkServiceSpec(spec);
}

const checkTask = (task: DeepPartial<TaskSpec>): Refusal | undefined => check({ task });
const checkContainer = (container: Container): Refusal | undefined =>
  check({ task: { container: { image: "busybox", ...container } } });

const invalid = (message: string): Refusal => refuse("invalid-argument", message);
const unbuilt = (message: string): Refusal => refuse("unimplemented", message);

test("a plain replicated service is accepted, with and without its options", () => {
  expect(check({})).toBeUndefined();
  const full = check({
    replicated: { replicas: 100_000 },
    update: { parallelism: 0, delay: { seconds: 1 }, maxFailureRatio: 1 },
    rollback: { maxFailureRatio: 7 },
    endpoint: { mode: "DNSRR", ports: [{ targetPort: 80, publishMode: "HOST" }] },
    task: {
      container: {
        image: "busybox:1.36",
        hostname: "box",
        env: ["A=1", "B", "{{C}}=2", "{{D}}"],
        mounts: [{ type: "TMPFS", target: "/a" }, { target: "/b" }],
        healthcheck: { interval: { nanos: 1e6 }, timeout: {}, retries: 3 },
      },
      resources: { limits: { nanoCpus: 1e6, memoryBytes: 4 * 2 ** 20 }, reservations: {} },
      restart: { delay: {}, window: { seconds: 1 } },
      placement: { constraints: ["node.role==worker", "node.labels.x != y"] },
    },
  });
  expect(full).toBeUndefined();
});

test("a missing spec is an invalid argument", () => {
  expect(checkServiceSpec(undefined)).toEqual(invalid("invalid argument"));
});

describe("names", () => {
  const named = (name: string): string | undefined => check({ annotations: { name } })?.message;

  test("follow SwarmKit's rule", () => {
    const component = "name must be valid as a DNS name component";
    expect(["", "-a", "a-", "a.b", "a b", "a\n", "ä", "a".repeat(64)].map(named)).toEqual([
      "meta: name must be provided",
      ...Array<string>(6).fill(component),
      "name must be 63 characters or fewer",
    ]);
    expect(["a", "9", "A-_-b", "a".repeat(63)].map(named)).toEqual(Array(4).fill(undefined));
  });

  test("are judged at once, however long", () => {
    expect(named(`${"a-".repeat(50_000)}!`)).toBe("name must be valid as a DNS name component");
  });
});

describe("modes", () => {
  test("the number of replicas has a bound", () => {
    expect(check({ replicated: { replicas: -1 } })).toEqual(
      invalid("Number of replicas must be non-negative"),
    );
    expect(check({ replicated: { replicas: 1e9 } })).toEqual(
      invalid(
        "Number of replicas must be at most 100000, not 1000000000: " +
          "ask for fewer, or split the service",
      ),
    );
    expect(check({ replicated: { replicas: 0 } })).toBeUndefined();
  });

  test("other modes are not built yet, and none is no mode", () => {
    expect([
      check({ replicated: undefined }),
      check({ replicated: undefined, global: {} }),
      check({ replicated: undefined, globalJob: {} }),
      check({ replicated: undefined, replicatedJob: {} }),
      check({ replicated: undefined, replicatedJob: {}, update: {} }),
    ]).toEqual([
      invalid("Unrecognized service mode"),
      unbuilt("global services are not built yet: use replicated mode"),
      unbuilt("job services are not built yet: use replicated mode"),
      unbuilt("job services are not built yet: use replicated mode"),
      invalid("Jobs may not have an update config"),
    ]);
  });
});

describe("tasks", () => {
  test("resources have a lower bound", () => {
    const limits = (nanoCpus: number) => checkTask({ resources: { limits: { nanoCpus } } });
    expect([999_999, 1, -5e8].map((nanoCpus) => limits(nanoCpus)?.message)).toEqual([
      "invalid cpu value 0.000999999: Must be at least 0.001",
      "invalid cpu value 1e-09: Must be at least 0.001",
      "invalid cpu value -0.5: Must be at least 0.001",
    ]);
    expect(checkTask({ resources: { reservations: { memoryBytes: 4_194_303 } } })).toEqual(
      invalid("invalid memory value 4194303: Must be at least 4MiB"),
    );
  });

  test("spans are not negative, and ratios between 0 and 1", () => {
    const negative = { seconds: -1, nanos: 0 };
    expect([
      checkTask({ restart: { delay: negative } }),
      checkTask({ restart: { window: { seconds: 0, nanos: -1 } } }),
      check({ update: { delay: negative } }),
      check({ update: { monitor: negative } }),
      check({ update: { maxFailureRatio: 1.01 } }),
      check({ update: { maxFailureRatio: Number.NaN } }),
      checkTask({ restart: { delay: { seconds: 1e10, nanos: 0 } } }),
      checkTask({ restart: { delay: { seconds: 1, nanos: -1 } } }),
    ]).toEqual([
      invalid("TaskSpec: restart-delay cannot be negative"),
      invalid("TaskSpec: restart-window cannot be negative"),
      invalid("TaskSpec: update-delay cannot be negative"),
      invalid("TaskSpec: update-monitor cannot be negative"),
      invalid("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"),
      invalid("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1"),
      invalid("TaskSpec: restart-delay is no valid duration: it must be below 292 years"),
      invalid("TaskSpec: restart-delay is no valid duration: it must be below 292 years"),
    ]);
  });

  test("constraints must parse", () => {
    expect(checkTask({ placement: { constraints: ["node.role=worker"] } })).toEqual(
      invalid('constraint expected one operator from ==, !=: "node.role=worker"'),
    );
  });

  test("there is a container or generic runtime", () => {
    const generic = (kind: string, payload?: DeepPartial<{ typeUrl: string; value: Uint8Array }>) =>
      checkTask({ container: undefined, generic: { kind, payload } });
    const value = new Uint8Array([1]);
    expect([
      checkTask({ container: undefined }),
      checkTask({ container: undefined, attachment: {} }),
      generic("ab"),
      generic("Container"),
      generic("vm-x"),
      generic("vm-x", { value }),
      generic("vm-x", { typeUrl: "t" }),
      generic("vm-x", { typeUrl: "t", value }),
    ]).toEqual([
      invalid("TaskSpec: missing runtime"),
      unbuilt("RuntimeSpec: unimplemented runtime in service spec"),
      invalid('Generic runtime: Invalid name "ab"'),
      invalid('Generic runtime: "Container" is a reserved name'),
      invalid("Generic runtime is missing payload"),
      invalid("Generic runtime is missing payload type"),
      invalid("Generic runtime has an empty payload"),
      undefined,
    ]);
  });
});

describe("containers", () => {
  test("have an image, targets of their own, and a sane health check", () => {
    const below = { seconds: 0, nanos: 999_999 };
    expect([
      checkContainer({ image: "" }),
      checkContainer({ image: "Not An Image" }),
      checkContainer({ mounts: [{ target: "/a" }, { target: "/a" }] }),
      checkContainer({ healthcheck: { interval: below } }),
      checkContainer({ healthcheck: { timeout: below } }),
      checkContainer({ healthcheck: { startPeriod: below } }),
      checkContainer({ healthcheck: { startInterval: below } }),
      checkContainer({ healthcheck: { retries: -1 } }),
    ]).toEqual([
      invalid("ContainerSpec: image reference must be provided"),
      invalid('ContainerSpec: "Not An Image" is not a valid repository/tag'),
      invalid("ContainerSpec: duplicate mount point: /a"),
      invalid("ContainerSpec: Interval in HealthConfig cannot be less than 1ms"),
      invalid("ContainerSpec: Timeout in HealthConfig cannot be less than 1ms"),
      invalid("ContainerSpec: StartPeriod in HealthConfig cannot be less than 1ms"),
      invalid("ContainerSpec: StartInterval in HealthConfig cannot be less than 1ms"),
      invalid("ContainerSpec: Retries in HealthConfig cannot be negative"),
    ]);
  });

  test("may not use what is not built yet", () => {
    const mount = { type: "VOLUME", source: "data", target: "/data" } as const;
    const driverConfig = { name: "local", options: { o: "{{.Task.Slot}}" } };
    expect([
      checkContainer({ secrets: [{ secretId: "s", secretName: "key" }] })?.message,
      checkContainer({ configs: [{ configId: "c", configName: "conf" }] })?.message,
      checkContainer({ privileges: { credentialSpec: { config: "c" } } })?.message,
      checkContainer({ mounts: [{ ...mount, type: "CLUSTER" }] })?.message,
      checkContainer({ hostname: "box-{{.Task.Slot}}" })?.message,
      checkContainer({ env: ["A=1", "TOKEN=s3cret{{.Node.ID}}"] })?.message,
      checkContainer({ mounts: [{ ...mount, source: "{{.Task.Name}}" }] })?.message,
      checkContainer({ mounts: [{ ...mount, volumeOptions: { driverConfig } }] })?.message,
      checkContainer({ mounts: [{ ...mount, volumeOptions: { labels: { l: "{{x" } } }] })?.message,
      checkTask({ resourceReferences: [{ resourceId: "r" }] })?.message,
    ]).toEqual([
      'secrets are not built yet: remove secret "key" from the service',
      'configs are not built yet: remove config "conf" from the service',
      "credential specs from configs are not built yet: use a file or the registry",
      'cluster (CSI) volumes are not built yet: use a bind, volume or tmpfs mount for "/data"',
      'templates ("{{") in the host name are not built yet: write the value out',
      'templates ("{{") in environment variable TOKEN are not built yet: write the value out',
      'templates ("{{") in the mount at "/data" are not built yet: write the value out',
      'templates ("{{") in the mount at "/data" are not built yet: write the value out',
      'templates ("{{") in the mount at "/data" are not built yet: write the value out',
      'resource references are not built yet: remove the one to "r"',
    ]);
  });
});

test("endpoints follow SwarmKit's rules, and publish on hosts only", () => {
  const port = { targetPort: 80, publishedPort: 8080, publishMode: "HOST" } as const;
  expect([
    check({ endpoint: { mode: "DNSRR", ports: [{ targetPort: 80, publishMode: "INGRESS" }] } }),
    check({ endpoint: { ports: [port, { ...port, targetPort: 81 }] } }),
    check({ endpoint: { ports: [port, { ...port, protocol: "UDP" }] } }),
    check({
      endpoint: {
        ports: [
          { ...port, publishedPort: 0 },
          { ...port, publishedPort: 0 },
        ],
      },
    }),
    check({ endpoint: { ports: [{ ...port, publishMode: "INGRESS" }] } }),
    check({ networks: [{ target: "old" }] }),
    check({ task: { networks: [{ target: "net" }] } }),
  ]).toEqual([
    invalid("EndpointSpec: port published with ingress mode can't be used with dnsrr mode"),
    invalid("EndpointSpec: duplicate published ports provided"),
    undefined,
    undefined,
    unbuilt("publishing port 80 in ingress mode is not built yet: use host mode"),
    unbuilt('networks are not built yet: remove network "old" from the service'),
    unbuilt('networks are not built yet: remove network "net" from the service'),
  ]);
});
