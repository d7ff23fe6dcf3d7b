import { describe, expect, test } from "vitest";
import { transcribe } from "../../testing/run-swarmctl.ts";
import { shop } from "../../testing/shop.ts";

const golden = (name: string): string => `../../../testdata/service-${name}.txt`;
const handlers = shop;

describe("service create", () => {
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
});
