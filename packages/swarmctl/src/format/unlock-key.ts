/** An unlock key as people keep it: SwarmKit's prefix, and base 64 without padding. */
export function formatUnlockKey(key: Uint8Array): string {
  return `SWMKEY-1-${Buffer.from(key).toString("base64").replaceAll("=", "")}`;
}

/** What there is to know about the managers' lock; an empty key says that there is none. */
export function formatManagerLock(key: Uint8Array): string {
  if (key.length === 0) {
    return "Managers not auto-locked\n\n'swarmctl cluster update default --autolock' locks them.\n";
  }
  const text = formatUnlockKey(key);
  return (
    // SwarmKit's line.
    `Managers auto-locked.  Unlock key: ${text}\n\n` +
    "A manager that starts again needs it:\n\n" +
    `    swarmd --unlock-key ${text}\n\n` +
    "Keep it where the swarm's machines are not. When no manager is up that could show it, a swarm\n" +
    "without its unlock key is lost.\n"
  );
}
