import { createInterface } from "node:readline";
import { ExecutorError } from "../executor/port.ts";
import type { Engine } from "./engine.ts";
import { reasonOf } from "./engine-error.ts";

/** Pulls images, each only once at a time however many tasks want it. */
export class ImagePuller {
  readonly #engine: Engine;
  readonly #pulling: Map<string, Promise<void>> = new Map();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * Pulls `reference` with the credentials of the task's pull options (may be empty). Throws a
   * `rejected` error with the reason when the image cannot be had.
   */
  async pull(reference: string, authentication: string): Promise<void> {
    // Credentials decide whether a pull succeeds, so tasks share one only with the same ones.
    const key = JSON.stringify([reference, authentication]);
    const pulling =
      this.#pulling.get(key) ??
      this.#pull(reference, authentication).finally(() => this.#pulling.delete(key));
    this.#pulling.set(key, pulling);
    await pulling;
  }

  async #pull(reference: string, authentication: string): Promise<void> {
    try {
      const progress = await this.#engine.pullImage(withTag(reference), authentication);
      const reason = await findFailure(progress);
      if (reason !== undefined) throw new Error(reason);
    } catch (error) {
      if (error instanceof ExecutorError) throw error;
      throw new ExecutorError(
        "rejected",
        `No such image: ${reference} (it is not on this node, and pulling it failed: ${reasonOf(error)})`,
        { cause: error },
      );
    }
  }
}

/** Without a tag or digest the engine would pull every tag there is. */
function withTag(reference: string): string {
  const last = reference.slice(reference.lastIndexOf("/") + 1);
  return /[:@]/.test(last) ? reference : `${reference}:latest`;
}

/** Reads the progress to its end; the engine answers 200 before it knows whether the pull works. */
async function findFailure(progress: NodeJS.ReadableStream): Promise<string | undefined> {
  let failure: string | undefined;
  for await (const line of createInterface({ input: progress })) {
    if (line.trim() === "") continue;
    const { error }: { error?: string } = JSON.parse(line);
    failure ??= error;
  }
  return failure;
}
