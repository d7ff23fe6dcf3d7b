// Whoever runs the swarm: makes machines join, demotes managers, creates and changes services. Each wish
// is repeated until it is known to be done.

import type { Node, Service } from "../../../packages/proto/gen/types.ts";
import { getCodec } from "../../../packages/proto/src/index.ts";
import {
  createService,
  removeService,
  updateService,
} from "../../../packages/swarmd/src/core/control/services.ts";
import { type Outcome, refuse, succeed } from "../../../packages/swarmd/src/core/lib/outcome.ts";
import { createNode } from "../../../packages/swarmd/src/core/model/new-node.ts";
import { isTaskDirty } from "../../../packages/swarmd/src/core/orchestrator/task-dirty.ts";
import type { WriteTransaction } from "../../../packages/swarmd/src/core/store/types.ts";
import { aService } from "../../../packages/swarmd/src/testing/builders.ts";
import type { Endpoint } from "../engine/network.ts";
import { Random } from "../engine/random.ts";
import type { World } from "../engine/world.ts";
import type { RunConfig } from "../run-config.ts";
import { Caller } from "./caller.ts";
import type { Answer, Call } from "./calls.ts";
import type { Cluster } from "./cluster.ts";
import type { SimManager } from "./manager.ts";

const callTimeoutMs = 5000;
const retryMs = 700;

/** A wish that is not fulfilled yet. */
interface Wish {
  readonly label: string;
  readonly perform: Call<unknown>["perform"];
  /** Told of every answer. */
  readonly tried: (answer: Answer<unknown>) => void;
  isDone: boolean;
}

export class Operator implements Endpoint {
  readonly name = "operator";
  readonly address: number;
  readonly epoch = 0;
  readonly pausedUntilMs = 0;
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #random: Random;
  #caller: Caller | undefined;
  readonly #wishes: Wish[] = [];
  /** Managers that are to be so, by raft id. */
  readonly #wanted = new Set<string>(["1"]);
  /** Wanted replicas of each service. */
  readonly replicas = new Map<string, number>();

  constructor(cluster: Cluster, world: World, config: RunConfig, address: number) {
    this.#cluster = cluster;
    this.#world = world;
    this.#random = new Random(config.seed, this.name);
    this.address = address;
  }

  /** Whether nothing is asked for any more. */
  get isContent(): boolean {
    return this.#wishes.every(({ isDone }) => isDone);
  }

  /** Raft ids of those who shall be managers. */
  get wantedManagers(): ReadonlySet<string> {
    return this.#wanted;
  }

  handle(kind: string, first: unknown): boolean {
    if (kind === "try") {
      this.#try(first as Wish);
      return true;
    }
    return this.#callerOf().handle(kind, first);
  }

  joinManager(): void {
    const manager = this.#cluster.addManager();
    this.#wanted.add(manager.raftId);
    this.#wish(
      `join ${manager.name}`,
      (leader, respond) => this.#performJoin(leader, manager, respond),
      (answer) => {
        // It may be a member already without having heard of it.
        const isPossible = answer.ok || answer.code === "unavailable";
        if (isPossible && manager.epoch === 0) manager.start();
      },
    );
  }

  joinAgent(nodeId: string): void {
    this.#wish(
      `add ${nodeId}`,
      (leader, respond) => this.#write(leader, (tx) => addNode(tx, nodeId, "WORKER"), respond),
      (answer) => {
        if (answer.ok) this.#cluster.addAgent(nodeId);
      },
    );
  }

  /** One manager less; the last stays. */
  demoteManager(): void {
    if (this.#wanted.size < 2 || !this.isContent) return;
    const raftId = this.#random.pick([...this.#wanted]);
    const manager = this.#cluster.findManager(raftId);
    if (manager === undefined) return;
    this.#wanted.delete(raftId);
    this.#wish(`demote ${manager.name}`, (leader, respond) =>
      this.#write(leader, (tx) => demoteNode(tx, manager.nodeId), respond),
    );
  }

  transferLeadership(): void {
    const leader = this.#cluster.leader();
    if (leader === undefined) return;
    const { voters } = leader.replica.status();
    leader.replica.transferLeadership(this.#random.pick(voters));
    leader.afterStep();
  }

  changeServices(): void {
    const name = `service-${this.#random.whole(1, 3)}`;
    const isRemoval = this.replicas.has(name) && this.#random.chance(0.2);
    const replicas = isRemoval ? 0 : this.#random.whole(0, 6);
    if (isRemoval) this.replicas.delete(name);
    else this.replicas.set(name, replicas);
    this.#wish(`${name} x ${replicas}`, (leader, respond) =>
      this.#write(leader, (tx) => this.#setService(leader, tx, name), respond),
    );
  }

  #wish(
    label: string,
    perform: Call<unknown>["perform"],
    tried: (answer: Answer<unknown>) => void = () => undefined,
  ): void {
    const wish = { label, perform, tried, isDone: false };
    this.#wishes.push(wish);
    this.#try(wish);
  }

  #try(wish: Wish): void {
    const managers = this.#cluster.known();
    const { label, perform } = wish;
    const target = this.#random.pick(managers);
    this.#callerOf().call(target, { label, perform, timeoutMs: callTimeoutMs }, (answer) => {
      wish.tried(answer);
      if (answer.ok) wish.isDone = true;
      else this.#world.post(retryMs, this, "try", wish);
    });
  }

  /** As the CA and RaftMembership do: the node's object first, then the member. */
  #performJoin(
    leader: SimManager,
    manager: SimManager,
    respond: (answer: Answer<unknown>) => void,
  ): void {
    const { raftId, nodeId } = manager;
    const member = manager.member();
    this.#write(
      leader,
      (tx) => addNode(tx, nodeId, "MANAGER"),
      (answer) => {
        if (!answer.ok) return respond(answer);
        const isThere = leader.replica.membership.find(raftId) !== undefined;
        if (isThere) return respond(succeed(undefined));
        leader.core.changeMembership({ type: "add-node", raftId, member }, respond);
      },
    );
  }

  #write(
    leader: SimManager,
    change: (transaction: WriteTransaction) => Outcome<unknown>,
    respond: (answer: Answer<unknown>) => void,
  ): void {
    leader.core.store.write(leader.now(), change, respond);
  }

  /** Brings a service to what is wanted by now, whatever it is like. */
  #setService(leader: SimManager, tx: WriteTransaction, name: string): Outcome<unknown> {
    const [service] = tx.find("service", { by: "name", name });
    const replicas = this.replicas.get(name);
    if (replicas === undefined) {
      return service === undefined
        ? succeed(undefined)
        : removeService({ serviceId: service.id }, tx);
    }
    const context = {
      now: leader.now(),
      ids: leader.ids,
      members: leader.core.members(),
      findCertificateExpiry: () => undefined,
      randomBytes: (count: number) => new Uint8Array(count),
      isTaskDirty,
    };
    const spec = serviceSpec(name, replicas);
    if (service === undefined) return createService({ spec }, tx, context);
    const request = getCodec("UpdateServiceRequest").create({
      serviceId: service.id,
      serviceVersion: service.meta.version,
      spec,
    });
    return updateService(request, tx, context);
  }

  /** Made late, as the network is not there when the cluster makes its operator. */
  #callerOf(): Caller {
    this.#caller ??= new Caller(this.#world, this.#cluster.network, this);
    return this.#caller;
  }
}

function serviceSpec(name: string, replicas: number): Service["spec"] {
  return aService({
    spec: {
      annotations: { name },
      replicated: { replicas },
      task: {
        container: { image: "swarmkit-test:latest", command: ["sleep", "infinity"] },
        restart: { condition: "ANY", delay: { seconds: 1, nanos: 0 } },
      },
    },
  }).spec;
}

function addNode(tx: WriteTransaction, id: string, role: Node["role"]): Outcome<unknown> {
  if (tx.get("node", id) !== undefined) return succeed(undefined);
  const node = createNode({ id, desiredRole: role, availability: "ACTIVE" });
  const certificate = { ...node.certificate, status: { state: "ISSUED" as const, err: "" } };
  const made = tx.create("node", { ...node, role, certificate });
  return made.ok ? succeed(undefined) : refuse("internal", made.message);
}

function demoteNode(tx: WriteTransaction, id: string): Outcome<unknown> {
  const node = tx.get("node", id);
  if (node === undefined || node.spec.desiredRole === "WORKER") return succeed(undefined);
  const spec = { ...node.spec, desiredRole: "WORKER" as const };
  const made = tx.update("node", { ...node, spec });
  return made.ok ? succeed(undefined) : refuse("aborted", made.message);
}
