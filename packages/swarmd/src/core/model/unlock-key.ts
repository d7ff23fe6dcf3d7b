// The key that managers encrypt their keys at rest with. It stands in the cluster object; people keep it
// as `SWMKEY-1-...` and give it to managers that start.
import type { Cluster, EncryptionKey } from "@swarmkit/proto/types";
import { isEqual } from "../lib/equal.ts";

/** Whose key it is among `Cluster.unlockKeys`: the managers' certificate role. */
export const managerKeySubsystem = "swarm-manager";

/** Length of an unlock key. */
export const unlockKeyBytes = 32;

/** What a manager's keys are encrypted with at one time. */
export interface UnlockKey {
  /** 32 bytes; undefined when managers are not locked. */
  readonly key: Uint8Array | undefined;
  /** Of the cluster object that said so; 0 before there was one. */
  readonly version: number;
}

/** What a manager should do about the key that its files are encrypted with. */
export type KeyUpdate =
  | { readonly kind: "keep" }
  /** `isLocking`: what was on disk in clear until now has to be replaced as well. */
  | { readonly kind: "rotate"; readonly next: UnlockKey; readonly isLocking: boolean }
  /** One version cannot have two keys: the files are of another swarm, or damaged. */
  | { readonly kind: "conflict"; readonly version: number };

const prefix = "SWMKEY-1-";
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The unlock key that the cluster object asks for. */
export function unlockKeyOf(cluster: Cluster): UnlockKey {
  const entry = cluster.unlockKeys.find(({ subsystem }) => subsystem === managerKeySubsystem);
  const key = entry === undefined || entry.key.length === 0 ? undefined : entry.key;
  return { key, version: cluster.meta.version.index };
}

/** The entry of `Cluster.unlockKeys` for the managers' key. */
export function toManagerKey(key: Uint8Array): EncryptionKey {
  return { subsystem: managerKeySubsystem, algorithm: "AES_128_GCM", key, lamportTime: "0" };
}

/** Compares what the files are encrypted with and what a cluster object asks for, as SwarmKit does. */
export function decideKeyUpdate(current: UnlockKey, cluster: Cluster): KeyUpdate {
  const next = unlockKeyOf(cluster);
  if (isEqual(current.key, next.key)) return { kind: "keep" };
  if (current.version === next.version) return { kind: "conflict", version: next.version };
  if (current.version > next.version) return { kind: "keep" };
  return { kind: "rotate", next, isLocking: current.key === undefined };
}

/** `SWMKEY-1-` and the key in base 64 without padding; the bare prefix for no key. */
export function formatUnlockKey(key: Uint8Array | undefined): string {
  if (key === undefined || key.length === 0) return prefix;
  const length = Math.ceil((key.length * 8) / 6);
  let value = 0n;
  for (const byte of key) value = (value << 8n) | BigInt(byte);
  value <<= BigInt(length * 6 - key.length * 8);
  let text = "";
  for (let position = length - 1; position >= 0; position -= 1) {
    text += digits[Number((value >> BigInt(position * 6)) & 63n)];
  }
  return prefix + text;
}

/** Undefined when the text is no unlock key. */
export function parseUnlockKey(text: string): Uint8Array | undefined {
  const match = /^SWMKEY-1-([A-Za-z0-9+/]{43})$/.exec(text);
  if (match === null) return undefined;
  let value = 0n;
  for (const digit of match[1] as string) value = (value << 6n) | BigInt(digits.indexOf(digit));
  value >>= 2n;
  return Uint8Array.from({ length: unlockKeyBytes }, (_, position) =>
    Number((value >> BigInt((unlockKeyBytes - 1 - position) * 8)) & 255n),
  );
}
