import type { Cluster, ClusterSpec, EncryptionKey, KeyRotation } from "@swarmkit/proto/types";
import { managerKeySubsystem, toManagerKey, unlockKeyBytes } from "../model/unlock-key.ts";
import type { RandomBytes } from "./context.ts";

/**
 * The unlock keys of a cluster whose spec becomes `spec` (swarmkit manager/controlapi/cluster.go): locking
 * makes a key, a rotation replaces it, unlocking removes it. Keys of other subsystems stay.
 */
export function nextUnlockKeys(
  cluster: Cluster,
  { spec, rotation }: { readonly spec: ClusterSpec; readonly rotation: KeyRotation },
  randomBytes: RandomBytes,
): readonly EncryptionKey[] {
  const isManagers = ({ subsystem }: EncryptionKey): boolean => subsystem === managerKeySubsystem;
  const { unlockKeys } = cluster;
  if (!spec.encryptionConfig.autoLockManagers) return unlockKeys.filter((key) => !isManagers(key));
  const current = unlockKeys.find(isManagers);
  if (current === undefined) return [...unlockKeys, toManagerKey(randomBytes(unlockKeyBytes))];
  if (!rotation.managerUnlockKey) return unlockKeys;
  const replaced = { ...current, key: randomBytes(unlockKeyBytes) };
  return unlockKeys.map((key) => (key === current ? replaced : key));
}
