import { describe, expect, test } from "vitest";
import { fakeCluster } from "../../testing/fake-cluster.ts";
import { transcribe } from "../../testing/run-swarmctl.ts";
import { shop } from "../../testing/shop.ts";

const golden = (name: string): string => `../../../testdata/service-${name}.txt`;
const handlers = shop;

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

  test("remove takes services by name until one is not there", async () => {
    const lines = ["service remove web full", "svc rm web nosuch full", "service rm"];
    await expect(await transcribe(lines, { handlers })).toMatchFileSnapshot(golden("remove"));
  });
});
