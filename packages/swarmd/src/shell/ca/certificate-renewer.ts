// Keeps a node's certificate fresh, and asks for the one that a change of its role calls for.
import type { NodeRole } from "@swarmkit/proto/types";
import { RenewalSchedule } from "../../core/ca/renewal.ts";
import type { Prng } from "../../core/lib/prng.ts";
import type { Millis } from "../../core/lib/time.ts";
import type { CancelTimer, Clock } from "../clock.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type NodeIdentity, readCertificateFacts } from "../tls/node-identity.ts";
import type { SecurityConfig } from "../tls/security-config.ts";

/**
 * Longest time between two looks at the date, in milliseconds: certificates end by the date, which may be
 * set anew, and timers do not count while the machine sleeps.
 */
const lookIntervalMs = 3_600_000;

export interface CertificateRenewerOptions {
  readonly security: SecurityConfig;
  readonly clock: Clock;
  /** The machine's date: certificates are valid by it. */
  readonly wallNow: () => Millis;
  readonly prng: Prng;
  readonly log: Logger;
  /** Asks a manager; rejects when none can be asked. */
  readonly renew: (current: NodeIdentity) => Promise<NodeIdentity>;
  /** Told when the swarm does not know this node any more; `node-removed`. */
  readonly refused: (error: SwarmdError) => void;
  /** Makes a new identity durable, and takes it into use. */
  readonly adopt: (identity: NodeIdentity) => Promise<void>;
}

export class CertificateRenewer {
  readonly #options: CertificateRenewerOptions;
  readonly #schedule: RenewalSchedule;
  #cancelTimer: CancelTimer = () => undefined;
  #isRenewing = false;
  #isStopped = false;

  constructor(options: CertificateRenewerOptions) {
    const { prng, security } = options;
    this.#options = options;
    this.#schedule = new RenewalSchedule(readCertificateFacts(security.identity), { prng });
  }

  start(): void {
    this.#arm();
  }

  /** The swarm wants this node in a role; `isReady` when the next certificate will have it. */
  expectRole(role: NodeRole, isReady: boolean): void {
    this.#schedule.expectRole(role, isReady, this.#options.wallNow());
    this.#arm();
  }

  /** A new certificate is wanted soon, whatever the age of this one. */
  force(): void {
    this.#schedule.force(this.#options.wallNow());
    this.#arm();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
  }

  #arm(): void {
    this.#cancelTimer();
    if (this.#isStopped || this.#isRenewing) return;
    const { clock, wallNow } = this.#options;
    const waitMs = Math.max(0, this.#schedule.nextDeadline() - wallNow());
    const atMs = clock.now() + Math.min(waitMs, lookIntervalMs);
    this.#cancelTimer = clock.setTimer(atMs, () => this.#look());
  }

  #look(): void {
    if (this.#schedule.nextDeadline() > this.#options.wallNow()) {
      this.#arm();
      return;
    }
    this.#isRenewing = true;
    void this.#renew().finally(() => {
      this.#isRenewing = false;
      this.#arm();
    });
  }

  async #renew(): Promise<void> {
    const { adopt, log, refused, renew, security, wallNow } = this.#options;
    try {
      const next = await renew(security.identity);
      if (this.#isStopped) return;
      await adopt(next);
      const facts = readCertificateFacts(next);
      this.#schedule.issued(facts, wallNow());
      const validUntil = new Date(facts.notAfter).toISOString();
      log.info("this node has a new certificate", { role: next.role, validUntil });
    } catch (error) {
      this.#schedule.failed(wallNow());
      if (error instanceof SwarmdError && error.code === "node-removed") refused(error);
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#isStopped)
        log.warn("the certificate could not be renewed; trying again", { reason });
    }
  }
}
