import { expect, test } from "vitest";
import { LocalClock } from "./local-clock.ts";
import { type Endpoint, goodNetwork, Network } from "./network.ts";
import { Random } from "./random.ts";
import { World } from "./world.ts";

class Recorder implements Endpoint {
  readonly name: string;
  readonly address: number;
  readonly seen: string[] = [];
  epoch = 1;
  pausedUntilMs = 0;
  readonly #world: World;

  constructor(world: World, address: number) {
    this.#world = world;
    this.address = address;
    this.name = `machine-${address}`;
  }

  handle(kind: string): boolean {
    this.seen.push(`${kind} at ${this.#world.nowMs}`);
    return true;
  }
}

test("what was under way to a machine's earlier life does not reach the next one", () => {
  const world = new World();
  const machine = new Recorder(world, 0);
  world.post(10, machine, "timer");
  world.postAny(10, machine, "message");
  machine.epoch += 1;
  world.runUntil(20);
  expect(machine.seen).toEqual(["message at 10"]);
  expect(world.steps).toBe(1);
});

test("what is due during a standstill happens after it, in order", () => {
  const world = new World();
  const machine = new Recorder(world, 0);
  machine.pausedUntilMs = 50;
  world.post(20, machine, "second");
  world.post(10, machine, "first");
  world.post(60, machine, "third");
  world.runUntil(100);
  expect(machine.seen).toEqual(["first at 50", "second at 50", "third at 60"]);
});

test("a link that is cut twice takes messages again when it is mended twice", () => {
  const world = new World();
  const network = new Network(world, new Random(1, "network"));
  network.conditions = goodNetwork;
  const [from, to] = [new Recorder(world, 0), new Recorder(world, 1)];
  network.cut(0, 1);
  network.cut(0, 1);
  network.mend(0, 1);
  expect(network.send(from, to, "message", undefined)).toBe(false);
  expect(network.send(to, from, "message", undefined)).toBe(true);
  network.mend(0, 1);
  expect(network.send(from, to, "message", undefined)).toBe(true);
});

test("messages are lost and doubled in the shares that were asked for", () => {
  const world = new World();
  const network = new Network(world, new Random(1, "network"));
  network.conditions = { ...goodNetwork, lossShare: 0.25, doubleShare: 0.5 };
  const [from, to] = [new Recorder(world, 0), new Recorder(world, 1)];
  for (let number = 0; number < 2000; number += 1) network.send(from, to, "message", undefined);
  world.runUntil(1000);
  expect(to.seen.length / 2000).toBeGreaterThan(0.75 * 1.5 - 0.06);
  expect(to.seen.length / 2000).toBeLessThan(0.75 * 1.5 + 0.06);
});

test("a clock keeps its reading when its pace changes", () => {
  const clock = new LocalClock(500);
  const start = clock.read(0);
  clock.setRate(2, 100);
  expect(clock.read(100) - start).toBe(100);
  expect(clock.read(200) - start).toBe(300);
  expect(clock.until(start + 400, 200)).toBe(50);
  clock.jump(1000, 200);
  expect(clock.read(200) - start).toBe(1300);
  expect(clock.until(start + 400, 200)).toBe(0);
});
