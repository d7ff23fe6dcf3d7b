import { services } from "@swarmkit/proto";
import {
  type DispatcherConnection,
  DispatcherError,
  type DispatcherErrorCode,
} from "../agent/dispatcher-connection.ts";
import { RpcClient, type Trust } from "./client.ts";
import { RpcError } from "./rpc-error.ts";

/** Calls that answer once are given up after this time, in milliseconds, as in SwarmKit. */
const callTimeoutMs = 5000;

/** The agent's line to the manager at `target`. */
export function dialDispatcher(target: string, trust: Trust): DispatcherConnection {
  const client = new RpcClient(target, trust);
  const { Dispatcher } = services;
  const options = { timeoutMs: callTimeoutMs };
  return {
    session: (request, signal) => translated(client.stream(Dispatcher.Session, request, signal)),
    assignments: (request, signal) =>
      translated(client.stream(Dispatcher.Assignments, request, signal)),
    heartbeat: (request) => client.call(Dispatcher.Heartbeat, request, options).catch(rethrow),
    updateTaskStatus: async (request) => {
      await client.call(Dispatcher.UpdateTaskStatus, request, options).catch(rethrow);
    },
    close: () => client.close(),
  };
}

async function* translated<T>(messages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* messages;
  } catch (error) {
    rethrow(error);
  }
}

function rethrow(error: unknown): never {
  if (!(error instanceof RpcError)) throw error;
  throw new DispatcherError(codeOf(error), error.message, { cause: error });
}

function codeOf(error: RpcError): DispatcherErrorCode {
  switch (error.code) {
    case "not-found":
    case "permission-denied":
    case "unavailable":
      return error.code;
    default:
      return "other";
  }
}
