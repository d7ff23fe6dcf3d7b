// What a manager's CA answers while its lead is in doubt, over real connections.
import { services } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReplicatedStore } from "../../core/replica/replicated-store.ts";
import { aCluster, aNode } from "../../testing/builders.ts";
import { createLedStore } from "../../testing/led-store.ts";
import type { ManualLog } from "../../testing/manual-log.ts";
import { systemClock } from "../clock.ts";
import { RpcClient } from "../grpc/client.ts";
import type { RpcError } from "../grpc/rpc-error.ts";
import { aLeaf, asCaller, startManager, type TestManager } from "../grpc/testing/test-managers.ts";
import { silentLogger } from "../log.ts";
import { StoreClient } from "../manager/store-client.ts";
import { CaService } from "./ca-service.ts";

const timeoutMs = 5000;

let log: ManualLog;
let store: ReplicatedStore;
let ca: CaService;
let manager: TestManager;
let client: RpcClient;

beforeEach(async () => {
  ({ log, store } = createLedStore((transaction) => {
    transaction.create("cluster", aCluster({ id: "cluster1" }));
    transaction.create(
      "node",
      aNode({ id: "node7", certificate: { status: { state: "ISSUED" } } }),
    );
  }));
  ca = new CaService({
    store: new StoreClient(store, systemClock),
    ...{ ids: () => "id", wallNow: Date.now, log: silentLogger },
  });
  manager = await startManager({
    nodeId: "manager1",
    add: (server, options) => ca.addTo(server, options),
  });
  ca.start();
  manager.route.setLeader("self");
  client = new RpcClient(manager.member.addr, asCaller(aLeaf({ role: "swarm-manager" })));
});

afterEach(() => {
  client.close();
  manager.kill();
});

test.each([
  ["a certificate's status", services.NodeCA.NodeCertificateStatus, "node7", "ok"],
  ["that a node is not there", services.NodeCA.NodeCertificateStatus, "node8", "not-found"],
  ["the unlock key", services.CA.GetUnlockKey, "", "ok"],
] as const)("%s is told only with a quorum's word", async (_what, method, nodeId, expected) => {
  const answers = call(method, nodeId);
  while (log.reads.length === 0 && answers.length === 0) await new Promise(setImmediate);
  // Somebody else may lead, and have changed it.
  expect(answers).toEqual([]);
  log.confirmRead(store);
  while (answers.length === 0) await new Promise(setImmediate);
  expect(answers).toEqual([expected]);
});

test("a leader that is deposed meanwhile says nothing; the next one is asked", async () => {
  const answers = call(services.NodeCA.NodeCertificateStatus, "node7");
  while (log.reads.length === 0) await new Promise(setImmediate);
  log.isLeader = false;
  ca.stop();
  store.abandon();
  log.reads.length = 0;
  while (answers.length === 0 && manager.route.waitingCount === 0) await new Promise(setImmediate);
  expect(answers).toEqual([]);
  log.isLeader = true;
  ca.start();
  while (log.reads.length === 0) await new Promise(setImmediate);
  log.confirmRead(store);
  while (answers.length === 0) await new Promise(setImmediate);
  expect(answers).toEqual(["ok"]);
});

/** How the call comes out, once it does. */
function call(
  method: typeof services.NodeCA.NodeCertificateStatus | typeof services.CA.GetUnlockKey,
  nodeId: string,
): readonly string[] {
  const answers: string[] = [];
  const calling =
    method === services.CA.GetUnlockKey
      ? client.call(services.CA.GetUnlockKey, {}, { timeoutMs })
      : client.call(services.NodeCA.NodeCertificateStatus, { nodeId }, { timeoutMs });
  calling.then(
    () => answers.push("ok"),
    ({ code }: RpcError) => answers.push(code),
  );
  return answers;
}
