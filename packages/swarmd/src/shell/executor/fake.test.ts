import { describe, test } from "vitest";
import { executorContract } from "../../testing/executor-contract.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { FakeExecutor, FakeHost } from "./fake.ts";

describe("the fake executor keeps the contract", () => {
  for (const { name, run } of executorContract) {
    test(name, async () => {
      // Time passes only as far as the next timer, which is enough for every script.
      const clock = new ManualClock({ isEager: true });
      const host = new FakeHost();
      await run({
        open: async () => new FakeExecutor({ clock, hostname: "fake-1", host }),
        lasting: {},
        failing: scripted({ "duration-ms": "0", "exit-code": "3" }),
        finishing: scripted({ "duration-ms": "5" }),
        stubborn: scripted({ "ignore-stop": "yes" }),
        impossible: { spec: scripted({ reject: "no such thing" }), reason: /no such thing/ },
      });
    });
  }
});

function scripted(script: Readonly<Record<string, string>>): object {
  const labels = Object.fromEntries(
    Object.entries(script).map(([name, value]) => [`swarmkit.fake.${name}`, value]),
  );
  return { container: { labels } };
}
