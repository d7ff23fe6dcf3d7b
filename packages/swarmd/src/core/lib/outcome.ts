/** Stable names of what may go wrong in an API call; the shell maps each to one gRPC status. */
export type ApiCode =
  | "invalid-argument"
  | "not-found"
  | "already-exists"
  | "failed-precondition"
  | "permission-denied"
  | "unimplemented"
  | "unknown"
  | "resource-exhausted"
  | "internal"
  | "unavailable"
  /** Nothing was done, because another manager leads: the call may be made there. */
  | "not-leader"
  | "aborted";

/** Why a call was refused. Clients match some of the texts, so they are SwarmKit's where it has one. */
export interface Refusal {
  readonly ok: false;
  readonly code: ApiCode;
  readonly message: string;
}

/** A call's result as a value: expected refusals are not exceptions. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal;

export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(code: ApiCode, message: string): Refusal {
  return { ok: false, code, message };
}
