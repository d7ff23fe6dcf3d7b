import type { TaskState } from "@swarmkit/proto/types";
import { describe, expect, test } from "vitest";
import { aTask } from "../../testing/builders.ts";
import { type ReporterInput, StatusReporter, statusBatchTasksMax } from "./status-reporter.ts";

class Play {
  readonly reporter = new StatusReporter();
  batch = 0;

  give(input: ReporterInput): string[] {
    return this.reporter.step(input).map((effect) => {
      if (effect.type === "fail-session") return `fail-session: ${effect.message}`;
      this.batch = effect.batch;
      return effect.request.updates
        .map(({ taskId, status }) => `${taskId} ${status?.state}`)
        .join(", ");
    });
  }

  status(id: string, state: TaskState): string[] {
    return this.give({ type: "status", task: aTask({ id, status: { state } }) });
  }

  register(...tasks: readonly (readonly [string, TaskState])[]): string[] {
    return this.give({
      type: "registered",
      sessionId: "session-1",
      tasks: tasks.map(([id, state]) => aTask({ id, status: { state } })),
    });
  }

  sent(outcome: "accepted" | "refused" | "failed", batch: number = this.batch): string[] {
    return this.give({ type: "sent", batch, outcome, message: "lost" });
  }
}

describe("the status reporter", () => {
  test("sends nothing before there is a session, then everything in one batch", () => {
    const play = new Play();
    expect(play.status("a", "ACCEPTED")).toEqual([]);
    expect(play.register(["a", "PREPARING"], ["b", "RUNNING"])).toEqual(["a PREPARING, b RUNNING"]);
  });

  test("has one call out at a time and sends only the newest status of each task", () => {
    const play = new Play();
    play.register();
    expect(play.status("a", "ACCEPTED")).toEqual(["a ACCEPTED"]);
    expect(play.status("a", "PREPARING")).toEqual([]);
    expect(play.status("b", "ACCEPTED")).toEqual([]);
    expect(play.status("a", "READY")).toEqual([]);
    expect(play.sent("accepted")).toEqual(["a READY, b ACCEPTED"]);
    expect(play.sent("accepted")).toEqual([]);
  });

  test("never lets a lower state replace a higher one", () => {
    const play = new Play();
    play.status("a", "RUNNING");
    play.status("a", "STARTING");
    expect(play.register()).toEqual(["a RUNNING"]);
  });

  test("splits what exceeds a batch", () => {
    const play = new Play();
    const tasks = Array.from(
      { length: statusBatchTasksMax + 1 },
      (_, index) => [`t${index}`, "RUNNING"] as const,
    );
    expect(play.register(...tasks)[0]?.split(", ")).toHaveLength(statusBatchTasksMax);
    expect(play.sent("accepted")).toEqual([`t${statusBatchTasksMax} RUNNING`]);
  });

  test("drops a task that the manager does not know", () => {
    const play = new Play();
    play.register(["a", "RUNNING"]);
    expect(play.sent("refused")).toEqual([]);
  });

  test("finds the refused one of a batch by sending them one by one", () => {
    const play = new Play();
    play.register(["a", "RUNNING"], ["b", "RUNNING"]);
    expect(play.sent("refused")).toEqual(["a RUNNING"]);
    expect(play.sent("refused")).toEqual(["b RUNNING"]);
    expect(play.sent("accepted")).toEqual([]);
  });

  test("ends the session when a call fails, and sends all again in the next", () => {
    const play = new Play();
    play.register(["a", "RUNNING"]);
    expect(play.sent("failed")).toEqual(["fail-session: lost"]);
    expect(play.give({ type: "session-lost" })).toEqual([]);
    expect(play.register(["a", "RUNNING"])).toEqual(["a RUNNING"]);
  });

  test("ignores an answer that belongs to a lost session, also when its id is taken up again", () => {
    const play = new Play();
    play.register(["a", "RUNNING"]);
    const late = play.batch;
    play.give({ type: "session-lost" });
    play.register(["a", "RUNNING"]);
    expect(play.sent("failed", late)).toEqual([]);
    expect(play.sent("accepted")).toEqual([]);
  });

  test("says nothing more about a task that is gone", () => {
    const play = new Play();
    play.status("a", "FAILED");
    play.give({ type: "forget", taskId: "a" });
    expect(play.register()).toEqual([]);
  });
});
