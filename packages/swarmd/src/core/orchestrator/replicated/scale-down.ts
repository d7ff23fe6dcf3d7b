import type { Task } from "@swarmkit/proto/types";

/** The tasks that stand for one slot: at least one. */
export type Slot = readonly Task[];

/**
 * Slots in the order in which they are worth keeping, so that a service that shrinks ends balanced:
 * each node's first slot before any node's second, and so on; slots that are not placed last. Among
 * equals, running slots come first, then low numbers.
 */
export function orderByWorth(slots: readonly Slot[]): readonly Slot[] {
  const byRunning = [...slots].sort(
    (left, right) =>
      Number(isRunning(right)) - Number(isRunning(left)) || slotNumber(left) - slotNumber(right),
  );
  const placed = new Map<string, number>();
  const ranked = byRunning.map((slot) => {
    const [task] = slot;
    if (slot.length !== 1 || task === undefined || task.nodeId === "") {
      return { slot, rank: Number.POSITIVE_INFINITY };
    }
    const rank = (placed.get(task.nodeId) ?? 0) + 1;
    placed.set(task.nodeId, rank);
    return { slot, rank };
  });
  // The sort is stable, so equal ranks keep the order from above.
  return ranked.sort(compareRanks).map(({ slot }) => slot);
}

/** Number of a slot by its tasks. */
export function slotNumber(slot: Slot): number {
  return slot[0]?.slot ?? 0;
}

function isRunning(slot: Slot): boolean {
  return slot.some((task) => task.status.state === "RUNNING");
}

function compareRanks(left: { readonly rank: number }, right: { readonly rank: number }): number {
  // Infinity minus itself is no number.
  return left.rank === right.rank ? 0 : left.rank - right.rank;
}
