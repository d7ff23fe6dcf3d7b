// Brings the newest status of each task to the manager, in batches, one call at a time.
import type {
  Task,
  TaskStatus,
  UpdateTaskStatusRequest,
  UpdateTaskStatusRequestTaskStatusUpdate,
} from "@swarmkit/proto/types";
import { compareTaskStates } from "../model/task-state.ts";

/** Statuses that one call carries; SwarmKit's agent sends one, its dispatcher takes any number. */
export const statusBatchTasksMax = 100;

export type ReporterInput =
  /** The task has a new status. */
  | { readonly type: "status"; readonly task: Task }
  /** A session begins: every status is sent again, as the last ones may not have arrived. */
  | { readonly type: "registered"; readonly sessionId: string; readonly tasks: readonly Task[] }
  | { readonly type: "session-lost" }
  /** The task is gone, and with it what was to be said about it. */
  | { readonly type: "forget"; readonly taskId: string }
  /** `refused`: the manager knows no such task of this node. `failed`: anything else. */
  | {
      readonly type: "sent";
      readonly batch: number;
      readonly outcome: "accepted" | "refused" | "failed";
      readonly message?: string;
    };

export type ReporterEffect =
  | { readonly type: "send"; readonly batch: number; readonly request: UpdateTaskStatusRequest }
  /** The session is of no use any more. */
  | { readonly type: "fail-session"; readonly message: string };

export class StatusReporter {
  #sessionId: string | undefined;
  readonly #pending: Map<string, TaskStatus> = new Map();
  #inFlight: readonly UpdateTaskStatusRequestTaskStatusUpdate[] = [];
  /** Counts batches, so that an answer that a lost session still brings is told from one that counts. */
  #batch = 0;
  /** Tasks of a refused batch: sent one by one to find out which of them the manager refuses. */
  readonly #suspects: Set<string> = new Set();

  step(input: ReporterInput): readonly ReporterEffect[] {
    switch (input.type) {
      case "status":
        this.#add(input.task);
        return this.#send();
      case "registered":
        this.#reset();
        this.#sessionId = input.sessionId;
        for (const task of input.tasks) this.#add(task);
        return this.#send();
      case "session-lost":
        this.#reset();
        return [];
      case "forget":
        this.#pending.delete(input.taskId);
        this.#suspects.delete(input.taskId);
        return [];
      case "sent":
        return this.#onSent(input);
    }
  }

  #reset(): void {
    this.#sessionId = undefined;
    this.#inFlight = [];
    this.#suspects.clear();
  }

  #add({ id, status }: Task): void {
    const before = this.#pending.get(id);
    if (before !== undefined && compareTaskStates(status.state, before.state) < 0) return;
    this.#pending.set(id, status);
  }

  #onSent(input: ReporterInput & { type: "sent" }): readonly ReporterEffect[] {
    const batch = this.#inFlight;
    if (input.batch !== this.#batch || batch.length === 0) return [];
    this.#inFlight = [];
    if (input.outcome === "failed") {
      return [{ type: "fail-session", message: input.message ?? "reporting statuses failed" }];
    }
    const isSettled = input.outcome === "accepted" || batch.length === 1;
    for (const { taskId, status } of batch) {
      if (!isSettled) {
        if (this.#pending.has(taskId)) this.#suspects.add(taskId);
        continue;
      }
      this.#suspects.delete(taskId);
      // A newer status may have come while this one was on its way.
      if (this.#pending.get(taskId) === status) this.#pending.delete(taskId);
    }
    return this.#send();
  }

  #send(): readonly ReporterEffect[] {
    if (this.#sessionId === undefined || this.#inFlight.length > 0) return [];
    const updates: UpdateTaskStatusRequestTaskStatusUpdate[] = [];
    for (const [taskId, status] of this.#pending) {
      const isSuspect = this.#suspects.has(taskId);
      if (isSuspect && updates.length > 0) continue;
      updates.push({ taskId, status });
      if (isSuspect || updates.length === statusBatchTasksMax) break;
    }
    if (updates.length === 0) return [];
    this.#inFlight = updates;
    this.#batch += 1;
    const request = { sessionId: this.#sessionId, updates };
    return [{ type: "send", batch: this.#batch, request }];
  }
}
