// A manager that answers from what a test gives it, and remembers what it was asked.
import { type Codec, getCodec, type Method, services } from "@swarmkit/proto";
import type { DeepPartial, MessageName } from "@swarmkit/proto/types";
import type {
  ControlClient,
  ControlMethod,
  ControlRequest,
  ControlResponse,
} from "../client/control-client.ts";
import { RpcError } from "../client/rpc-error.ts";

/** What the manager does at each call; one that is not here is not implemented. */
export type Handlers = {
  readonly [Name in ControlMethod]?: (
    request: ControlRequest<Name>,
  ) => DeepPartial<ControlResponse<Name>>;
};

export interface Call {
  readonly method: ControlMethod;
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
  const call = async (name: ControlMethod, parts: object): Promise<unknown> => {
    const method: Method = services.Control[name];
    const request = transfer(getCodec<MessageName>(method.request), parts);
    calls.push({ method: name, request });
    const handler = handlers[name] as ((request: object) => object) | undefined;
    if (handler === undefined) throw new RpcError("UNIMPLEMENTED", `${name} is not built yet`);
    return transfer(getCodec<MessageName>(method.response), handler(request));
  };
  return {
    calls,
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
