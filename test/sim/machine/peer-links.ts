// A manager's way to the others: raft messages may get lost, snapshots are read from disk and confirmed,
// and who was removed is told so.
import type { Message, SnapshotMessage } from "../../../packages/raft/src/index.ts";
import type { SimManager } from "./manager.ts";

/** Until a snapshot that nobody confirms is given up. */
const snapshotTimeoutMs = 4000;

interface SnapshotTransfer {
  /** The sender's life that it belongs to. */
  readonly epoch: number;
  readonly raftId: string;
  isOver: boolean;
}

export class PeerLinks {
  readonly #manager: SimManager;
  readonly #unreachable = new Set<string>();
  /** To whom a failure is on its way to be told. */
  readonly #failing = new Set<string>();

  constructor(manager: SimManager) {
    this.#manager = manager;
  }

  isReachable(raftId: string): boolean {
    return !this.#unreachable.has(raftId);
  }

  clear(): void {
    this.#unreachable.clear();
    this.#failing.clear();
  }

  send(message: Message): void {
    const manager = this.#manager;
    const { world } = manager.options;
    if (message.type === "snapshot") {
      world.post(manager.random.between(1, 10), manager, "snapshot-read", message);
      return;
    }
    this.#transmit(message, undefined);
  }

  /** A message of another manager, unless that is none any more. */
  receive(message: Message, transfer: unknown, take: (message: Message) => void): boolean {
    const manager = this.#manager;
    const { findManager, network } = manager.options;
    const sender = findManager(message.from);
    if (sender === undefined) return false;
    if (manager.replica.membership.isRemoved(message.from)) {
      network.deliver(manager, sender, "removed", undefined);
      return true;
    }
    if (this.#unreachable.delete(message.from)) manager.core.reachabilityChanged();
    take(message);
    if (transfer !== undefined) network.deliver(manager, sender, "snapshot-sent", transfer, true);
    return true;
  }

  handle(kind: string, first: unknown, second: unknown): boolean {
    switch (kind) {
      case "unreachable":
        this.#onUnreachable(first as string);
        return true;
      case "snapshot-read":
        this.#sendSnapshot(first as SnapshotMessage);
        return true;
      case "snapshot-sent":
        this.#onSnapshotSent(first as SnapshotTransfer, second === true);
        return true;
      default:
        return false;
    }
  }

  #transmit(message: Message, transfer: SnapshotTransfer | undefined): void {
    const manager = this.#manager;
    const { findManager, network, world } = manager.options;
    const receiver = findManager(message.to);
    const isSent =
      receiver !== undefined && network.send(manager, receiver, "raft", message, transfer);
    if ((isSent && receiver.isUp) || this.#failing.has(message.to)) return;
    this.#failing.add(message.to);
    world.post(manager.random.between(100, 1500), manager, "unreachable", message.to);
  }

  #onUnreachable(raftId: string): void {
    const manager = this.#manager;
    this.#failing.delete(raftId);
    manager.replica.reportUnreachable(raftId);
    if (this.#unreachable.has(raftId)) return;
    this.#unreachable.add(raftId);
    manager.core.reachabilityChanged();
  }

  #sendSnapshot(message: SnapshotMessage): void {
    const manager = this.#manager;
    const { findManager, world } = manager.options;
    const receiver = findManager(message.to);
    const newest = manager.disk.newestSnapshot();
    const { metadata } = message.snapshot;
    if (receiver === undefined || newest?.metadata.index !== metadata.index) {
      manager.replica.reportSnapshot(message.to, false);
      return;
    }
    const transfer = { epoch: manager.epoch, raftId: message.to, isOver: false };
    world.post(snapshotTimeoutMs, manager, "snapshot-sent", transfer, false);
    this.#transmit({ ...message, snapshot: { metadata, data: newest.data } }, transfer);
  }

  #onSnapshotSent(transfer: SnapshotTransfer, isDone: boolean): void {
    if (transfer.isOver || transfer.epoch !== this.#manager.epoch) return;
    transfer.isOver = true;
    this.#manager.replica.reportSnapshot(transfer.raftId, isDone);
  }
}
