/**
 * When a replaced data encryption key is no longer needed: once a snapshot under the new key covers all
 * that the log holds under the old one. Only decides; files and keys are its callers'.
 */
import { assert } from "../../core/lib/assert.ts";

/** How far log and snapshots went when a rotation began. */
export interface RotationStart {
  /** Highest index of an entry that was ever written under the old key. */
  readonly lastIndex: number;
  /** Of the newest snapshot, which is under the old key; 0 for none. */
  readonly snapshotIndex: number;
}

/** One member's rotation, if there is one. */
export class KeyRotation {
  /** Index that a snapshot must have to end the rotation; undefined when there is none. */
  private neededIndex: number | undefined;

  get isUnderWay(): boolean {
    return this.neededIndex !== undefined;
  }

  /** All that is written from now on is under the new key. */
  begin({ lastIndex, snapshotIndex }: RotationStart): void {
    assert(this.neededIndex === undefined, "a key rotation is under way");
    this.neededIndex = Math.max(lastIndex, snapshotIndex + 1);
  }

  /**
   * Whether a snapshot should be taken of the state at `appliedIndex`. `snapshotIndex` is that of the
   * newest, also of one that failed: then the next regular one ends the rotation.
   */
  isSnapshotNeeded(appliedIndex: number, snapshotIndex: number): boolean {
    const { neededIndex } = this;
    if (neededIndex === undefined) return false;
    return appliedIndex >= neededIndex && snapshotIndex < neededIndex;
  }

  /** Whether the snapshot that was just saved makes the old key superfluous. */
  isEndedBy(index: number, isUnderNewKey: boolean): boolean {
    if (this.neededIndex === undefined) return false;
    if (isUnderNewKey) return index >= this.neededIndex;
    // It was under way when the rotation began, so one more is needed.
    this.neededIndex = Math.max(this.neededIndex, index + 1);
    return false;
  }

  /** The old key is gone. */
  end(): void {
    this.neededIndex = undefined;
  }
}
