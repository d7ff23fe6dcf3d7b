import { describe, expect, test } from "vitest";
import { RpcError } from "../../client/rpc-error.ts";
import { aNode, aService, aTask, secondsAgo } from "../../testing/builders.ts";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { runSwarmctl, transcribe } from "../../testing/run-swarmctl.ts";

const golden = (name: string): string => `../../../testdata/service-${name}.txt`;

const full = aService("full", {
  spec: {
    annotations: { name: "full", labels: { tier: "front", app: "shop" } },
    task: {
      container: {
        image: "busybox:1.36",
        command: ["sleep", "1d"],
        args: ["now"],
        env: ["A=1"],
        mounts: [{ type: "BIND", source: "/srv", target: "/data", readonly: true }],
        secrets: [{ secretName: "key", secretId: "secretid", file: { name: "key.pem" } }],
        configs: [{ configName: "conf", configId: "configid", runtime: {} }],
        capabilityAdd: ["CAP_NET_ADMIN"],
        capabilityDrop: ["CAP_CHOWN"],
      },
      resources: {
        reservations: {
          nanoCpus: 500_000_000,
          memoryBytes: 67_108_864,
          generic: [{ discreteResourceSpec: { kind: "gpu", value: 1 } }],
        },
        limits: { memoryBytes: 1_610_612_736 },
      },
      placement: { constraints: ["node.role==worker", "node.labels.disk==ssd"], maxReplicas: 2 },
      networks: [{ target: "netid" }],
      logDriver: { name: "json-file", options: { "max-size": "10m", compress: "" } },
      forceUpdate: 3,
    },
    replicated: { replicas: 3 },
  },
  endpoint: {
    ports: [
      { name: "web", protocol: "TCP", targetPort: 80, publishedPort: 8080, publishMode: "HOST" },
    ],
  },
  updateStatus: {
    state: "COMPLETED",
    startedAt: secondsAgo(90_000),
    completedAt: secondsAgo(3600),
    message: "update completed",
  },
});
const everywhere = aService("agent", {
  spec: { annotations: { name: "agent" }, task: { container: { image: "agent:2" } }, global: {} },
});
const generic = aService("gen", {
  spec: {
    annotations: { name: "gen" },
    task: { generic: { kind: "wasm" } },
    replicated: { replicas: 1 },
  },
});
const twins = [aService("twin"), aService("twin", { id: "servicetwinid2" })];
const services = [full, everywhere, generic, aService("web"), ...twins];
const nodes = [aNode("a"), aNode("b", { status: { state: "DOWN" } })];
const tasks = [
  aTask("web", 1),
  aTask("web", 2, { nodeId: "nodebid" }),
  aTask("full", 1, { status: { state: "STARTING", timestamp: secondsAgo(1) } }),
  aTask("full", 2, { desiredState: "SHUTDOWN", status: { state: "COMPLETE" } }),
];
const secrets = [{ id: "secretid2", spec: { annotations: { name: "cert" } } }];
const configs = [{ id: "configid2", spec: { annotations: { name: "site" } } }];
const networks = [{ id: "netid", spec: { annotations: { name: "front" } } }];
const handlers = fakeCluster({ services, nodes, tasks, secrets, configs, networks });

describe("service", () => {
  test("ls counts tasks that run on nodes that are up", async () => {
    const lines = ["service ls", "svc list", "service ls -q", "service ls --format json"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("ls"));
  });

  test("ls of no services is a header", async () => {
    const lines = ["service ls", "service ls -q", "service ls --format json"];
    const text = await transcribe(lines, { handlers: fakeCluster({}) });
    await expect(text).toMatchFileSnapshot(golden("ls-empty"));
  });

  test("inspect shows a service of any kind, and its tasks", async () => {
    const lines = [
      "service inspect full",
      "service inspect full -a",
      "service inspect agent",
      "service inspect gen",
      "service inspect gen --format json",
      "service inspect twin",
      "service inspect ful1",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("inspect"));
  });

  test("create sends what was asked for and no policy that was not", async () => {
    const lines = [
      "service create --name web2 --image busybox",
      "service create --name agent2 --image busybox --mode global",
      "service create --name odd --image busybox --mode global --replicas 2",
      "service create --image busybox",
      "service create --name x --image busybox --network nosuch",
      "service create --name x --image busybox --secret nosuch:/etc/key",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("create"));
  });

  test("create takes every flag of SwarmKit's", async () => {
    const line =
      `service create --name all --image busybox:1 --label a=1,b=2 --label c=3 --replicas 4
      --replicas-max-per-node 2 --hostname h --command sh,-c --args '"echo a,b","say ""hi"""'
      --env A=1 --env B=2 --tty --open-stdin --init --ports web:80:8080,dns:53/udp:5353/udp
      --network front --memory-reservation 64m --memory-limit 1.5g --cpu-reservation 0.5
      --cpu-limit 3/2 --generic-resources gpu=2,fpga=1 --ulimit nofile=1024:4096 --ulimit core=-1
      --update-parallelism 0 --update-delay 1m30s --update-on-failure rollback
      --update-order start-first --rollback-parallelism 2 --rollback-delay 500ms
      --rollback-on-failure continue --rollback-order start-first --restart-condition failure
      --restart-delay 10s --restart-max-attempts 3 --restart-window 1h
      --constraint node.role==worker,node.labels.disk==ssd --bind /srv:/data --volume /cache
      --tmpfs /run:size=64m,mode=1777,ro --npipe a:b --log-driver syslog --log-opt tag=x,max=2
      --secret cert --secret cert:other.pem`.replace(/\s+/g, " ");
    await expect(await transcribe([line], { handlers })).toMatchFileSnapshot(golden("create-all"));
  });

  test("create refuses flags that make no sense before it asks the manager", async () => {
    const base = "service create --name x --image y";
    const lines = [
      `${base} --replicas -1`,
      `${base} --replicas 1e9`,
      `${base} --replicas 99999999999999999999`,
      `${base} --label novalue`,
      `${base} --ports 80`,
      `${base} --ports web:80/tcp:80/udp`,
      `${base} --memory-limit lots`,
      `${base} --cpu-limit 0.0000000001`,
      `${base} --update-delay 10`,
      `${base} --update-order sideways`,
      `${base} --ulimit nofiles=3`,
      `${base} --tmpfs run`,
      `${base} --bind /data`,
      `${base} --bind /a:/data --volume /data`,
      `${base} --log-opt tag=x`,
      `${base} --generic-resources gpu=UUID1`,
      `${base} --env 'A="b'`,
      `${base} extra`,
      `${base} --name`,
      `${base} --replicsa 3`,
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("create-usage"));
  });

  test("update changes what the flags say and keeps the rest", async () => {
    const lines = [
      "service update full --replicas 12",
      "service update full --image busybox:2 --force",
      "service update full --label x=y --log-opt max-size=1g --restart-max-attempts 2",
      "service update full --update-delay 5s --volume /data --tty=false",
      "service update full --add-secret cert:cert.pem --rm-secret key --add-config site --rm-config conf",
      "service update full --add-capability CAP_CHOWN --rm-capability CAP_NET_ADMIN",
      "service update full --label app=shop,tier=front",
      "service update full",
      "service update gen --image busybox",
      "service update agent --replicas 2",
      "service update full --add-config nosuch",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("update"));
  });

  test("update keeps fields that swarmctl does not know", async () => {
    // Field 100 of ServiceSpec, which no version has yet.
    const $unknown = [new Uint8Array([0xa2, 0x06, 0x01, 0x58])];
    const newer = aService("newer", { spec: { ...aService("newer").spec, $unknown } });
    const { calls, exitCode } = await runSwarmctl("service update newer --replicas 9", {
      handlers: fakeCluster({ services: [newer] }),
    });
    expect(exitCode).toBe(0);
    expect(calls.at(-1)?.request).toMatchObject({
      spec: { $unknown, replicated: { replicas: 9 } },
    });
  });

  test("an update that comes too late is a conflict", async () => {
    const refusing = {
      ...handlers,
      UpdateService: () => {
        throw new RpcError("UNKNOWN", "update out of sequence");
      },
    };
    const lines = ["service update web --replicas 3", "service update web --replicas 3 --debug"];
    await expect(await transcribe(lines, { handlers: refusing })).toMatchFileSnapshot(
      golden("update-conflict"),
    );
  });

  test("remove takes services by name until one is not there", async () => {
    const lines = ["service remove web full", "svc rm web nosuch full", "service rm"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("remove"));
  });
});
