import type { ControlClient } from "./client/control-client.ts";
import type { CreateFile } from "./new-file.ts";

/** All that a command sees of the world. */
export interface CommandContext {
  /** The manager. It is reached for at the first call, not before. */
  readonly client: ControlClient;
  /** Data for stdout, line ends included. */
  readonly write: (text: string) => void;
  /** Makes a file. */
  readonly createFile: CreateFile;
  /** The time now, in milliseconds since 1970. */
  readonly nowMs: number;
  /** False to show ids instead of names. */
  readonly resolvesNames: boolean;
}
