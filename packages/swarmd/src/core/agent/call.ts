// What the agent's core asks of a controller, and what it is told about it afterwards.
import type { ContainerStatus, PortStatus } from "@swarmkit/proto/types";

/** The controller's calls, as `shell/executor/port.ts` explains them. */
export type ControllerCall =
  | "update"
  | "prepare"
  | "start"
  | "wait"
  | "shutdown"
  | "terminate"
  | "remove";

/** What the executor could see of the task when a call ended. */
export interface Observation {
  readonly container?: ContainerStatus | undefined;
  readonly ports?: PortStatus | undefined;
}

/** How a controller call ended. */
export type CallOutcome =
  | {
      readonly type: "done";
      /** Present when the call was `wait`. */
      readonly exit?: { readonly exitCode: number; readonly cause?: string | undefined };
      readonly observed?: Observation;
    }
  | {
      readonly type: "failed";
      readonly message: string;
      /** True when repeating the call may help. */
      readonly isRetryable: boolean;
      readonly observed?: Observation;
    }
  | { readonly type: "cancelled" };
