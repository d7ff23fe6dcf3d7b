import { getCodec } from "@swarmkit/proto";
import type { DeepPartial, IssueNodeCertificateRequest } from "@swarmkit/proto/types";
import { beforeEach, describe, expect, test } from "vitest";
import { aCluster, aNode, testEpoch } from "../../testing/builders.ts";
import type { Outcome } from "../lib/outcome.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { WriteTransaction } from "../store/types.ts";
import type { Caller } from "./authorize.ts";
import { isAwaitingSignature, isIssuanceSettled, requestCertificate } from "./certificates.ts";

const joinTokens = { worker: "worker-token", manager: "manager-token" };
const anonymous: Caller = { nodeId: "", role: undefined, address: "10.0.0.1:1", isLocal: false };
let store: MemoryStore;
let index = 0;

function transact<T>(change: (transaction: WriteTransaction) => T): T {
  index += 1;
  const done = store.transact({ index, now: testEpoch }, change);
  if (!done.ok) throw new Error(done.message);
  if (done.proposal !== undefined) store.commit(done.proposal);
  return done.value;
}

function issue(
  request: DeepPartial<IssueNodeCertificateRequest>,
  caller: Caller = anonymous,
): Outcome<unknown> {
  const full = getCodec("IssueNodeCertificateRequest").create({
    csr: Buffer.from("csr"),
    ...request,
  });
  const ids = [...["taken", "fresh"]];
  const context = {
    caller,
    ids: () => ids.shift() ?? "last",
    isEqualSecret: (left: string, right: string) => left === right,
  };
  return transact((transaction) => requestCertificate(full, transaction, context));
}

beforeEach(() => {
  index = 0;
  store = new MemoryStore({ encodeAction: getCodec("StoreAction").encode });
  transact((transaction) => {
    transaction.create("cluster", aCluster({ rootCa: { joinTokens } }));
    transaction.create("node", aNode({ id: "taken", role: "WORKER" }));
  });
});

describe("a new node", () => {
  test("with the workers' token it becomes a worker that waits for its certificate", () => {
    const outcome = issue({ token: "worker-token", availability: "DRAIN" });
    expect(outcome).toEqual({ ok: true, value: { nodeId: "fresh", nodeMembership: "ACCEPTED" } });
    expect(store.view().get("node", "fresh")).toMatchObject({
      role: "WORKER",
      spec: { desiredRole: "WORKER", membership: "ACCEPTED", availability: "DRAIN" },
      certificate: { role: "WORKER", cn: "fresh", status: { state: "PENDING" } },
    });
  });

  test.each(["", "guess", "worker-token "])("with the token %j it is refused", (token) => {
    expect(issue({ token })).toEqual({
      ok: false,
      code: "invalid-argument",
      message: "A valid join token is necessary to join this cluster",
    });
    expect(store.view().count("node")).toBe(1);
  });

  test("the request's role gives no rights", () => {
    const outcome = issue({ token: "worker-token", role: "MANAGER" });
    expect(outcome).toMatchObject({ ok: false, code: "invalid-argument" });
  });

  test.each(["WORKER", "MANAGER"] as const)(
    "with the managers' token it becomes a manager, whether it asks to be a %s",
    (role) => {
      expect(issue({ token: "manager-token", role })).toMatchObject({ ok: true });
      expect(store.view().get("node", "fresh")).toMatchObject({
        role: "MANAGER",
        spec: { desiredRole: "MANAGER", membership: "ACCEPTED" },
        certificate: { role: "MANAGER", cn: "fresh", status: { state: "PENDING" } },
      });
    },
  );

  test("without a request to sign it is refused", () => {
    const outcome = issue({ token: "worker-token", csr: new Uint8Array() });
    expect(outcome).toMatchObject({ ok: false, code: "invalid-argument" });
  });
});

describe("a known node", () => {
  const caller: Caller = { ...anonymous, nodeId: "taken", role: "swarm-worker" };

  test("renews without a token, in the role that its object has", () => {
    expect(issue({}, caller)).toMatchObject({ ok: true, value: { nodeId: "taken" } });
    expect(store.view().get("node", "taken")?.certificate).toMatchObject({
      role: "WORKER",
      status: { state: "RENEW" },
    });
  });

  test.each([
    ["WORKER", "MANAGER", "WORKER"],
    ["MANAGER", "WORKER", "MANAGER"],
    ["MANAGER", "MANAGER", "MANAGER"],
  ] as const)(
    "of role %s that is to be %s renews as %s: its role decides, not its wish or certificate",
    (role, desiredRole, issued) => {
      transact((transaction) => {
        transaction.create("node", aNode({ id: "n", role, spec: { desiredRole } }));
      });
      expect(issue({ role: desiredRole }, { ...caller, nodeId: "n" })).toMatchObject({ ok: true });
      expect(store.view().get("node", "n")).toMatchObject({ role, certificate: { role: issued } });
    },
  );

  test.each(["ROTATE", "FAILED", "ISSUED", "PENDING", "RENEW"] as const)(
    "whose certificate is in the state %s renews with its newest request",
    (state) => {
      const certificate = { status: { state }, csr: Buffer.from("old") };
      transact((transaction) => {
        transaction.create("node", aNode({ id: "n", role: "WORKER", certificate }));
      });
      expect(issue({ csr: Buffer.from("new") }, { ...caller, nodeId: "n" }).ok).toBe(true);
      const renewed = store.view().get("node", "n")?.certificate;
      expect(renewed).toMatchObject({ role: "WORKER", status: { state: "RENEW", err: "" } });
      expect(Buffer.from(renewed?.csr ?? []).toString()).toBe("new");
      expect(renewed?.certificate).toHaveLength(0);
    },
  );

  test("that was removed meanwhile is not found", () => {
    expect(issue({}, { ...caller, nodeId: "gone" })).toEqual({
      ok: false,
      code: "not-found",
      message: "node gone not found when attempting to renew certificate",
    });
  });
});

test.each([
  ["UNKNOWN", false, false],
  ["PENDING", true, false],
  ["RENEW", true, false],
  ["ROTATE", false, true],
  ["FAILED", false, true],
  ["ISSUED", false, true],
] as const)("in the state %s it awaits a signature: %s, and is settled: %s", (state, waits, is) => {
  const node = aNode({ certificate: { status: { state } } });
  expect([isAwaitingSignature(node), isIssuanceSettled(node)]).toEqual([waits, is]);
});
