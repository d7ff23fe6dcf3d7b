// Runs a manager in this process while the node is one: its certificate's role says so, and promotions
// and demotions come while tasks run (swarmkit node/node.go, superviseManager).
import type { Millis } from "../../core/lib/time.ts";
import type { Clock } from "../clock.ts";
import { SwarmdError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { SecurityConfig } from "../tls/security-config.ts";

/** How long a worker's certificate may take after the removal from the Raft group (SwarmKit: 16 s). */
export const roleChangeTimeoutMs: Millis = 16_000;
/** Between attempts to start a manager on a node that was promoted, in milliseconds. */
export const restartDelayMs: Millis = 5000;

export interface SupervisedManager {
  start(): Promise<"serving" | "never-founded">;
  /** Hands leadership over, and stops. To be called whether or not it has started. */
  stop(): Promise<void>;
}

/** How the node's first manager came out. */
export type FirstStart = "serving" | "starting" | "never-founded" | "not-a-manager";

export interface ManagerSupervisorOptions {
  readonly security: SecurityConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** `removed` is to be called when the others have removed the manager from the Raft group. */
  create(removed: () => void): SupervisedManager;
  /** The manager has its log. */
  started(): Promise<void>;
  /** The node has left the Raft group: forget what was its share. */
  forget(): Promise<void>;
  /** The certificate's role may be out of date. */
  renewCertificate(): void;
  /** Whether the swarm wants this node as a manager, by what was last heard. */
  isWanted(): boolean;
}

/** Why a manager ended. */
type End = "stopped" | "demoted" | "removed";

export class ManagerSupervisor {
  readonly #options: ManagerSupervisorOptions;
  readonly #stopping = Promise.withResolvers<void>();
  readonly #firstStart = Promise.withResolvers<void>();
  #manager: SupervisedManager | undefined;
  #isServing = false;
  #isStopped = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(options: ManagerSupervisorOptions) {
    this.#options = options;
  }

  /** Whether the manager in this process takes calls. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Resolves when the first manager has started or failed, or it is known that there is none. */
  get firstStart(): Promise<void> {
    return this.#firstStart.promise;
  }

  /**
   * Starts the manager if the node is one, and from then on follows its role. Rejects with coded errors
   * when the first start fails; later ones are tried again, as the node has tasks to run meanwhile. So is
   * the first of a patient start, which does not wait for it.
   */
  async start(options: { readonly isPatient: boolean }): Promise<FirstStart> {
    if (!this.#isManager()) {
      this.#firstStart.resolve();
      this.#loop = this.#run(undefined);
      return "not-a-manager";
    }
    const first = this.#startManager();
    if (options.isPatient) {
      this.#loop = this.#run(first);
      return "starting";
    }
    if ((await first.outcome) === "never-founded") {
      await first.manager.stop();
      return "never-founded";
    }
    this.#loop = this.#run(first);
    return "serving";
  }

  /** Stops the manager and ends. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping.resolve();
    this.#firstStart.resolve();
    this.#isServing = false;
    await this.#manager?.stop();
    await this.#loop;
  }

  async #run(first: StartedManager | undefined): Promise<void> {
    let current = first;
    while (!this.#isStopped) {
      if (current === undefined) {
        await this.#until(() => this.#isManager());
        if (this.#isStopped) return;
        current = this.#startManager();
      }
      const end = await this.#follow(current);
      if (end === "stopped") return;
      current = undefined;
      if (end === "removed") await this.#awaitWorkerCertificate();
      if (end === "removed" && !this.#isManager()) await this.#options.forget();
    }
  }

  #startManager(): StartedManager {
    const { create, started } = this.#options;
    const removed = Promise.withResolvers<void>();
    const manager = create(() => removed.resolve());
    this.#manager = manager;
    const start = async (): Promise<"serving" | "never-founded"> => {
      const outcome = await manager.start();
      if (outcome === "serving") {
        await started();
        if (this.#manager === manager && !this.#isStopped) this.#isServing = true;
      }
      return outcome;
    };
    const outcome = start();
    // Whoever awaits it hears of a failure; nobody does while the process stops.
    outcome.catch(() => undefined).finally(() => this.#firstStart.resolve());
    return { manager, outcome, removed: removed.promise };
  }

  /** Waits until the manager has to end, and ends it. */
  async #follow({ manager, outcome, removed }: StartedManager): Promise<End> {
    const { log, forget } = this.#options;
    const demotion = this.#until(() => !this.#isManager());
    const failure = outcome.then(
      () => new Promise<never>(() => undefined),
      (error: Error) => error,
    );
    const why = await Promise.race([
      this.#stopping.promise.then(() => "stopped" as const),
      demotion.then(() => "demoted" as const),
      removed.then(() => "removed" as const),
      failure,
    ]);
    this.#isServing = false;
    if (why === "stopped" || this.#isStopped) return "stopped";
    await manager.stop();
    this.#manager = undefined;
    if (why instanceof Error) {
      log.error("the manager on this node could not start; trying again", describe(why));
      await this.#pause(restartDelayMs);
      return this.#isStopped ? "stopped" : "demoted";
    }
    log.info("the manager on this node has ended; its tasks run on", { why });
    await forget();
    return why;
  }

  /**
   * A node that was removed becomes a worker by its next certificate. One that is wanted as a manager by
   * then, or gets no other certificate, joins anew.
   */
  async #awaitWorkerCertificate(): Promise<void> {
    const { isWanted, renewCertificate, security } = this.#options;
    const before = security.identity;
    const isSettled = (): boolean =>
      !this.#isManager() || (security.identity !== before && isWanted());
    for (let tries = 0; tries < 2 && !this.#isStopped && !isSettled(); tries += 1) {
      renewCertificate();
      await Promise.race([this.#until(isSettled), this.#pause(roleChangeTimeoutMs)]);
    }
  }

  #isManager(): boolean {
    return this.#options.security.identity.role === "swarm-manager";
  }

  /** Resolves when the identity meets the condition, or the supervisor stops. */
  async #until(isMet: () => boolean): Promise<void> {
    if (isMet()) return;
    const met = Promise.withResolvers<void>();
    const forget = this.#options.security.onChange(() => {
      if (isMet()) met.resolve();
    });
    await Promise.race([met.promise, this.#stopping.promise]);
    forget();
  }

  async #pause(spanMs: Millis): Promise<void> {
    const { clock } = this.#options;
    const over = Promise.withResolvers<void>();
    const cancel = clock.setTimer(clock.now() + spanMs, () => over.resolve());
    await Promise.race([over.promise, this.#stopping.promise]);
    cancel();
  }
}

interface StartedManager {
  readonly manager: SupervisedManager;
  readonly outcome: Promise<"serving" | "never-founded">;
  readonly removed: Promise<void>;
}

function describe(error: Error): { readonly reason: string; readonly code?: string } {
  const code = error instanceof SwarmdError ? { code: error.code } : {};
  return { reason: error.message, ...code };
}
