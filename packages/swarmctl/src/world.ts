import type { ControlClient } from "./client/control-client.ts";
import type { CreateFile } from "./new-file.ts";

/** How to reach a manager. */
export interface ConnectOptions {
  readonly socketPath: string;
  /** How long a call may take. */
  readonly timeoutMs: number;
  /** Gives up all calls. */
  readonly signal: AbortSignal;
}

/** All that the program sees of the world around it. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  readonly columns: number;
  now(): number;
  writeOutput(text: string): void;
  writeError(text: string): void;
  readonly createFile: CreateFile;
  /** Makes a client. Commands that ask no manager never come here. */
  connect(options: ConnectOptions): Promise<ControlClient>;
}
