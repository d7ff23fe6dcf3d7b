// The Docker engine as far as the executor needs it: dockerode with bounded concurrency, deadlines,
// negotiated API version, and failures told apart: away (try again), refused (do not).
import { Agent as HttpAgent } from "node:http";
import { inspect } from "node:util";
import Docker from "dockerode";
import type { Millis } from "../../core/lib/time.ts";
import type { ExecutorError } from "../executor/port.ts";
import { refused, statusCodeOf, unreachable } from "./engine-error.ts";

/** Short calls to the engine at a time; the rest queue in the HTTP agent. */
const shortCallsMax = 32;
/**
 * Creations and starts at a time. The engine does not get faster with more of them (measured with 20
 * containers on 2 cores: 4 to 8 took no longer than 20), only slower for everybody else.
 */
const heavyCallsMax = 8;
/** Calls that last, i.e. stops and pulls, at a time; they must not hold up the short ones. */
const longCallsMax = 64;
/** An engine that is busy with many containers may take long to create one. */
const shortCallTimeoutMs = 120_000;
/** Beyond the task's own grace period. */
const stopTimeoutMs = 60_000;
const pullTimeoutMs = 3_600_000;

/** Newest API whose meaning is known here; an older engine is spoken to in its own. */
const apiVersionMax = "1.47";

const never: AbortSignal = new AbortController().signal;

/** Which of the engine's answers, other than success, a call takes as an answer. */
type Tolerated = readonly number[];

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Undefined is the limit of short calls. */
  readonly timeoutMs?: Millis | undefined;
  readonly tolerated?: Tolerated;
}

/**
 * dockerode's transport prints its options for a debug log at every call, also when nobody reads it, and
 * without this walks all sockets of the agent: a third of what a container's start cost us.
 */
class EngineAgent extends HttpAgent {
  [inspect.custom](): string {
    return "EngineAgent";
  }
}

export class Engine {
  readonly socketPath: string;
  readonly #agents: readonly HttpAgent[];
  readonly #short: Docker;
  readonly #heavy: Docker;
  readonly #long: Docker;
  #negotiated: Promise<void> | undefined;
  /** Aborts what was asked of an engine that has gone away since. */
  #lost: AbortController = new AbortController();

  constructor(socketPath: string) {
    this.socketPath = socketPath;
    const short = new EngineAgent({ keepAlive: true, maxSockets: shortCallsMax });
    const long = new EngineAgent({ keepAlive: false, maxSockets: longCallsMax });
    const heavy = new EngineAgent({ keepAlive: true, maxSockets: heavyCallsMax });
    this.#agents = [short, heavy, long];
    this.#heavy = createClient(socketPath, heavy);
    this.#short = createClient(socketPath, short);
    this.#long = createClient(socketPath, long);
  }

  /** The API version has to be agreed on anew, and answers that have not come will not. */
  connectionLost(): void {
    this.#negotiated = undefined;
    this.#lost.abort(new Error("the engine went away"));
    this.#lost = new AbortController();
  }

  async info(): Promise<DockerInfo> {
    return await this.#call({}, () => this.#short.info());
  }

  async plugins(): Promise<readonly Docker.PluginInfo[]> {
    return (await this.#call({}, () => this.#short.listPlugins())) ?? [];
  }

  /** Creates and returns the container's id; throws the engine's error with its status code. */
  async createContainer(config: Docker.ContainerCreateOptions): Promise<string> {
    const container = await this.#call({ tolerated: [404, 409] }, (abortSignal) =>
      this.#heavy.createContainer({ ...config, abortSignal }),
    );
    return container.id;
  }

  /** The container of this name or id, or undefined. */
  async findContainer(
    reference: string,
    signal?: AbortSignal,
  ): Promise<Docker.ContainerInspectInfo | undefined> {
    return await this.#find({ signal }, (abortSignal) =>
      this.#short.getContainer(reference).inspect({ abortSignal }),
    );
  }

  async startContainer(reference: string, signal: AbortSignal): Promise<void> {
    await this.#find({ signal, tolerated: [304, 404] }, (abortSignal) =>
      this.#heavy.getContainer(reference).start({ abortSignal }),
    );
  }

  /**
   * Stops after the grace period at the latest, by default the one that the container was created
   * with; of a container that is gone or stopped, nothing.
   */
  async stopContainer(
    reference: string,
    graceMs: Millis | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const timeoutMs = graceMs === undefined ? undefined : graceMs + stopTimeoutMs;
    const t = graceMs === undefined ? {} : { t: Math.ceil(graceMs / 1000) };
    await this.#find({ signal, timeoutMs, tolerated: [304, 404] }, (abortSignal) =>
      this.#long.getContainer(reference).stop({ ...t, abortSignal }),
    );
  }

  /** Kills a running container; of one that is gone or does not run, nothing. */
  async killContainer(reference: string, signal: AbortSignal): Promise<void> {
    await this.#find({ signal, tolerated: [404, 409] }, (abortSignal) =>
      this.#short.getContainer(reference).kill({ abortSignal }),
    );
  }

  /** Removes a container with its anonymous volumes, running or not, gone or not. */
  async removeContainer(reference: string, signal?: AbortSignal): Promise<void> {
    await this.#find({ signal }, (abortSignal) =>
      this.#short.getContainer(reference).remove({ force: true, v: true, abortSignal }),
    );
  }

  /** All containers, running or not, that carry every one of the labels. */
  async listContainers(labels: readonly string[]): Promise<readonly Docker.ContainerInfo[]> {
    const filters = { label: [...labels] };
    return await this.#call({}, (abortSignal) =>
      this.#short.listContainers({ all: true, filters, abortSignal }),
    );
  }

  async hasImage(reference: string, signal: AbortSignal): Promise<boolean> {
    const image = await this.#find({ signal }, () => this.#short.getImage(reference).inspect());
    return image !== undefined;
  }

  /** Lines of the pull's progress, which may tell of an error after the engine said 200. */
  async pullImage(reference: string, authentication: string): Promise<NodeJS.ReadableStream> {
    const auth = authentication === "" ? {} : { key: authentication };
    const options = { timeoutMs: pullTimeoutMs, tolerated: [400, 401, 403, 404, 500] };
    return await this.#call(options, (abortSignal) =>
      this.#long.createImage(auth, { fromImage: reference, abortSignal }),
    );
  }

  async createVolume(options: Docker.VolumeCreateOptions, signal: AbortSignal): Promise<void> {
    await this.#call({ signal }, (abortSignal) =>
      this.#short.createVolume({ ...options, abortSignal }),
    );
  }

  async createNetwork(options: Docker.NetworkCreateOptions, signal: AbortSignal): Promise<void> {
    await this.#find({ signal, tolerated: [409] }, (abortSignal) =>
      this.#short.createNetwork({ ...options, abortSignal }),
    );
  }

  async connectNetwork(
    name: string,
    options: Docker.NetworkConnectOptions,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#call({ signal }, () => this.#short.getNetwork(name).connect(options));
  }

  /** Removes a network unless somebody uses it. */
  async removeNetwork(name: string, signal: AbortSignal): Promise<void> {
    await this.#find({ signal, tolerated: [403, 404, 409] }, (abortSignal) =>
      this.#short.getNetwork(name).remove({ abortSignal }),
    );
  }

  /** Events of containers with this label, from now on, until the signal aborts. */
  async events(label: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
    const options = {
      filters: { type: ["container" as const], label: [label] },
      abortSignal: signal,
    };
    // A socket of its own, outside the bounded agents: it stays in use for as long as we run.
    const docker = createClient(this.socketPath, new EngineAgent());
    return await docker.getEvents(options);
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  /** As `#call`, but a tolerated refusal (404 unless given) gives undefined. */
  async #find<T>(
    options: CallOptions,
    ask: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const tolerated = options.tolerated ?? [404];
    try {
      return await this.#call({ ...options, tolerated }, ask);
    } catch (error) {
      const status = statusCodeOf(error);
      if (status !== undefined && tolerated.includes(status)) return undefined;
      throw error;
    }
  }

  /** Throws an `ExecutorError`, except for tolerated refusals, which come as they are. */
  async #call<T>(
    { signal = never, timeoutMs = shortCallTimeoutMs, tolerated = [] }: CallOptions,
    ask: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    await this.#negotiate();
    const timeout = AbortSignal.timeout(timeoutMs);
    const abortSignal = AbortSignal.any([signal, timeout, this.#lost.signal]);
    try {
      abortSignal.throwIfAborted();
      return await orAbort(ask(abortSignal), abortSignal);
    } catch (error) {
      signal.throwIfAborted();
      const status = statusCodeOf(error);
      if (status !== undefined && tolerated.includes(status)) throw error;
      throw await this.#explain(error, status);
    }
  }

  /** An engine on its way down answers 500 to anything; only one that still answers means it. */
  async #explain(error: unknown, status: number | undefined): Promise<ExecutorError> {
    if (status === undefined || status === 503) return unreachable(this.socketPath, error);
    if (status === 500) {
      try {
        await this.#short.ping();
      } catch {
        return unreachable(this.socketPath, error);
      }
    }
    return refused("failed", "", error);
  }

  #negotiate(): Promise<void> {
    this.#negotiated ??= this.#askVersion().catch((error: unknown) => {
      this.#negotiated = undefined;
      throw unreachable(this.socketPath, error);
    });
    return this.#negotiated;
  }

  async #askVersion(): Promise<void> {
    const { ApiVersion } = await new Docker({
      socketPath: this.socketPath,
      timeout: shortCallTimeoutMs,
    }).version();
    const version = `v${lowerVersion(ApiVersion, apiVersionMax)}`;
    for (const docker of [this.#short, this.#heavy, this.#long])
      Object.assign(docker.modem, { version });
  }
}

/** The typings do not know that the client takes an HTTP agent. */
function createClient(socketPath: string, agent: HttpAgent): Docker {
  const options = { socketPath, agent };
  return new Docker(options);
}

/** What `/info` says, as far as it is used; the typings call it `any`. */
export interface DockerInfo {
  readonly Name: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly ServerVersion: string;
  readonly Labels: readonly string[] | null;
  readonly Plugins: Readonly<Record<string, readonly string[] | null>>;
}

/** The lower of two API versions `major.minor`. */
export function lowerVersion(left: string, right: string): string {
  const [leftMajor = 0, leftMinor = 0] = left.split(".").map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split(".").map(Number);
  const isLeftLower =
    leftMajor < rightMajor || (leftMajor === rightMajor && leftMinor < rightMinor);
  return isLeftLower ? left : right;
}

/** The client library never settles a call whose connection broke in mid-answer. */
async function orAbort<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
