// Three managers, two of which may lead, and calls to the third.
import type { Server } from "@grpc/grpc-js";
import { getCodec, services } from "@swarmkit/proto";
import type { PublishLogsMessage, SubscriptionMessage } from "@swarmkit/proto/types";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { silentLogger } from "../../log.ts";
import { bindCall } from "../bound-call.ts";
import { RpcClient } from "../client.ts";
import { ConnectionPool } from "../connection.ts";
import type { CallListener, CallStatus, RawCall } from "../raw-call.ts";
import { addService, type CallContext, type Gate } from "../service.ts";
import {
  type AddServices,
  aLeaf,
  asCaller,
  startManager,
  type TestManager,
} from "./test-managers.ts";

/** No service has both streams, but the proxy does not know that. */
export const exchange = {
  path: "/test/Exchange",
  request: "PublishLogsMessage",
  response: "SubscriptionMessage",
  clientStreaming: true,
  serverStreaming: true,
  isDeprecated: false,
  authorization: { roles: ["swarm-worker", "swarm-manager"], insecure: false },
} as const;

/** Long enough for what is meant to be answered. */
const timeoutMs = 10_000;

/** What a manager does with calls that it answers itself, and which it has seen. */
export class Behaviour {
  readonly nodes: string[] = [];
  getNode: (nodeId: string, context: CallContext) => Promise<void> = () => Promise.resolve();
  session: (context: CallContext, send: (text: string) => void) => Promise<void> = () =>
    Promise.resolve();
  publish: (messages: AsyncIterable<PublishLogsMessage>, context: CallContext) => Promise<void> =
    async (messages) => {
      for await (const _ of messages);
    };

  readonly add: AddServices = (server, { gate, leader }) => {
    const options = { gate, leader, log: silentLogger };
    const handlers = {
      GetNode: async ({ nodeId }: { nodeId: string }, context: CallContext) => {
        this.nodes.push(nodeId);
        await this.getNode(nodeId, context);
        return { node: getCodec("Node").create({ id: nodeId }) };
      },
    };
    addService(server, "Control", handlers, options);
    const tell = (_: unknown, { caller }: CallContext) => ({
      certificate: Buffer.from(JSON.stringify(caller)),
    });
    addService(server, "CA", { GetRootCACertificate: tell }, options);
    const { create } = getCodec("SessionMessage");
    const session = (_: unknown, context: CallContext, send: (message: never) => void) =>
      this.session(context, (sessionId) => send(create({ sessionId }) as never));
    addService(server, "Dispatcher", { Session: session }, options);
    const PublishLogs = async (
      messages: AsyncIterable<PublishLogsMessage>,
      context: CallContext,
    ) => {
      await this.publish(messages, context);
      return {};
    };
    addService(server, "LogBroker", { PublishLogs }, options);
    addExchange(server, options);
  };
}

/** Answers each message with one of the same name. */
function addExchange(
  server: Server,
  options: { readonly gate: Gate; readonly leader: TestManager["route"] },
): void {
  const handler = async (
    messages: unknown,
    _: CallContext,
    send: (message: SubscriptionMessage) => void,
  ) => {
    for await (const { subscriptionId } of messages as AsyncIterable<PublishLogsMessage>) {
      send(getCodec("SubscriptionMessage").create({ id: subscriptionId }));
    }
  };
  const binding = { method: exchange, handler: handler as never, log: silentLogger, ...options };
  const definition = {
    path: exchange.path,
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (value: SubscriptionMessage | Uint8Array) =>
      Buffer.from(
        value instanceof Uint8Array ? value : getCodec("SubscriptionMessage").encode(value),
      ),
    responseDeserialize: (bytes: Buffer) => bytes,
  };
  server.addService({ Exchange: definition }, { Exchange: bindCall(binding) as never });
}

/** Calls go to `follower`; at first it follows `first`. */
export class ProxiedSwarm {
  readonly behaviours: readonly Behaviour[] = [new Behaviour(), new Behaviour(), new Behaviour()];
  /** The follower's; it stands still. */
  readonly clock: ManualClock = new ManualClock();
  readonly #managers: TestManager[] = [];
  readonly #clients: { close(): void }[] = [];

  static async start(): Promise<ProxiedSwarm> {
    const swarm = new ProxiedSwarm();
    for (const [index, { add }] of swarm.behaviours.entries()) {
      const options = { nodeId: `manager${index}`, add };
      await swarm.addManager(index === 2 ? { ...options, clock: swarm.clock } : options);
    }
    swarm.first.route.setLeader("self");
    swarm.follower.route.setLeader(swarm.first.member);
    return swarm;
  }

  get first(): TestManager {
    return itemOf(this.#managers, 0);
  }

  get second(): TestManager {
    return itemOf(this.#managers, 1);
  }

  get follower(): TestManager {
    return itemOf(this.#managers, 2);
  }

  behaviourOf(index: number): Behaviour {
    return itemOf(this.behaviours, index);
  }

  /** The nodes that each manager was asked for, and answered for by itself. */
  seenNodes(): readonly (readonly string[])[] {
    return this.behaviours.map(({ nodes }) => nodes);
  }

  async addManager(options: Parameters<typeof startManager>[0]): Promise<TestManager> {
    const manager = await startManager(options);
    this.#managers.push(manager);
    return manager;
  }

  /** A manager of the swarm calls the follower. */
  aClient(): RpcClient {
    const trust = asCaller(aLeaf({ nodeId: "caller1", role: "swarm-manager" }));
    const client = new RpcClient(this.follower.member.addr, trust);
    this.#clients.push(client);
    return client;
  }

  /** Asks the follower for a node. */
  getNode(nodeId: string, options: Partial<GetNodeOptions> = {}): Promise<unknown> {
    const { client = this.aClient(), limitMs = timeoutMs } = options;
    return client.call(services.Control.GetNode, { nodeId }, { timeoutMs: limitMs });
  }

  /** Makes a call with an empty request, and metadata that our own client would not send. */
  async callRaw(
    options: RawOptions,
  ): Promise<CallStatus & { readonly messages: readonly Buffer[] }> {
    const messages: Buffer[] = [];
    const ended = Promise.withResolvers<CallStatus>();
    const call = await this.openRaw(options, {
      onMessage: (message) => messages.push(message),
      onEnd: ended.resolve,
    });
    call.end(Buffer.of());
    return { ...(await ended.promise), messages };
  }

  async openRaw(options: RawOptions, listener: CallListener): Promise<RawCall> {
    const { path, who, metadata, manager = this.follower } = options;
    const pool =
      who === "local"
        ? new ConnectionPool(manager.localAddress, { kind: "local" })
        : new ConnectionPool(manager.member.addr, asCaller(who));
    this.#clients.push(pool);
    return await pool.open(path, { deadlineMs: Infinity, isStreaming: true, metadata }, listener);
  }

  close(): void {
    for (const client of this.#clients) client.close();
    for (const manager of this.#managers) manager.kill();
  }
}

export interface GetNodeOptions {
  readonly client: RpcClient;
  readonly limitMs: number;
}

export interface RawOptions {
  readonly path: string;
  readonly who: ReturnType<typeof aLeaf> | "local" | undefined;
  readonly metadata?: Readonly<Record<string, string | undefined>>;
  readonly manager?: TestManager;
}

export function aMessage(subscriptionId: string): PublishLogsMessage {
  return { subscriptionId, messages: [], close: false };
}

/** Whether a manager has no connection to its leader. */
export function isDisconnected({ route: { leader } }: TestManager): boolean {
  return leader?.kind === "remote" && leader.connections.find() === undefined;
}

/** Lets the program go on until something holds. */
export async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

function itemOf<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no item ${index}`);
  return item;
}
