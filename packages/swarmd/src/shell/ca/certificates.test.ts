// Joining and renewing, against an authority on the loopback.
import { createHash } from "node:crypto";
import { Server } from "@grpc/grpc-js";
import type { IssuanceStatusState } from "@swarmkit/proto/types";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CertificateRole } from "../../core/ca/authorize.ts";
import { formatJoinToken } from "../../core/ca/join-token.ts";
import { RemoteListener } from "../grpc/remote-listener.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type CallContext } from "../grpc/service.ts";
import { silentLogger } from "../log.ts";
import { toNodeIdentity } from "../tls/node-identity.ts";
import { SwarmAuthority } from "../tls/testing/swarm-authority.ts";
import { issueLeaf, readCertificateRequest } from "../tls/x509.ts";
import { fetchUnlockKey } from "./fetch-unlock-key.ts";
import { joinSwarm } from "./join.ts";
import { renewIdentity } from "./renew.ts";

const swarm = new SwarmAuthority();
const { certificatePem: rootPem } = swarm.authority;

/** One manager's side of it, as far as a client can tell. */
class Authority {
  /** The role that certificates are issued for. */
  role: CertificateRole = "swarm-worker";
  nodeId = "node1";
  /** Whose certificate is asked for first, as when another request came in between. */
  isFirstAnswerForeign = false;
  state: IssuanceStatusState = "ISSUED";
  refusal: RpcError | undefined;
  unlockKey: { readonly key: Uint8Array; readonly version: number } | undefined;
  readonly callers: string[] = [];
  readonly tokens: string[] = [];
  readonly #grpc = new Server();
  readonly #listener: RemoteListener;
  #csr: Uint8Array = new Uint8Array();
  #answers = 0;

  constructor() {
    const identity = swarm.issue("swarm-manager", { nodeId: "manager1" });
    this.#listener = new RemoteListener(this.#grpc, identity, silentLogger);
    const context = { organization: "cluster1", nodeId: "manager1", isBlacklisted: () => false };
    const gate = { context, peerOf: (address: string) => this.#listener.peerOf(address) };
    const options = { gate, log: silentLogger };
    const ca = {
      GetRootCACertificate: () => ({ certificate: Buffer.from(rootPem) }),
      GetUnlockKey: () => this.#tellUnlockKey(),
    };
    addService(this.#grpc, "CA", ca, options);
    const nodeCa = {
      IssueNodeCertificate: (
        { csr, token }: { readonly csr: Uint8Array; readonly token: string },
        { caller }: CallContext,
      ) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.#csr = csr;
        this.callers.push(caller.nodeId);
        this.tokens.push(token);
        return { nodeId: this.nodeId, nodeMembership: "ACCEPTED" } as const;
      },
      NodeCertificateStatus: () => this.#status(),
    };
    addService(this.#grpc, "NodeCA", nodeCa, options);
  }

  async listen(): Promise<string> {
    const port = await this.#listener.listen("127.0.0.1", 0);
    this.#listener.serve();
    return `127.0.0.1:${port}`;
  }

  close(): void {
    this.#listener.close();
    this.#grpc.forceShutdown();
  }

  #status() {
    this.#answers += 1;
    const isForeign = this.isFirstAnswerForeign && this.#answers === 1;
    const publicKey = readCertificateRequest(Buffer.from(this.#csr).toString());
    if (publicKey === undefined) throw new RpcError("invalid-argument", "no request");
    const certificatePem = issueLeaf({
      authority: swarm.authority,
      publicKey,
      subject: { nodeId: this.nodeId, role: this.role, organization: "cluster1" },
      nowMs: Date.now(),
      validityMs: 3_600_000,
    });
    const isIssued = this.state !== "FAILED";
    const status = { state: this.state, err: isIssued ? "" : "the key is too weak" } as const;
    const certificate = {
      role: "WORKER",
      csr: isForeign ? Buffer.from("another one's") : this.#csr,
      status,
      certificate: isIssued ? Buffer.from(certificatePem) : new Uint8Array(),
      cn: this.nodeId,
    } as const;
    return { status, certificate };
  }

  #tellUnlockKey() {
    if (this.unlockKey === undefined) throw new RpcError("unimplemented", "unknown method");
    const { key, version } = this.unlockKey;
    return { unlockKey: key, version: { index: version } };
  }
}

let authority: Authority;
let address: string;

beforeEach(async () => {
  authority = new Authority();
  address = await authority.listen();
});

afterEach(() => authority.close());

describe("joining", () => {
  const digest = createHash("sha256").update(rootPem).digest();
  const token = formatJoinToken(digest, new Uint8Array(16).fill(1));
  const join = (): ReturnType<typeof joinSwarm> =>
    joinSwarm({ address, token, mustBeManager: false });

  test.each(["swarm-worker", "swarm-manager"] as const)(
    "gives the %s's certificate that the token stands for",
    async (role) => {
      authority.role = role;
      const files = await join();
      expect(toNodeIdentity(files, "a test")).toMatchObject({ nodeId: "node1", role });
      expect(files.rootPem).toBe(rootPem);
      expect([authority.tokens, authority.callers]).toEqual([[token], [""]]);
    },
  );

  test("waits for its own certificate when another's is shown", async () => {
    authority.isFirstAnswerForeign = true;
    expect(toNodeIdentity(await join(), "a test").nodeId).toBe("node1");
  });

  test("ends when the authority refuses", async () => {
    authority.state = "FAILED";
    await expect(join()).rejects.toMatchObject({
      code: "join-refused",
      message: expect.stringContaining("the key is too weak") as string,
    });
  });

  test("with another swarm's token is refused before the token is shown to anybody", async () => {
    const foreign = formatJoinToken(new Uint8Array(32).fill(2), new Uint8Array(16).fill(1));
    const joining = joinSwarm({ address, token: foreign, mustBeManager: false });
    await expect(joining).rejects.toMatchObject({ code: "root-mismatch" });
    expect(authority.tokens).toEqual([]);
  });
});

describe("renewing", () => {
  const current = swarm.issue("swarm-worker");
  const renew = (): ReturnType<typeof renewIdentity> =>
    renewIdentity(current, { kind: "remote", address }, Date.now());

  test.each(["ISSUED", "ROTATE"] as const)(
    "gives the certificate of the role that the node has by now, in the state %s",
    async (state) => {
      authority.role = "swarm-manager";
      authority.state = state;
      const next = await renew();
      expect(next).toMatchObject({ nodeId: "node1", role: "swarm-manager", rootPem });
      expect(next.keyPem).not.toBe(current.keyPem);
      expect([authority.tokens, authority.callers]).toEqual([[""], ["node1"]]);
    },
  );

  test("does not take another node's certificate", async () => {
    authority.nodeId = "node2";
    await expect(renew()).rejects.toMatchObject({ code: "identity-invalid" });
  });

  test("does not take a certificate that is over", async () => {
    const renewing = renewIdentity(current, { kind: "remote", address }, Date.now() + 7_200_000);
    await expect(renewing).rejects.toMatchObject({ code: "identity-invalid" });
  });

  test.each([
    ["invalid-argument", "A valid join token is necessary to join this cluster"],
    ["not-found", "node node1 not found when attempting to renew certificate"],
  ] as const)("of a node that was removed says so (%s)", async (code, message) => {
    authority.refusal = new RpcError(code, message);
    await expect(renew()).rejects.toMatchObject({ code: "node-removed" });
  });

  test("that cannot be served says nothing of the kind", async () => {
    authority.refusal = new RpcError("unavailable", "no leader");
    await expect(renew()).rejects.toMatchObject({ code: "unavailable" });
  });

  test("asks nobody but a manager of the own swarm", async () => {
    const stranger = new SwarmAuthority().issue("swarm-worker");
    const renewing = renewIdentity(stranger, { kind: "remote", address }, Date.now());
    await expect(renewing).rejects.toMatchObject({ code: "unavailable" });
    expect(authority.callers).toEqual([]);
  });
});

describe("the unlock key of a new manager", () => {
  const identity = swarm.issue("swarm-manager");

  test("is what the swarm's managers have", async () => {
    const key = new Uint8Array(32).fill(9);
    authority.unlockKey = { key, version: 12 };
    expect(await fetchUnlockKey({ kind: "remote", address }, identity)).toEqual({
      key,
      version: 12,
    });
  });

  test("is none in a swarm that is not locked", async () => {
    authority.unlockKey = { key: new Uint8Array(), version: 12 };
    expect(await fetchUnlockKey({ kind: "remote", address }, identity)).toEqual({
      key: undefined,
      version: 12,
    });
  });

  test("is none where managers have never heard of it", async () => {
    expect(await fetchUnlockKey({ kind: "remote", address }, identity)).toEqual({
      key: undefined,
      version: 0,
    });
  });

  test("is not told to a worker", async () => {
    authority.unlockKey = { key: new Uint8Array(32), version: 1 };
    const asking = fetchUnlockKey({ kind: "remote", address }, swarm.issue("swarm-worker"));
    await expect(asking).rejects.toMatchObject({ code: "permission-denied" });
  });
});
