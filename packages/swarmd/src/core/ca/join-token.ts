// Join tokens: `SWMTKN-1-<digest>-<secret>`. The digest pins the root certificate, so a joiner can
// trust what it downloads over an unverified connection; the secret says which role it gets.

import { toBase36 } from "../lib/base36.ts";

/** What a token says before anybody is asked. */
export interface JoinToken {
  /** SHA-256 of the root bundle's exact PEM bytes, as a number in base 36 (50 characters). */
  readonly digest: string;
  readonly secret: string;
  /** Set by version 2 tokens of clusters whose nodes must run in FIPS mode. */
  readonly isFips: boolean;
}

const digestLength = 50;
const secretLength = 25;

/** Token for a cluster whose root bundle has this SHA-256, with 16 random bytes as the secret. */
export function formatJoinToken(rootDigest: Uint8Array, secret: Uint8Array): string {
  const digest = toBase36(rootDigest, digestLength);
  return `SWMTKN-1-${digest}-${toBase36(secret, secretLength)}`;
}

/** The form in which a token carries the root bundle's SHA-256. */
export function formatRootDigest(rootDigest: Uint8Array): string {
  return toBase36(rootDigest, digestLength);
}

/** Undefined when the text is not a join token. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const match = /^SWMTKN-(?:1|2-([01]))-([0-9a-z]{50})-([0-9a-z]{25})$/.exec(text);
  if (match === null) return undefined;
  const [, fips, digest = "", secret = ""] = match;
  return { digest, secret, isFips: fips === "1" };
}
