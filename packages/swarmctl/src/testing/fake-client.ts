// A manager that answers from what a test gives it, and remembers what it was asked.
import { type Codec, getCodec } from "@swarmkit/proto";
import type { DeepPartial, MessageName, SnapshotChunk } from "@swarmkit/proto/types";
import type {
  ControlClient,
  ManagerMethod,
  ManagerRequest,
  ManagerResponse,
} from "../client/control-client.ts";
import { findMethod } from "../client/methods.ts";
import { RpcError } from "../client/rpc-error.ts";

/** What the manager does at each call of the control API; one that is not here is not implemented. */
export type ControlHandlers = {
  readonly [Name in ManagerMethod]?: (
    request: ManagerRequest<Name>,
  ) => DeepPartial<ManagerResponse<Name>>;
};

/** All that the manager does. */
export interface Handlers extends ControlHandlers {
  readonly saveSnapshot?: () => Iterable<DeepPartial<SnapshotChunk>>;
}

export interface Call {
  readonly method: ManagerMethod;
  readonly request: object;
}

export interface FakeClient extends ControlClient {
  /** Every call, in order. */
  readonly calls: readonly Call[];
  readonly isClosed: () => boolean;
}

/** Requests and responses go through the real codecs, as over the wire. */
export function fakeClient(handlers: Handlers): FakeClient {
  const calls: Call[] = [];
  let isClosed = false;
  const call = async (name: ManagerMethod, parts: object): Promise<unknown> => {
    const method = findMethod(name);
    const request = transfer(getCodec<MessageName>(method.request), parts);
    calls.push({ method: name, request });
    const handler = handlers[name] as ((request: object) => object) | undefined;
    if (handler === undefined) throw new RpcError("UNIMPLEMENTED", `${name} is not built yet`);
    return transfer(getCodec<MessageName>(method.response), handler(request));
  };
  async function* saveSnapshot(): AsyncGenerator<SnapshotChunk, void, undefined> {
    const { saveSnapshot: handler } = handlers;
    if (handler === undefined) throw new RpcError("UNIMPLEMENTED", "backups are not built yet");
    const codec = getCodec("SnapshotChunk");
    for (const parts of handler()) yield codec.decode(codec.encode(codec.create(parts)));
  }
  return {
    calls,
    saveSnapshot,
    isClosed: () => isClosed,
    call: call as ControlClient["call"],
    close: () => {
      isClosed = true;
    },
  };
}

function transfer(codec: Codec<unknown>, parts: object): object {
  return codec.decode(codec.encode(codec.create(parts))) as object;
}
