// What agents are told while a manager's lead is in doubt, over real connections.
import { getCodec, services } from "@swarmkit/proto";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReplicatedStore } from "../../core/replica/replicated-store.ts";
import { aCluster, aNode, aTask } from "../../testing/builders.ts";
import { createLedStore } from "../../testing/led-store.ts";
import type { ManualLog } from "../../testing/manual-log.ts";
import { systemClock } from "../clock.ts";
import { RpcClient } from "../grpc/client.ts";
import { aLeaf, asCaller, startManager, type TestManager } from "../grpc/testing/test-managers.ts";
import { silentLogger } from "../log.ts";
import { DispatcherService } from "./dispatcher-service.ts";
import { StoreClient } from "./store-client.ts";

let log: ManualLog;
let store: ReplicatedStore;
let dispatcher: DispatcherService;
let manager: TestManager;
let client: RpcClient;
let abort: AbortController;

beforeEach(async () => {
  ({ log, store } = createLedStore((transaction) => {
    transaction.create("cluster", aCluster({ id: "cluster1" }));
    transaction.create("node", aNode({ id: "worker1" }));
    transaction.create(
      "task",
      aTask({ id: "task1", nodeId: "worker1", status: { state: "ASSIGNED" } }),
    );
  }));
  dispatcher = new DispatcherService({
    store: new StoreClient(store, systemClock),
    ...{ nodeId: "manager1", clock: systemClock, ids: () => "session1", prng: () => 0.5 },
    log: silentLogger,
  });
  store.onCommit((commit) => dispatcher.handle(commit));
  manager = await startManager({
    nodeId: "manager1",
    add: (server, options) => dispatcher.addTo(server, options),
  });
  dispatcher.start([]);
  manager.route.setLeader("self");
  const identity = aLeaf({ nodeId: "worker1", role: "swarm-worker" });
  client = new RpcClient(manager.member.addr, asCaller(identity));
  abort = new AbortController();
});

afterEach(() => {
  abort.abort();
  dispatcher.stop();
  client.close();
  manager.kill();
});

test("an agent is told what shall run only with a quorum's word", async () => {
  const session = await register();
  const sets: unknown[] = [];
  const listening = (async () => {
    const { Assignments } = services.Dispatcher;
    const request = { sessionId: session };
    for await (const { type, changes } of client.stream(Assignments, request, abort.signal)) {
      sets.push([type, changes.map(({ assignment }) => assignment?.task?.id)]);
    }
  })();
  while (log.reads.length === 0 && sets.length === 0) await new Promise(setImmediate);
  // Another manager may lead, and have given this node more to run.
  expect(sets).toEqual([]);
  log.confirmRead(store);
  while (sets.length === 0) await new Promise(setImmediate);
  expect(sets).toEqual([["COMPLETE", ["task1"]]]);
  abort.abort();
  await listening;
});

/** Opens a session, which stays open; answers its id. */
async function register(): Promise<string> {
  const description = getCodec("NodeDescription").create({ hostname: "worker1" });
  const request = { description, sessionId: "" };
  const messages = client.stream(services.Dispatcher.Session, request, abort.signal);
  let isOpen = false;
  const first = messages.next().finally(() => {
    isOpen = true;
  });
  while (!isOpen) {
    log.commitAll(store);
    await new Promise(setImmediate);
  }
  const { value } = await first;
  return value?.sessionId ?? "";
}
