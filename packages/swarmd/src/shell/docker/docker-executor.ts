import type { Node, Task } from "@swarmkit/proto/types";
import type { Clock } from "../clock.ts";
import type { Controller, Executor, ExecutorDescription, TaskTrace } from "../executor/port.ts";
import type { Logger } from "../log.ts";
import { taskLabels } from "./container-config.ts";
import { DockerController } from "./docker-controller.ts";
import { Engine } from "./engine.ts";
import { EngineEvents } from "./engine-events.ts";
import { ImagePuller } from "./image-puller.ts";
import { toDescription } from "./node-description.ts";

export interface DockerExecutorOptions {
  /** The engine's unix socket. */
  readonly socketPath: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Runs tasks as containers of the Docker engine on this host. */
export class DockerExecutor implements Executor {
  readonly kind = "docker";
  readonly #engine: Engine;
  readonly #events: EngineEvents;
  readonly #images: ImagePuller;
  #nodeId: string | undefined;

  constructor({ socketPath, clock, log }: DockerExecutorOptions) {
    this.#engine = new Engine(socketPath);
    this.#events = new EngineEvents({ engine: this.#engine, clock, log });
    this.#images = new ImagePuller(this.#engine);
  }

  async describe(): Promise<ExecutorDescription> {
    const [info, plugins] = await Promise.all([this.#engine.info(), this.#engine.plugins()]);
    return toDescription(info, plugins);
  }

  async configure(node: Node): Promise<void> {
    this.#nodeId = node.id;
  }

  controller(task: Task): Controller {
    return new DockerController(task, {
      engine: this.#engine,
      events: this.#events,
      images: this.#images,
    });
  }

  /** Containers of this node only: several nodes may share one engine. */
  async list(): Promise<readonly TaskTrace[]> {
    if (this.#nodeId === undefined) return [];
    const labels = [taskLabels.mark, `${taskLabels.nodeId}=${this.#nodeId}`];
    const containers = await this.#engine.listContainers(labels);
    return containers.flatMap(({ Labels }) => {
      const taskId = Labels[taskLabels.taskId];
      return taskId === undefined ? [] : { taskId };
    });
  }

  async removeOrphan(taskId: string): Promise<void> {
    const containers = await this.#engine.listContainers([`${taskLabels.taskId}=${taskId}`]);
    for (const { Id } of containers) {
      // The engine knows the grace period that the container was created with.
      await this.#engine.stopContainer(Id, undefined);
      await this.#engine.removeContainer(Id);
    }
  }

  async close(): Promise<void> {
    await this.#events.close();
    this.#engine.close();
  }
}
