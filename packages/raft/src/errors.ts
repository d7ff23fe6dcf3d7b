// Broken invariants. Expected refusals are values (see proposal.ts); what is thrown here means that the
// package or its host broke a promise, and that going on could lose data. The host lets it end the process.

/** Thrown when a promise that raft's safety rests on does not hold. Never caught inside the package. */
export class InvariantError extends Error {
  override readonly name: string = "InvariantError";
}

/** Ends the run when `condition` does not hold; `message` names what was found, not what was hoped for. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Terms and indexes are whole, not negative, and exact: beyond 2^53 two of them could compare equal. */
export function assertCounter(value: number, name: string): void {
  assert(Number.isSafeInteger(value) && value >= 0, `${name} is not a safe whole number: ${value}`);
}
