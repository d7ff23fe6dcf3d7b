import { defaultSocketPath, parseSocketPath } from "./args/socket-path.ts";
import type { ControlClient } from "./client/control-client.ts";
import { usageError } from "./errors.ts";
import { defaultTimeoutMs, type GlobalFlags } from "./global-flags.ts";
import type { World } from "./world.ts";

/** A client that is made at its first call. */
export function connectLater(world: World, globals: Partial<GlobalFlags>): ControlClient {
  const socketPath = globals.socket ?? socketFromEnvironment(world);
  const timeoutMs = globals.timeout ?? defaultTimeoutMs;
  let client: Promise<ControlClient> | undefined;
  const connect = (): Promise<ControlClient> => {
    client ??= world.connect({ socketPath, timeoutMs, signal: world.signal });
    return client;
  };
  return {
    call: async (name, request) => await (await connect()).call(name, request),
    async *saveSnapshot() {
      yield* (await connect()).saveSnapshot();
    },
    close: () => {
      // A failure to connect has been reported by the call that wanted to.
      client?.then((connected) => connected.close()).catch(() => undefined);
    },
  };
}

function socketFromEnvironment({ environment }: World): string {
  const text = environment["SWARM_SOCKET"];
  if (text === undefined || text === "") return defaultSocketPath;
  const parsed = parseSocketPath(text);
  if (parsed.ok) return parsed.value;
  throw usageError(`invalid value "${text}" in $SWARM_SOCKET`, parsed.why, parsed.remedy);
}
