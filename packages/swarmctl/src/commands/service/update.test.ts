import { describe, expect, test } from "vitest";
import { RpcError } from "../../client/rpc-error.ts";
import { aService } from "../../testing/builders.ts";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { runSwarmctl, transcribe } from "../../testing/run-swarmctl.ts";
import { shop } from "../../testing/shop.ts";

const golden = (name: string): string => `../../../testdata/service-${name}.txt`;
const handlers = shop;

describe("service update", () => {
  test("update changes what the flags say and keeps the rest", async () => {
    const lines = [
      "service update full --replicas 12",
      "service update full --image busybox:2 --force",
      "service update full --label x=y --log-opt max-size=1g --restart-max-attempts 2",
      "service update full --update-delay 5s --volume /data --tty=false",
      "service update full --label app=shop,tier=front",
      "service update full",
      "service update gen --image busybox",
      "service update agent --replicas 2",
    ];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("update"));
  });

  test("update adds and removes what a service refers to", async () => {
    const lines = [
      "service update full --add-secret cert:cert.pem --rm-secret key --add-config site --rm-config conf",
      "service update full --rm-secret key --add-secret cert:key.pem",
      "service update full --add-capability CAP_CHOWN --rm-capability CAP_NET_ADMIN",
      "service update full --add-config nosuch",
    ];
    const transcript = await transcribe(lines, { handlers });
    await expect(transcript).toMatchFileSnapshot(golden("update-references"));
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
});
