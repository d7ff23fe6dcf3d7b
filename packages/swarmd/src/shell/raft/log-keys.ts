/**
 * The data encryption keys of one member's log and snapshots. Usually there is one. While it is being
 * replaced there are two: all that is written is under the new one from then on, what is there already may
 * be under either, and a snapshot that covers the rest makes the old one superfluous.
 */
import { assert } from "../../core/lib/assert.ts";
import { seal, type Unsealed, unsealByAny } from "./encryption.ts";
import { KeyRotation, type RotationStart } from "./key-rotation.ts";
import { sealInSlices, unsealInSlices } from "./sliced-encryption.ts";

/** The keys of a node's key file, 32 bytes each. */
export interface DataKeys {
  readonly current: Uint8Array;
  /** The one that is replacing it; everything is written under this one when it is there. */
  readonly pending?: Uint8Array | undefined;
}

/** The keys in use, and how far their replacement is. */
export class LogKeys {
  private current: Uint8Array;
  private pending: Uint8Array | undefined;
  private readonly rotation: KeyRotation = new KeyRotation();
  /** Whether something was read that the pending key does not open. */
  private isCurrentNeeded = false;

  constructor({ current, pending }: DataKeys) {
    this.current = current;
    this.pending = pending;
  }

  /** Of all that is written now. Another value than before says that a rotation began. */
  get sealingKey(): Uint8Array {
    return this.pending ?? this.current;
  }

  /** Whether there are two keys. */
  get isRotating(): boolean {
    return this.pending !== undefined;
  }

  /** Encrypts an entry. */
  seal(plain: Uint8Array): Uint8Array {
    return seal(plain, this.sealingKey);
  }

  /** Encrypts a snapshot. */
  sealInSlices(plain: Uint8Array): Promise<Uint8Array> {
    return sealInSlices(plain, this.sealingKey);
  }

  /** The plain bytes of an entry; fails as `unseal` does. */
  unseal(sealed: Uint8Array, what: string): Uint8Array {
    return this.note(unsealByAny(sealed, this.candidates(), what));
  }

  /** The plain bytes of a snapshot; fails as `unseal` does. */
  async unsealInSlices(sealed: Uint8Array, what: string): Promise<Uint8Array> {
    return this.note(await unsealInSlices(sealed, this.candidates(), what));
  }

  /** Everything is written under `key` from now on. The key file must have it as pending before. */
  begin(key: Uint8Array, start: RotationStart): void {
    assert(this.pending === undefined, "a data key is being replaced already");
    this.pending = key;
    this.rotation.begin(start);
  }

  /**
   * Goes on with the rotation that the key file tells of, after all has been read. When nothing that is
   * needed was under the old key, the rotation had been over, and `isEndedBy` says so for any snapshot.
   */
  resume(start: RotationStart): "none" | "goes-on" | "over" {
    if (this.pending === undefined) return "none";
    if (!this.isCurrentNeeded) return "over";
    this.rotation.begin(start);
    return "goes-on";
  }

  /** Whether the rotation waits for a snapshot of the state at `appliedIndex`; see KeyRotation. */
  isSnapshotNeeded(appliedIndex: number, snapshotIndex: number): boolean {
    return this.rotation.isSnapshotNeeded(appliedIndex, snapshotIndex);
  }

  /** Whether a snapshot saved under `key` ends the rotation: then `end` follows, after the key file. */
  isEndedBy(snapshotIndex: number, key: Uint8Array): boolean {
    return this.rotation.isEndedBy(snapshotIndex, key === this.pending);
  }

  /** Forgets the old key. */
  end(): void {
    if (this.pending === undefined) return;
    this.current = this.pending;
    this.pending = undefined;
    this.isCurrentNeeded = false;
    this.rotation.end();
  }

  /** After a restart amid a rotation, what matters most is under the pending key. */
  private candidates(): readonly Uint8Array[] {
    return this.pending === undefined ? [this.current] : [this.pending, this.current];
  }

  private note({ key, plain }: Unsealed): Uint8Array {
    if (this.pending !== undefined && key === this.current) this.isCurrentNeeded = true;
    return plain;
  }
}
