import type { ContainerSpec, DeepPartial, Task } from "@swarmkit/proto/types";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import { describe, expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { toContainerConfig } from "./container-config.ts";

function config(container: DeepPartial<ContainerSpec>, init: DeepPartial<Task> = {}): Created {
  const { HostConfig = {}, ...rest } = toContainerConfig(
    aTask({ ...init, spec: { container: { image: "web:1", ...container }, ...init.spec } }),
  );
  return { ...rest, HostConfig };
}

type Created = ContainerCreateOptions & { HostConfig: HostConfig };

describe("a container's configuration", () => {
  test("is named and labelled after its task, and our labels win", () => {
    const created = config(
      { labels: { a: "container", "com.docker.swarm.task.id": "forged" } },
      { id: "t1", nodeId: "n1", slot: 3, annotations: { labels: { a: "task", b: "task" } } },
    );
    expect(created.name).toBe("web.3.t1");
    expect(created.Labels).toEqual({
      a: "task",
      b: "task",
      "com.docker.swarm.task": "",
      "com.docker.swarm.task.id": "t1",
      "com.docker.swarm.task.name": "web.3.t1",
      "com.docker.swarm.node.id": "n1",
      "com.docker.swarm.service.id": "service-1",
      "com.docker.swarm.service.name": "web",
    });
  });

  test("takes the command for entry point and the arguments for command", () => {
    expect(config({ command: ["run"], args: ["-v"] })).toMatchObject({
      Entrypoint: ["run"],
      Cmd: ["-v"],
    });
    expect(config({ args: ["-v"] })).toMatchObject({ Cmd: ["-v"] });
    expect(config({ args: ["-v"] }).Entrypoint).toBeUndefined();
  });

  test("carries what the process needs", () => {
    const wanted = config({
      env: ["A=1"],
      dir: "/srv",
      user: "guest",
      hostname: "box",
      tty: true,
      openStdin: true,
      stopSignal: "SIGINT",
      stopGracePeriod: { seconds: 2, nanos: 5e8 },
    });
    expect(wanted).toMatchObject({
      Image: "web:1",
      Env: ["A=1"],
      WorkingDir: "/srv",
      User: "guest",
      Hostname: "box",
      Tty: true,
      OpenStdin: true,
      StopSignal: "SIGINT",
      StopTimeout: 3,
    });
  });

  test("tells the program of its generic resources", () => {
    const assignedGenericResources = [
      { namedResourceSpec: { kind: "gpu", value: "uuid-1" } },
      { namedResourceSpec: { kind: "gpu", value: "uuid-2" } },
      { discreteResourceSpec: { kind: "ssd", value: 3 } },
    ];
    expect(config({ env: ["A=1"] }, { assignedGenericResources }).Env).toEqual([
      "A=1",
      "DOCKER_RESOURCE_GPU=uuid-1,uuid-2",
      "DOCKER_RESOURCE_SSD=3",
    ]);
  });

  test("gives health checks their times in nanoseconds", () => {
    const healthcheck = {
      test: ["CMD", "true"],
      interval: { seconds: 1, nanos: 5e8 },
      startPeriod: { seconds: 3, nanos: 0 },
      retries: 2,
    };
    expect(config({ healthcheck }).Healthcheck).toEqual({
      Test: ["CMD", "true"],
      Interval: 1.5e9,
      StartPeriod: 3e9,
      Retries: 2,
    });
  });

  test("publishes host ports only; the engine chooses where none is given", () => {
    const ports = [
      { protocol: "TCP", targetPort: 80, publishedPort: 8080, publishMode: "HOST" },
      { protocol: "UDP", targetPort: 53, publishMode: "HOST" },
      { protocol: "TCP", targetPort: 443, publishedPort: 443, publishMode: "INGRESS" },
    ] as const;
    const { ExposedPorts, HostConfig } = config({}, { endpoint: { ports } });
    expect(ExposedPorts).toEqual({ "80/tcp": {}, "53/udp": {} });
    expect(HostConfig.PortBindings).toEqual({
      "80/tcp": [{ HostPort: "8080" }],
      "53/udp": [{ HostPort: "" }],
    });
  });
});

describe("a container's confinement", () => {
  test("is empty when nothing is asked for", () => {
    expect(config({}).HostConfig).toEqual({});
  });

  test("limits memory, CPU and processes, and leaves reservations to the scheduler", () => {
    const resources = {
      limits: { nanoCpus: 15e8, memoryBytes: 2 ** 26 },
      reservations: { nanoCpus: 4e9, memoryBytes: 2 ** 30 },
      swapBytes: { value: 2 ** 20 },
      memorySwappiness: { value: 10 },
    };
    const { HostConfig } = config({ pidsLimit: 100 }, { spec: { resources } });
    expect(HostConfig).toEqual({
      CpuPeriod: 100_000,
      CpuQuota: 150_000,
      Memory: 2 ** 26,
      MemorySwap: 2 ** 26 + 2 ** 20,
      MemorySwappiness: 10,
      PidsLimit: 100,
    });
  });

  test("carries binds, volumes and tmpfs with their options", () => {
    const { HostConfig } = config({
      mounts: [
        {
          type: "BIND",
          source: "/src",
          target: "/dst",
          readonly: true,
          bindOptions: { propagation: "RSLAVE", nonrecursive: true },
        },
        {
          type: "VOLUME",
          source: "data",
          target: "/data",
          volumeOptions: { nocopy: true, driverConfig: { name: "nfs", options: { o: "soft" } } },
        },
        {
          type: "TMPFS",
          target: "/tmp",
          readonly: true,
          tmpfsOptions: { sizeBytes: 2 ** 26, mode: 0o1777, options: "noexec" },
        },
      ],
    });
    expect(HostConfig.Mounts).toEqual([
      {
        Type: "bind",
        Source: "/src",
        Target: "/dst",
        ReadOnly: true,
        BindOptions: { Propagation: "rslave", NonRecursive: true },
      },
      {
        Type: "volume",
        Source: "data",
        Target: "/data",
        ReadOnly: false,
        VolumeOptions: {
          NoCopy: true,
          Labels: {},
          DriverConfig: { Name: "nfs", Options: { o: "soft" } },
        },
      },
    ]);
    expect(HostConfig.Tmpfs).toEqual({ "/tmp": "ro,mode=1777,size=64m,noexec" });
  });
});

describe("a container's privileges and surroundings", () => {
  test("are capabilities, security options, limits of the process and kernel parameters", () => {
    const { HostConfig } = config({
      capabilityAdd: ["CAP_NET_ADMIN"],
      capabilityDrop: ["ALL"],
      privileges: {
        noNewPrivileges: true,
        seccomp: { mode: "UNCONFINED" },
        apparmor: { mode: "DISABLED" },
        selinuxContext: { type: "svirt_t" },
      },
      ulimits: [{ name: "nofile", soft: 10, hard: 20 }],
      sysctls: { "net.core.somaxconn": "1024" },
      groups: ["audio"],
      init: { value: true },
      readOnly: true,
      isolation: "ISOLATION_HYPERV",
    });
    expect(HostConfig).toEqual({
      CapAdd: ["CAP_NET_ADMIN"],
      CapDrop: ["ALL"],
      SecurityOpt: [
        "no-new-privileges",
        "seccomp=unconfined",
        "apparmor=unconfined",
        "label=type:svirt_t",
      ],
      Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }],
      Sysctls: { "net.core.somaxconn": "1024" },
      GroupAdd: ["audio"],
      Init: true,
      ReadonlyRootfs: true,
      Isolation: "hyperv",
    });
  });

  test("are name resolution and the log driver", () => {
    const { HostConfig } = config(
      {
        hosts: ["10.0.0.1 db db-alias", "malformed"],
        dnsConfig: { nameservers: ["9.9.9.9"], search: ["example"], options: ["ndots:1"] },
      },
      { logDriver: { name: "json-file", options: { "max-size": "1m" } } },
    );
    expect(HostConfig).toEqual({
      ExtraHosts: ["db:10.0.0.1"],
      Dns: ["9.9.9.9"],
      DnsSearch: ["example"],
      DnsOptions: ["ndots:1"],
      LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
    });
  });
});
