import type { Cluster } from "@swarmkit/proto/types";
import { fromTimestamp, type Millis } from "../lib/time.ts";

/** How long a removed node stays listed after its certificate has ended. */
const expiredCertificateGraceMs: Millis = 7 * 24 * 3_600_000;

/** Removed nodes whose certificates may still be shown to somebody, the others left out. */
export function pruneBlacklist(
  certificates: Cluster["blacklistedCertificates"],
  now: Millis,
): Cluster["blacklistedCertificates"] {
  const kept = Object.entries(certificates).filter(
    ([, { expiry }]) =>
      expiry === undefined || fromTimestamp(expiry) + expiredCertificateGraceMs >= now,
  );
  return Object.fromEntries(kept);
}
