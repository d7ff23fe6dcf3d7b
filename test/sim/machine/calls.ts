// Calls to the managers: whoever gets one and does not lead passes it on to the leader, once.

import type { ApiCode } from "../../../packages/swarmd/src/core/lib/outcome.ts";
import type { Endpoint } from "../engine/network.ts";
import type { SimManager } from "./manager.ts";

/** Why a call came to nothing, as the caller learns it. */
export interface CallFailure {
  readonly ok: false;
  readonly code: ApiCode;
  readonly message: string;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | CallFailure;

/** One call on its way. What it does is a function that runs on the leader. */
export interface Call<T = unknown> {
  readonly caller: Endpoint;
  /** Of the caller's calls. */
  readonly number: number;
  readonly label: string;
  readonly perform: (manager: SimManager, respond: (answer: Answer<T>) => void) => void;
  /** The manager that passed it on. */
  readonly via: SimManager | undefined;
}

/** What comes back. */
export interface Reply {
  readonly call: Call;
  readonly answer: Answer<unknown>;
}
