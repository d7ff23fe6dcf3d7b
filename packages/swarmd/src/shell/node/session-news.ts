// What a session's messages mean for the node itself: managers, role, certificate, trust root.
import type { IssuanceStatusState, SessionMessage } from "@swarmkit/proto/types";
import type { CertificateRenewer } from "../ca/certificate-renewer.ts";
import type { Logger } from "../log.ts";
import type { SecurityConfig } from "../tls/security-config.ts";
import type { IdentityKeeper } from "./identity-keeper.ts";
import type { Remotes } from "./remotes.ts";

export interface SessionNewsOptions {
  readonly security: SecurityConfig;
  readonly keeper: Pick<IdentityKeeper, "adoptRoot">;
  readonly renewer: Pick<CertificateRenewer, "expectRole" | "force">;
  readonly remotes: Pick<Remotes, "observe">;
  readonly log: Logger;
}

export class SessionNews {
  readonly #options: SessionNewsOptions;
  #certificateState: IssuanceStatusState | undefined;
  #isManagerWanted = false;

  constructor(options: SessionNewsOptions) {
    this.#options = options;
  }

  /** Whether the swarm has this node as a manager and wants it so, by the last message. */
  get isManagerWanted(): boolean {
    return this.#isManagerWanted;
  }

  observe(message: SessionMessage): void {
    const { log, remotes } = this.#options;
    const peers = message.managers.flatMap(({ peer }) => (peer === undefined ? [] : [peer]));
    remotes.observe(peers).catch((error: Error) => {
      log.warn("cannot remember the managers", { reason: error.message });
    });
    if (message.RootCA.length > 0) this.#observeRoot(message.RootCA);
    if (message.node !== undefined) this.#observeNode(message.node);
  }

  #observeRoot(bytes: Uint8Array): void {
    const { keeper, log, security } = this.#options;
    if (Buffer.from(security.identity.rootPem).equals(bytes)) return;
    keeper.adoptRoot(bytes).catch((error: Error) => {
      log.warn("cannot keep the swarm's new trust root", { reason: error.message });
    });
  }

  #observeNode({ certificate, role, spec }: NonNullable<SessionMessage["node"]>): void {
    const { renewer } = this.#options;
    renewer.expectRole(spec.desiredRole, role === spec.desiredRole);
    this.#isManagerWanted = role === "MANAGER" && spec.desiredRole === "MANAGER";
    const { state } = certificate.status;
    // Told once: it stays so until our request is there.
    if (state === "ROTATE" && this.#certificateState !== "ROTATE") renewer.force();
    this.#certificateState = state;
  }
}
