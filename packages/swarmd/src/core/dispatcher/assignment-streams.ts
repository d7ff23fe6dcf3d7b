import { DeadlineQueue } from "../lib/deadline-queue.ts";
import type { Millis } from "../lib/time.ts";
import type { ReadView, StoreEvent } from "../store/types.ts";
import { AssignmentSet } from "./assignment-set.ts";
import type { DispatcherEffect, StreamId } from "./effects.ts";
import { assignmentChangesMax } from "./limits.ts";
import { Pacer } from "./pacer.ts";

interface AssignmentStream {
  readonly id: StreamId;
  readonly set: AssignmentSet;
  readonly pacer: Pacer;
}

/** The assignments streams, one per node at most, and when each is to speak. */
export class AssignmentStreams {
  readonly #byNode = new Map<string, AssignmentStream>();
  /** Nodes for which changes wait, with the time when they go. */
  readonly #flushes = new DeadlineQueue();

  /** Begins a stream with all that the node has. The node has no other stream now. */
  open(nodeId: string, id: StreamId, view: ReadView, now: Millis): DispatcherEffect {
    const stream = { id, set: new AssignmentSet(nodeId), pacer: new Pacer() };
    this.#byNode.set(nodeId, stream);
    this.#flushes.delete(nodeId);
    const message = stream.set.toComplete(view);
    stream.pacer.spend(message.changes.length, now);
    return { kind: "assignments-message", streamId: id, message };
  }

  /** Ends the node's stream, and tells which it was. */
  close(nodeId: string): StreamId | undefined {
    const stream = this.#byNode.get(nodeId);
    this.#byNode.delete(nodeId);
    this.#flushes.delete(nodeId);
    return stream?.id;
  }

  idOf(nodeId: string): StreamId | undefined {
    return this.#byNode.get(nodeId)?.id;
  }

  /** Notes what an event means for a node; it goes with the next `flush` at the right time. */
  note(event: StoreEvent): void {
    if (event.table !== "task") return;
    const { nodeId } = event.object;
    const stream = this.#byNode.get(nodeId);
    if (stream === undefined) return;
    if (event.kind === "remove") stream.set.noteRemoved(event.object.id);
    else stream.set.note(event.object);
    const { notedCount } = stream.set;
    if (notedCount === 0) return;
    const isFull = notedCount >= assignmentChangesMax;
    this.#flushes.set(nodeId, isFull ? Number.NEGATIVE_INFINITY : stream.pacer.freeAt);
  }

  /** Messages whose time has come, in a deterministic order. */
  flush(view: ReadView, now: Millis): readonly DispatcherEffect[] {
    return this.#flushes.takeDue(now).flatMap((nodeId): readonly DispatcherEffect[] => {
      const stream = this.#byNode.get(nodeId);
      const message = stream?.set.toIncremental(view);
      if (stream === undefined || message === undefined) return [];
      stream.pacer.spend(message.changes.length, now);
      return [{ kind: "assignments-message", streamId: stream.id, message }];
    });
  }

  nextDeadline(): Millis | undefined {
    return this.#flushes.next();
  }
}
