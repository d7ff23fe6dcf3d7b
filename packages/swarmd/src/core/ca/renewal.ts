// When a node asks for its next certificate. Pure: the shell asks, and tells what came of it.
import type { NodeRole } from "@swarmkit/proto/types";
import type { Prng } from "../lib/prng.ts";
import type { Millis } from "../lib/time.ts";

/** What the schedule needs to know of a certificate. */
export interface CertificateFacts {
  readonly role: NodeRole;
  readonly notBefore: Millis;
  readonly notAfter: Millis;
}

/** Renewals are spread over this part of the validity, so that a swarm does not renew all at once. */
const earliestShare = 0.5;
const latestShare = 0.8;
/** SwarmKit plans in whole minutes: for short-lived certificates nothing is drawn. */
const spreadMsMin: Millis = 60_000;

/** News that come together make one renewal. */
export const coalesceMs: Millis = 500;
/** SwarmKit's backoff after a renewal that failed, or brought the role that was there before. */
export const renewalBackoffMsMin: Millis = 5000;
export const renewalBackoffFactor = 5;
export const renewalBackoffMsMax: Millis = 3_600_000;

/** A uniformly random point between 50 % and 80 % of the validity (swarmkit ca/certificates.go). */
export function renewalTime({ notBefore, notAfter }: CertificateFacts, prng: Prng): Millis {
  const validityMs = notAfter - notBefore;
  const earliestMs = validityMs * earliestShare;
  const spreadMs = validityMs * (latestShare - earliestShare);
  return notBefore + earliestMs + (spreadMs < spreadMsMin ? 0 : prng() * spreadMs);
}

/** Knows when to renew: by the certificate's age, when told to, and until the wanted role is there. */
export class RenewalSchedule {
  readonly #prng: Prng;
  #facts: CertificateFacts;
  #expectedRole: NodeRole | undefined;
  #told: { readonly role: NodeRole; readonly isReady: boolean } | undefined;
  /** A renewal is due whatever the certificate's age. */
  #isForced = false;
  #backoffMs: Millis | undefined;
  #renewAt: Millis;

  constructor(facts: CertificateFacts, options: { readonly prng: Prng }) {
    this.#prng = options.prng;
    this.#facts = facts;
    this.#renewAt = renewalTime(facts, this.#prng);
  }

  /**
   * The swarm wants this node in a role. `isReady` says that the next certificate will have it; while it
   * will not, asking goes at the pace of failures. Only what is new counts, so it may be said often.
   */
  expectRole(role: NodeRole, isReady: boolean, now: Millis): void {
    const isKnown = this.#told?.role === role && this.#told.isReady === isReady;
    this.#told = { role, isReady };
    if (isKnown) return;
    this.#expectedRole = role === this.#facts.role ? undefined : role;
    if (this.#expectedRole === undefined) this.#settle();
    else if (isReady) this.force(now);
    else this.#plan(now + renewalBackoffMsMin);
  }

  /** A new certificate is wanted soon. */
  force(now: Millis): void {
    this.#isForced = true;
    this.#backoffMs = undefined;
    this.#plan(now + coalesceMs);
  }

  /** A certificate was issued, by whatever it was asked for. */
  issued(facts: CertificateFacts, now: Millis): void {
    this.#facts = facts;
    this.#isForced = false;
    if (this.#expectedRole === facts.role) this.#expectedRole = undefined;
    if (this.#expectedRole === undefined) this.#settle();
    else this.#backOff(now);
  }

  /** No certificate could be had. */
  failed(now: Millis): void {
    this.#isForced = true;
    this.#backOff(now);
  }

  nextDeadline(): Millis {
    return this.#renewAt;
  }

  /** Back to the certificate's own age, unless something is pending. */
  #settle(): void {
    if (this.#isForced || this.#expectedRole !== undefined) return;
    this.#backoffMs = undefined;
    this.#renewAt = renewalTime(this.#facts, this.#prng);
  }

  #backOff(now: Millis): void {
    const next =
      (this.#backoffMs ?? renewalBackoffMsMin / renewalBackoffFactor) * renewalBackoffFactor;
    this.#backoffMs = Math.min(next, renewalBackoffMsMax);
    this.#renewAt = now + this.#backoffMs;
  }

  /** Sooner is fine, later is not. */
  #plan(at: Millis): void {
    this.#renewAt = Math.min(this.#renewAt, at);
  }
}
