import type { AssignmentsMessage, NodeDescription, SessionMessage } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aNode, testEpoch } from "../../testing/builders.ts";
import { describeIntervalMs, rpcTimeoutMs, Session, type SessionInput } from "./session.ts";

const description: NodeDescription = { hostname: "host-1", fips: false, csiInfo: [] };
const welcome: SessionMessage = {
  sessionId: "session-1",
  node: aNode(),
  managers: [],
  networkBootstrapKeys: [],
  RootCA: new Uint8Array(),
};

type Plain = SessionInput extends infer Input
  ? Input extends { readonly epoch: number }
    ? Omit<Input, "epoch">
    : Input
  : never;

/** A session with what it said, one word per effect. */
class Play {
  readonly session: Session;
  now = testEpoch;

  constructor(random = 0.5) {
    this.session = new Session({ prng: () => random });
  }

  give(input: Plain, epoch: number = this.session.epoch): string[] {
    const effects = this.session.step({ ...input, epoch } as SessionInput, this.now);
    return effects.map((effect) => {
      if (effect.type === "open-session") return `open-session ${effect.request.sessionId}`.trim();
      if (effect.type === "open-assignments") return `open-assignments ${effect.stream}`;
      if (effect.type === "apply-assignments") return `apply ${effect.set}`;
      if (effect.type === "observe") return effect.isNodeChanged ? "observe new node" : "observe";
      return effect.type;
    });
  }

  pass(durationMs: number): string[] {
    this.now += durationMs;
    return this.give({ type: "tick" });
  }

  register(): string[] {
    if (this.session.nextDeadline() === undefined) this.give({ type: "start" });
    this.give({ type: "described", description });
    this.give({ type: "connected" });
    return this.give({ type: "session-message", message: welcome });
  }

  assign(type: "COMPLETE" | "INCREMENTAL", appliesTo: string, resultsIn: string): string[] {
    const message: AssignmentsMessage = { type, appliesTo, resultsIn, changes: [] };
    return this.give({ type: "assignments-message", stream: this.stream, message });
  }

  stream = 1;
}

describe("a session", () => {
  test("describes the node, connects, registers, beats and follows the assignments", () => {
    const play = new Play();
    expect(play.give({ type: "start" })).toEqual(["describe"]);
    expect(play.give({ type: "described", description })).toEqual(["connect"]);
    expect(play.give({ type: "connected" })).toEqual(["open-session"]);
    expect(play.give({ type: "session-message", message: welcome })).toEqual([
      "registered",
      "send-heartbeat",
      "observe new node",
      "open-assignments 1",
    ]);
  });

  test("beats after the period that the manager asks for", () => {
    const play = new Play();
    play.register();
    play.give({ type: "heartbeat-answered", periodMs: 4800 });
    expect(play.session.nextDeadline()).toBe(play.now + 4800);
    expect(play.pass(4800)).toEqual(["send-heartbeat"]);
  });

  test("does not become a busy loop when the manager asks for no period at all", () => {
    const play = new Play();
    play.register();
    play.give({ type: "heartbeat-answered", periodMs: 0 });
    expect(play.session.nextDeadline()).toBeGreaterThan(play.now);
  });

  test("tells the executor of a node only when more than version and status changed", () => {
    const play = new Play();
    play.register();
    const node = aNode({ meta: { version: { index: 5 } }, status: { message: "fine" } });
    const again = { type: "session-message", message: { ...welcome, node } } as const;
    expect(play.give(again)).toEqual(["observe"]);
    const drained = aNode({ spec: { availability: "DRAIN" } });
    const changed = { type: "session-message", message: { ...welcome, node: drained } } as const;
    expect(play.give(changed)).toEqual(["observe new node"]);
  });

  test("ends for good when stopped", () => {
    const play = new Play();
    play.register();
    expect(play.give({ type: "stop" })).toEqual(["close", "session-lost"]);
    expect(play.session.nextDeadline()).toBeUndefined();
  });
});

describe("a session that fails", () => {
  test("is begun again with the old session's id", () => {
    const play = new Play();
    play.register();
    expect(play.give({ type: "failed", message: "reset" })).toEqual(["close", "session-lost"]);
    expect(play.pass(100)).toEqual(["describe"]);
    play.give({ type: "described", description });
    expect(play.give({ type: "connected" })).toEqual(["open-session session-1"]);
  });

  test("hears nothing more from the connection that it has given up", () => {
    const play = new Play();
    play.register();
    const { epoch } = play.session;
    play.give({ type: "failed", message: "reset" });
    expect(play.give({ type: "session-message", message: welcome }, epoch)).toEqual([]);
    expect(play.give({ type: "failed", message: "late" }, epoch)).toEqual([]);
  });

  test("waits longer with every failure, at most 8 s, and starts over once registered", () => {
    const play = new Play(1);
    play.give({ type: "start" });
    const delays = Array.from({ length: 8 }, () => {
      play.give({ type: "described", description });
      play.give({ type: "failed", message: "refused" });
      const delayMs = (play.session.nextDeadline() ?? 0) - play.now;
      play.pass(delayMs);
      return delayMs;
    });
    expect(delays).toEqual([100, 300, 700, 1500, 3100, 6300, 8000, 8000]);
    play.register();
    play.give({ type: "failed", message: "reset" });
    expect(play.session.nextDeadline()).toBe(play.now + 100);
  });

  test.each([
    ["connecting", 0],
    ["registering", 1],
  ])("gives up %s after the RPC timeout", (_, steps) => {
    const play = new Play();
    play.give({ type: "start" });
    play.give({ type: "described", description });
    if (steps > 0) play.give({ type: "connected" });
    expect(play.pass(rpcTimeoutMs - 1)).toEqual([]);
    expect(play.pass(1)).toEqual(["close", "session-lost"]);
  });

  test("gives up when a heartbeat is not answered in time", () => {
    const play = new Play();
    play.register();
    expect(play.pass(rpcTimeoutMs)).toEqual(["close", "session-lost"]);
  });

  test("needs a session id from the manager", () => {
    const play = new Play();
    play.give({ type: "start" });
    play.give({ type: "described", description });
    play.give({ type: "connected" });
    const message = { ...welcome, sessionId: "" };
    expect(play.give({ type: "session-message", message })).toEqual(["close", "session-lost"]);
  });
});

describe("the node's description", () => {
  test("is not waited for when it hangs and an older one is known", () => {
    const play = new Play();
    play.register();
    play.give({ type: "failed", message: "the manager restarts" });
    expect(play.pass(100)).toEqual(["describe"]);
    expect(play.session.nextDeadline()).toBe(play.now + rpcTimeoutMs);
    expect(play.pass(rpcTimeoutMs)).toEqual(["connect"]);
    play.give({ type: "connected" });
    play.give({ type: "session-message", message: welcome });
    expect(play.give({ type: "described", description })).toEqual([]);
  });

  test("is waited for without end the first time", () => {
    const play = new Play();
    play.give({ type: "start" });
    expect(play.session.nextDeadline()).toBeUndefined();
    expect(play.pass(rpcTimeoutMs)).toEqual([]);
    expect(play.give({ type: "described", description })).toEqual(["connect"]);
  });

  test("is sampled every 20 s, and a change begins a new session at once", () => {
    const play = new Play();
    play.register();
    play.give({ type: "heartbeat-answered", periodMs: 60_000 });
    expect(play.pass(describeIntervalMs)).toEqual(["describe"]);
    expect(play.give({ type: "described", description: { ...description } })).toEqual([]);
    expect(play.pass(describeIntervalMs)).toEqual(["describe"]);
    expect(
      play.give({ type: "described", description: { ...description, hostname: "renamed" } }),
    ).toEqual(["close", "session-lost", "connect"]);
    expect(play.give({ type: "connected" })).toEqual(["open-session session-1"]);
  });

  test("that cannot be had at first is tried for again", () => {
    const play = new Play();
    play.give({ type: "start" });
    const failed = { type: "describe-failed", message: "no engine" } as const;
    expect(play.give(failed)).toEqual(["close", "session-lost"]);
    expect(play.pass(100)).toEqual(["describe"]);
  });

  test("of before serves when the engine is away for a while", () => {
    const play = new Play();
    play.register();
    play.give({ type: "failed", message: "reset" });
    play.pass(100);
    expect(play.give({ type: "describe-failed", message: "no engine" })).toEqual(["connect"]);
  });
});

describe("assignments", () => {
  test("are applied in an unbroken chain", () => {
    const play = new Play();
    play.register();
    expect(play.assign("COMPLETE", "", "1")).toEqual(["apply COMPLETE"]);
    expect(play.assign("INCREMENTAL", "1", "2")).toEqual(["apply INCREMENTAL"]);
  });

  test("after a gap are not applied: the stream is opened anew", () => {
    const play = new Play();
    play.register();
    play.assign("COMPLETE", "", "1");
    expect(play.assign("INCREMENTAL", "2", "3")).toEqual(["open-assignments 2"]);
    expect(play.assign("INCREMENTAL", "3", "4")).toEqual([]);
    play.stream = 2;
    expect(play.assign("COMPLETE", "", "1")).toEqual(["apply COMPLETE"]);
  });

  test("that do not begin with a complete set end the session", () => {
    const play = new Play();
    play.register();
    expect(play.assign("INCREMENTAL", "", "1")).toEqual(["close", "session-lost"]);
  });

  test("that end, end the session, unless the stream was replaced", () => {
    const play = new Play();
    play.register();
    play.assign("COMPLETE", "", "1");
    play.assign("INCREMENTAL", "2", "3");
    expect(play.give({ type: "assignments-ended", stream: 1 })).toEqual([]);
    expect(play.give({ type: "assignments-ended", stream: 2 })).toEqual(["close", "session-lost"]);
  });
});
