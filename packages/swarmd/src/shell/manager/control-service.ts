// The Control API over gRPC. Its rules are the core's; this runs them on the replicated store.
import type { Server } from "@grpc/grpc-js";
import type { ControlContext } from "../../core/control/context.ts";
import { controlHandlers } from "../../core/control/handlers.ts";
import type { Outcome } from "../../core/lib/outcome.ts";
import type { ReadView, WriteTransaction } from "../../core/store/types.ts";
import type { LeaderRoute } from "../grpc/leader-route.ts";
import { RpcError } from "../grpc/rpc-error.ts";
import { addService, type Gate, type ServiceHandlers } from "../grpc/service.ts";
import type { Logger } from "../log.ts";
import type { StoreClient } from "./store-client.ts";

/** Any of the core's handlers, with its method's types forgotten. */
type AnyHandler =
  | {
      kind: "read";
      run(request: unknown, view: ReadView, context: ControlContext): Outcome<unknown>;
    }
  | {
      kind: "write";
      run(
        request: unknown,
        transaction: WriteTransaction,
        context: ControlContext,
      ): Outcome<unknown>;
    }
  | { kind: "unimplemented"; message: string };

export function addControlService(
  server: Server,
  options: {
    readonly gate: Gate;
    readonly log: Logger;
    readonly leader: LeaderRoute;
    readonly store: StoreClient;
    context(): ControlContext;
  },
): void {
  const { store, context } = options;
  const answer = async (handler: AnyHandler, request: unknown): Promise<unknown> => {
    const outcome = await run(handler, request);
    if (!outcome.ok) throw new RpcError(outcome.code, outcome.message);
    return outcome.value;
  };
  const run = async (handler: AnyHandler, request: unknown): Promise<Outcome<unknown>> => {
    switch (handler.kind) {
      case "read": {
        const fresh = await store.readFresh();
        return fresh.ok ? handler.run(request, fresh.value, context()) : fresh;
      }
      case "write":
        return store.write((transaction) => handler.run(request, transaction, context()));
      case "unimplemented":
        throw new RpcError("unimplemented", handler.message);
    }
  };
  const handlers = Object.fromEntries(
    Object.entries(controlHandlers).map(([method, handler]) => [
      method,
      (request: unknown) => answer(handler as AnyHandler, request),
    ]),
  );
  addService(server, "Control", handlers as ServiceHandlers<"Control">, options);
}
