// One task as one container. The container's name is the task's name, and a label holds the task's id;
// whatever happened before, asking the engine for that name tells where the task stands.
import type { ContainerStatus, PortStatus, Task } from "@swarmkit/proto/types";
import type { ContainerCreateOptions, ContainerInspectInfo } from "dockerode";
import { taskName } from "../../core/model/naming.ts";
import { type Controller, ExecutorError, type TaskExit } from "../executor/port.ts";
import { stopGraceMs } from "../executor/stop-grace.ts";
import { taskLabels, toContainerConfig } from "./container-config.ts";
import type { Engine } from "./engine.ts";
import { reasonOf, refused, statusCodeOf } from "./engine-error.ts";
import type { ContainerWatch, EngineEvents } from "./engine-events.ts";
import type { ImagePuller } from "./image-puller.ts";
import { driverVolumes } from "./mounts.ts";
import { attachedNetworks, toEndpointSettings, toNetworkOptions } from "./networks.ts";
import { toPortStatus } from "./ports.ts";
import { findUnsupported } from "./unsupported.ts";

export interface DockerControllerOptions {
  readonly engine: Engine;
  readonly events: EngineEvents;
  readonly images: ImagePuller;
}

export class DockerController implements Controller {
  readonly #options: DockerControllerOptions;
  #task: Task;
  /** Created by this process and not started yet: saves a look before the start. */
  #isFresh = false;
  /** Settles when the engine has answered a creation that nobody waits for any more. */
  #creating: Promise<unknown> = Promise.resolve();
  /** What the engine said last, while nothing was done since that would change it. */
  #info: ContainerInspectInfo | undefined;

  constructor(task: Task, options: DockerControllerOptions) {
    this.#task = task;
    this.#options = options;
  }

  /** A container cannot be changed; what can change about its task does not concern it. */
  async update(task: Task): Promise<void> {
    this.#task = task;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const unsupported = findUnsupported(this.#task);
    if (unsupported !== undefined) throw new ExecutorError("rejected", unsupported);
    const { engine } = this.#options;
    for (const network of attachedNetworks(this.#task)) {
      if (!network.isPredefined) await engine.createNetwork(toNetworkOptions(network), signal);
    }
    for (const volume of driverVolumes(this.#task.spec.container?.mounts ?? [])) {
      await engine.createVolume(volume, signal);
    }
    await this.#createWithImage(signal);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    if (!this.#isFresh) {
      const { State } = await this.#look(signal);
      this.#isFresh = State.Status === "created";
    }
    if (this.#isFresh) {
      this.#info = undefined;
      // From here on only a look tells whether it was started: the answer may get lost, and a task
      // that has ended since must not run a second time.
      this.#isFresh = false;
      try {
        await engine.startContainer(this.#name, signal);
      } catch (error) {
        if (error instanceof ExecutorError && error.retryable) throw error;
        signal.throwIfAborted();
        throw refused("failed", "starting container failed", error);
      }
    }
    await this.#waitUntilHealthy(signal);
  }

  async wait(signal: AbortSignal): Promise<TaskExit> {
    return await this.#watch(signal, async (info) => {
      const exit = toExit(info);
      if (exit === undefined) await this.#stopIfUnhealthy(info, signal);
      return exit;
    });
  }

  async shutdown(signal: AbortSignal): Promise<void> {
    this.#info = undefined;
    await this.#options.engine.stopContainer(this.#name, stopGraceMs(this.#task), signal);
  }

  async terminate(signal: AbortSignal): Promise<void> {
    this.#info = undefined;
    await this.#options.engine.killContainer(this.#name, signal);
  }

  async remove(signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    // A container that is being made now would be there only after the look.
    await orAborted(this.#creating, signal);
    const info = await engine.findContainer(this.#name, signal);
    // A container of this name that is not ours is none of our business.
    if (info !== undefined && this.#isOurs(info)) {
      if (info.State.Running) await this.shutdown(signal);
      await engine.removeContainer(info.Id, signal);
    }
    for (const network of attachedNetworks(this.#task)) {
      if (!network.isPredefined) await engine.removeNetwork(network.name, signal);
    }
  }

  async containerStatus(): Promise<ContainerStatus | undefined> {
    const info = await this.#lookAgain();
    if (info === undefined) return undefined;
    return { containerId: info.Id, pid: info.State.Pid, exitCode: info.State.ExitCode };
  }

  async portStatus(): Promise<PortStatus | undefined> {
    const info = await this.#lookAgain();
    return info && toPortStatus(info);
  }

  close(): void {}

  get #name(): string {
    return taskName(this.#task);
  }

  /**
   * Creates the container, and pulls the image only when this node lacks it. SwarmKit's agent pulls
   * before every creation; where no registry answers, that costs each task seconds and gives nothing.
   * A tag that has moved on the registry is seen when the image's digest is part of its name.
   */
  async #createWithImage(signal: AbortSignal): Promise<void> {
    const { engine, images } = this.#options;
    try {
      await this.#create(signal);
    } catch (error) {
      const container = this.#task.spec.container;
      if (statusCodeOf(error) !== 404 || container === undefined) throw error;
      if (await engine.hasImage(container.image, signal)) {
        throw refused("rejected", "creating container failed", error);
      }
      await orAborted(
        images.pull(container.image, container.pullOptions?.registryAuth ?? ""),
        signal,
      );
      await this.#create(signal);
    }
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { engine } = this.#options;
    const [first, ...others] = attachedNetworks(this.#task);
    const endpoints = first && { [first.name]: toEndpointSettings(first) };
    const config = toContainerConfig(this.#task);
    try {
      const id = await this.#askToCreate(
        { ...config, ...(endpoints && { NetworkingConfig: { EndpointsConfig: endpoints } }) },
        signal,
      );
      for (const network of others) {
        const EndpointConfig = toEndpointSettings(network);
        await engine.connectNetwork(network.name, { Container: id, EndpointConfig }, signal);
      }
      this.#isFresh = true;
    } catch (error) {
      if (statusCodeOf(error) === 409) await this.#adopt(error, signal);
      else throw error;
    }
  }

  /** The engine finishes what it has begun, also when the asker hangs up; so nobody hangs up. */
  async #askToCreate(config: ContainerCreateOptions, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const creating = this.#options.engine.createContainer(config);
    this.#creating = creating.catch(() => undefined);
    return await orAborted(creating, signal);
  }

  /** The name is taken: by an earlier attempt of ours, or by somebody else. */
  async #adopt(conflict: unknown, signal: AbortSignal): Promise<void> {
    const info = await this.#options.engine.findContainer(this.#name, signal);
    if (info === undefined) {
      throw new ExecutorError("unavailable", reasonOf(conflict), { cause: conflict });
    }
    if (!this.#isOurs(info)) {
      throw new ExecutorError(
        "rejected",
        `a container named ${this.#name} exists that is not of this task: remove or rename it`,
      );
    }
    this.#info = info;
  }

  #isOurs(info: ContainerInspectInfo): boolean {
    return info.Config.Labels[taskLabels.taskId] === this.#task.id;
  }

  async #waitUntilHealthy(signal: AbortSignal): Promise<void> {
    const info = await this.#look(signal);
    if (info.State.Health?.Status !== "starting" && info.State.Health?.Status !== "unhealthy") {
      return;
    }
    await this.#watch(signal, async (current) => {
      const exit = toExit(current);
      if (exit !== undefined) {
        const code = exit.exitCode;
        throw new ExecutorError("failed", `task: ended (${code}) before it became healthy`);
      }
      await this.#stopIfUnhealthy(current, signal);
      return current.State.Health?.Status === "starting" ? undefined : true;
    });
  }

  async #stopIfUnhealthy(info: ContainerInspectInfo, signal: AbortSignal): Promise<void> {
    if (info.State.Health?.Status !== "unhealthy") return;
    const output = info.State.Health.Log?.at(-1)?.Output?.trim() ?? "";
    await this.shutdown(signal);
    throw new ExecutorError("failed", `unhealthy container${output === "" ? "" : `: ${output}`}`);
  }

  /** Looks at the container now and whenever something may have happened, until there is a result. */
  async #watch<T>(
    signal: AbortSignal,
    judge: (info: ContainerInspectInfo) => Promise<T | undefined>,
  ): Promise<T> {
    // Before the first look, so that nothing can happen unseen between the two.
    const watch: ContainerWatch = this.#options.events.watch(this.#task.id);
    try {
      for (;;) {
        const info = await this.#lookIfThere(signal);
        const result = info && (await judge(info));
        if (result !== undefined) return result;
        // The engine may be there for its events and still refuse a look: then nobody would hint.
        if (info === undefined) watch.hintLater();
        await watch.next(signal);
      }
    } finally {
      watch.close();
    }
  }

  /** An engine that is away says nothing about its containers: the task goes on being waited for. */
  async #lookIfThere(signal: AbortSignal): Promise<ContainerInspectInfo | undefined> {
    try {
      return await this.#look(signal);
    } catch (error) {
      if (error instanceof ExecutorError && error.retryable) return undefined;
      throw error;
    }
  }

  async #look(signal: AbortSignal): Promise<ContainerInspectInfo> {
    this.#info = await this.#options.engine.findContainer(this.#name, signal);
    if (this.#info !== undefined && this.#isOurs(this.#info)) return this.#info;
    throw new ExecutorError("failed", `the task's container ${this.#name} is gone: it was removed`);
  }

  async #lookAgain(): Promise<ContainerInspectInfo | undefined> {
    this.#info ??= await this.#options.engine.findContainer(this.#name);
    return this.#info;
  }
}

/** How the container ended, if it has. */
function toExit({ State }: ContainerInspectInfo): TaskExit | undefined {
  if (State.Status !== "exited" && State.Status !== "dead") return undefined;
  const cause = State.OOMKilled ? "out of memory" : State.Error;
  return { exitCode: State.ExitCode, ...(cause !== "" && { cause }) };
}

/** Waits no longer than it has to, and leaves what it waited for alone. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
