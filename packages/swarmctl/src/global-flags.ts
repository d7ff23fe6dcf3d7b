// The flags that every command takes.
import { parseDuration } from "./args/duration.ts";
import { accept, refuse } from "./args/parsed.ts";
import { parseSocketPath } from "./args/socket-path.ts";
import { timeoutMsMax } from "./client/timeout.ts";
import type { FlagRecords } from "./define-command.ts";

export interface GlobalFlags {
  readonly socket: string;
  readonly noResolve: boolean;
  readonly debug: boolean;
  readonly timeout: number;
}

/** Long enough for a manager that waits for a leader. */
export const defaultTimeoutMs = 60_000;

export const globalFlags: FlagRecords<GlobalFlags> = {
  socket: {
    kind: "value",
    short: "s",
    placeholder: "path",
    summary: "swarmd's socket (default $SWARM_SOCKET, else /var/run/swarmd.sock)",
    parse: parseSocketPath,
  },
  noResolve: { kind: "switch", short: "n", summary: "show ids instead of names" },
  timeout: {
    kind: "value",
    placeholder: "duration",
    summary: "how long swarmd may take for an answer (default 60s)",
    parse: (text) => {
      const duration = parseDuration(text);
      if (!duration.ok) return duration;
      const timeoutMs = duration.value.seconds * 1000 + duration.value.nanos / 1e6;
      return timeoutMs >= 1 && timeoutMs <= timeoutMsMax
        ? accept(timeoutMs)
        : refuse("it is out of range", "give at least 1ms and less than 27h");
    },
  },
  debug: { kind: "switch", short: "D", summary: "say more about errors" },
};
